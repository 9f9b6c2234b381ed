"""Every refusal, in Chinese, with a way on."""

import sys
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import outages, problems
from .unsaved import keep, typed

KEPT = "您填写的内容已存为草稿。"


def page(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    if problems.is_for_machines(request):
        return problems.answer(status, text if status == 410 else "")
    if request.method == "POST" and request.headers.get("Accept") == "text/plain":  # the script that keeps drafts
        return HttpResponse(f"{title}。{text}", status=status, content_type="text/plain; charset=utf-8")
    context = {"title": title, "text": text, "typed": typed(request), **more}
    response = render(request, "error.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_query(request: HttpRequest, problem: str) -> HttpResponse:
    """Refuse an address whose parameters aren't understood; `problem` names every one of them."""
    return page(request, 400, "网址中的参数有误", problem)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, "没有权限", "您没有查看或更改这一内容的权限。")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form whose token is missing or old; `reason` is Django's, for the log. What was typed into a page of
    ours by who has signed in again meanwhile is her draft; nothing is kept of a page of another site, of what another
    account typed, or over a newer draft."""
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    draft = keep(request, request.user, is_outdated=True) if is_ours and request.user.is_authenticated else None
    if draft:
        return page(
            request,
            403,
            "表单已过期",
            f"没有保存，{KEPT}打开表单，核对后再保存。",
            form_url=request.get_full_path(),
            is_kept=True,
        )
    lost = "没有保存，也没有存成草稿。请先复制您填写的内容，" if typed(request) else ""
    return page(request, 403, "表单已过期", f"{lost}请返回上一页，刷新后重新提交。浏览器须允许本站使用 Cookie。")


def not_allowed(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """Refuse a method that the page doesn't serve, naming those that it does (RFC 9110, 15.5.6)."""
    response = page(request, 405, "不支持的请求方式", "这个网址不接受这种请求。请从首页或上一页重新进入。")
    response.headers["Allow"] = ", ".join(sorted(set(allowed)))
    return response


def too_many(request: HttpRequest) -> HttpResponse:
    """Refuse whoever tries too often; django-allauth counts."""
    return page(request, 429, "尝试次数过多", "请几分钟后再试。")


UNREAD = {
    400: ("请求有误", "请求不完整，写错了，或者写了不止一个主机名。没有保存任何内容。"),
    408: ("等得太久", "请求的内容一直没有送完，已经停止接收。没有保存任何内容，请再试一次。"),
    411: ("没有写明长度", "请求没有写明内容的长度。没有保存任何内容。"),
    413: (
        "发送的内容太大",
        "超过了本站接收的上限：登录和纠错 16 KB，后台 5 MB，登录以后后续文件的 PDF 20 MB。没有保存任何内容。"
        "请用浏览器的“后退”回到上一页，填写的多半还在：换一份小一些的文件，再保存。",
    ),
    414: ("网址太长", "网址太长（超过 8190 字节）。请缩短检索的词或减少筛选条件。"),
    415: ("读不懂编码", "请求的内容须用 UTF-8 编码。没有保存任何内容。"),
    431: ("请求头太长", "请求头太长。请清除本站的 Cookie 再试。"),
    503: ("暂时收不下", "同时送来的内容太多。没有保存任何内容，请稍后再试。"),
}


def unread(request: HttpRequest, status: int) -> HttpResponse:
    """Refuse a request of which nothing was read, and let the connection go."""
    response = page(request, status, *UNREAD[status])
    response.headers["Connection"] = "close"
    if status == 503:
        response.headers["Retry-After"] = "10"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, 400, "400.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say what is away or broken where that is why; Django has logged the error, which is the one at hand."""
    outage = outages.of(sys.exception()) or outages.of_rows()
    return unavailable(request, outage) if outage else _plain(request, 500, "500.html")


def unavailable(request: HttpRequest, outage: outages.Outage) -> HttpResponse:
    """Refuse for the time being, and show what was typed; without the database, which may be what is broken."""
    if problems.is_for_machines(request):
        response = problems.answer(503, f"{outage.title}，请稍后再试。")
    else:
        text = outage.sentences(is_reading=request.method in ("GET", "HEAD"))
        context = {"outage": outage, "text": text, "typed": typed(request)}
        response = render(None, "503.html", context, status=503)
        response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = "60"
    return response


def _plain(request: HttpRequest, status: int, template: str) -> HttpResponse:
    """Render without request or database: either may be what is broken."""
    if problems.is_for_machines(request):
        return problems.answer(status)
    response = render(None, template, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
