"""Every refusal of a machine format in one shape: RFC 9457 problem details, in Chinese."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions

MEDIA_TYPE = "application/problem+json"
DESCRIBED_AT = "/api/"  # not looked up: this answers too where the addresses themselves are what is broken
PROBES = ("/healthz", "/readyz")  # asked by whoever watches the process, by its address, over plain HTTP
LONGEST_VALUE = 100  # characters of a bad value that are said back

# What each status means, for the answer and for the description at `/api/`: title and explanation.
MEANINGS = {
    400: ("参数有误", "参数名或参数值不对；errors 逐个列出。"),
    404: ("没有找到", "没有这个地址、这条记录或这一页。"),
    405: ("不支持的请求方式", "这里只供阅读：GET、HEAD、OPTIONS。"),
    406: ("不支持的格式", "Accept 请求的格式这里没有。"),
    410: ("内容已撤下", "这条记录曾经公开，后来撤下。"),
    429: ("请求过于频繁", "超过了同一网络地址的限额；Retry-After 写明几秒后再试。"),
    500: ("服务器出错", "本站出了差错，不是请求的问题。"),
    503: ("暂时不能提供", "磁盘、数据库或检索索引暂时不可用；Retry-After 写明几秒后再试。"),
}


class Bad(NamedTuple):
    """A parameter that is refused: its name, the value given, and what is wrong with it."""

    parameter: str
    value: str
    detail: str


class BadParameters(exceptions.APIException):
    """The address holds parameters or values that nobody knows; all of them are named."""

    status_code = 400

    def __init__(self, bad: Sequence[Bad]) -> None:
        super().__init__(
            "；".join(f"{problem.parameter}={_short(problem.value)}：{problem.detail}" for problem in bad)
        )
        self.bad = bad


class Gone(exceptions.APIException):
    """What stood here was withdrawn."""

    status_code = 410


def is_for_machines(request: HttpRequest) -> bool:
    """Return whether whoever asks expects public data or a state, not a page, also where it is refused."""
    path = request.path_info
    if path.startswith(("/admin/", "/accounts/")):
        return False
    return path.startswith("/api/") or path.endswith(".json") or path in PROBES


def answer(status: int, detail: str = "", **members: Any) -> HttpResponse:
    """Return a refusal. `detail` says what is wrong this time, `members` are further ones of the problem."""
    title, meaning = MEANINGS.get(status, ("请求不能完成", "请求不能完成。"))
    problem = {
        "type": f"{DESCRIBED_AT}#problem-{status}" if status in MEANINGS else "about:blank",
        "title": title,
        "status": status,
        "detail": detail or meaning,
    }
    response = JsonResponse(problem | members, status=status, json_dumps_params={"ensure_ascii": False})
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    return response


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the refusal that stands for an error of a view; None for what is a defect, which Django reports."""
    if isinstance(error, (Http404, PermissionDenied)):
        return answer(404)
    if isinstance(error, BadParameters):
        return of_parameters(error)
    if isinstance(error, exceptions.Throttled):
        wait = max(1, int(getattr(error, "wait", None) or 1))
        response = answer(429, f"请{wait}秒后再试。")
        response.headers["Retry-After"] = str(wait)
        return response
    if isinstance(error, exceptions.NotAcceptable):
        media_types = "、".join(renderer.media_type for renderer in context["view"].renderer_classes)
        return answer(406, f"这里有：{media_types}。")
    if isinstance(error, (Gone, exceptions.NotFound)):
        return answer(error.status_code, str(error.detail))
    return answer(error.status_code) if isinstance(error, exceptions.APIException) else None


def of_parameters(error: BadParameters) -> HttpResponse:
    """Return the refusal that names what is wrong with each parameter."""
    bad = [{**problem._asdict(), "value": _short(problem.value)} for problem in error.bad]
    return answer(400, str(error.detail), errors=bad)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
