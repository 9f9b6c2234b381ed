"""The page of an address at which nothing is."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from ..http.errors import page
from ..search.slugs import guesses


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that nothing is here, and which pages the address may have meant; it leads to none of them by itself."""
    text = "网址可能有误。可以在此检索，或从首页进入。"
    return page(request, 404, "没有找到这个页面", text, guesses=SimpleLazyObject(partial(guesses, request.path_info)))
