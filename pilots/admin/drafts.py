"""草稿: what somebody typed into a form of the record and didn't save yet, kept for her on the server.

Her form opens with it until she saves or drops it. A script keeps it as she types; without, a button does, and so
does a save that comes too late (`http.unsaved`).
"""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from ..http.unsaved import REASON, TABLE, keep, newer
from ..models import Draft

KEEP, DROP = "_draft", "_drop"  # buttons of a form
WORDS, TOKEN = (REASON, TABLE, "answer", "problems"), "csrfmiddlewaretoken"  # typed in short forms; in every page
TOO_MUCH = "内容太多，没有存成草稿。"
OTHERWISE = "没有存下：您在另一个窗口打开了同一张表单，那里存下了{}。请到那里接着填；这里填写的，请先复制过去。"
_TYPED = """这是您{}，还没有保存；那以后填写的，没有存下。<form method="post" action="{}">\
<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="submit" name="{}" value="丢弃草稿"></form>"""


def of_form(request: HttpRequest, address: str = "") -> Any:
    """Return the draft of the form at an address (else the request's), of whoever opens or posts it; who has none
    costs no query."""
    if "\0" in request.path or not getattr(getattr(request.user, "access", None), "has_drafts", True):
        return Draft.objects.none()
    query = "" if address else request.GET.urlencode()
    drafts = Draft.objects.filter(user=request.user.pk, path=address or request.path, query=query)
    return drafts.filter(saved_at__gt=Draft.oldest())


def answer(options: Any, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
    """Keep or drop the draft of a form, where a button or the script asks for that; None: they don't, or it is to be
    refused as saving it is."""
    if request.method != "POST" or {KEEP, DROP}.isdisjoint(request.POST):
        return None
    if DROP in request.POST:
        of_form(request).delete()
        messages.info(request, "草稿已丢弃。")
        return HttpResponseRedirect(request.get_full_path())
    is_by_script = request.headers.get("Accept") == "text/plain"
    if is_by_script and (other := newer(request, request.user)):
        return HttpResponse(OTHERWISE.format(other), status=409, content_type="text/plain; charset=utf-8")
    draft = store(request)
    if draft is None and not options.may_write(request, object_id):
        return None
    words = f"已存下{draft}。" if draft else TOO_MUCH
    if is_by_script:
        return HttpResponse(words, content_type="text/plain; charset=utf-8")
    messages.add_message(request, messages.SUCCESS if draft else messages.ERROR, words)
    return HttpResponseRedirect(request.get_full_path())


def store(request: HttpRequest) -> Draft | None:
    """Keep what is posted, as a person asked for or because it was refused, and say where another window of hers had
    kept something else meanwhile. None: it can't be."""
    other, draft = newer(request, request.user), keep(request, request.user)
    if draft and other:
        messages.warning(request, f"这里填写的，替换了您在另一个窗口存下的{other}。")
    return draft


def keep_refused(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer to what was posted to a form of a few words, kept as a draft where the form comes back: it
    was refused. What a button of 撤销 posted, or somebody accepts of another, nobody has typed here."""
    is_typed = any(map(request.POST.get, WORDS)) and "undo" not in request.POST
    if request.method == "POST" and response.status_code == 200 and is_typed and TOKEN in request.POST:
        store(request)
    return response


def opened(options: Any, request: HttpRequest, object_id: str | None) -> Any:
    """Return the request that shows the form with its draft, posted by no browser and never saved; None: no draft, or
    she may only read by now."""
    draft = of_form(request).first() if request.method == "GET" else None
    if draft is None or not options.may_write(request, object_id):
        return None
    again: Any = copy(request)
    again.method, again.POST, again._files = "POST", QueryDict(mutable=True), MultiValueDict()  # no body is read
    for name, values in draft.fields.items():
        again.POST.setlist(name, values)
    again._dont_enforce_csrf_checks = True  # nothing is written: the objection undoes it
    again.form_attributes = {"objection": f"这是您{draft}，还没有保存；那以后填写的，没有存下。核对后点“保存”。"}
    again.draft = draft
    return again


def typed_before(request: HttpRequest, address: str = "") -> dict[str, Any]:
    """Return what the draft of a form of a few words (a reason, an answer) that is opened holds, and say so, with
    a button that drops it; empty: there is none. `address`: where the form is sent, where not to its page. What a
    button of 撤销 posted is no draft."""
    draft = of_form(request, address).first() if request.method == "GET" else None
    if draft is None or "undo" in draft.fields:
        return {}
    messages.info(request, format_html(_TYPED, draft, address, get_token(request), DROP))
    return {name: values if len(values) > 1 else values[0] for name, values in draft.fields.items() if values}
