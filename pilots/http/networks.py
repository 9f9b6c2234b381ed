"""From where somebody asks, and from where the admin may be reached."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import GetResponse, as_middleware, errors

BEHIND_SIGN_IN = ("/admin/", "/accounts/")


def address_of(request: HttpRequest) -> str | None:
    """Return the network address of whoever asks; a proxy's word for it counts only where there is a trusted one."""
    forwarded_for = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    text = forwarded_for.split(",")[-1].strip() or request.META.get("REMOTE_ADDR") or ""
    try:
        address = ip_address(text.partition("%")[0])  # without the name of an interface
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)  # a socket of IPv6 that takes IPv4, too
    return str(mapped or address)


@as_middleware
def close_admin(get_response: GetResponse, request: HttpRequest) -> HttpResponse:
    """Let the admin and its sign-in be reached from ADMIN_ADDRESSES alone, where there are any."""
    if not settings.ADMIN_ADDRESSES or not request.path_info.startswith(BEHIND_SIGN_IN):
        return get_response(request)
    address = address_of(request)
    if address and any(ip_address(address) in network for network in settings.ADMIN_ADDRESSES):
        return get_response(request)
    return errors.page(request, 403, "不能从这里进入", "管理后台只对指定的网络开放。")
