"""How often one network address may ask: `API_RATE`, counted by all processes; by all machines that share a cache."""

import ipaddress
import time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from ..http import outages
from .counting import count

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class AddressThrottle(SimpleRateThrottle):
    """Counts by address, IPv6 by its /64 (what one subscriber has); this machine is not counted.

    Its proxy is, where `BEHIND_PROXY` was forgotten: everybody who comes through it as one, rather than nobody.
    """

    scope = "api"
    num_requests: int
    duration: int
    ends_at = 0.0  # when the present period of who was refused is over

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.rate and self.get_cache_key(request, view)
        if not key:
            return True
        try:
            number, self.ends_at = self._count(key, time.time())
        except OSError:  # nothing can be written: each process counts for itself meanwhile
            return super().allow_request(request, view)
        return number <= self.num_requests

    def _count(self, key: str, now: float) -> tuple[int, float]:
        """Return how many requests there are in the present period with this one, and when it ends."""
        if settings.CACHES["api"]["BACKEND"].endswith("LocMemCache"):
            return count(key, now, self.duration)
        start = int(now // self.duration * self.duration)
        try:
            self.cache.add(f"{key}:{start}", 0, 2 * self.duration)
            number = self.cache.incr(f"{key}:{start}")  # one step of the server: nobody comes between
        except Exception as error:  # of whatever library the cache has
            if outages.of(error) is not outages.CACHE:
                raise
            return count(key, now, self.duration)  # it is away: the processes of this machine count meanwhile
        return number, start + self.duration

    def wait(self) -> float | None:
        return self.ends_at - time.time() if self.ends_at else super().wait()

    cache: Any = property(lambda self: caches["api"])

    def get_rate(self) -> str | None:
        return settings.API_RATE or None

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        who = subscriber(self.get_ident(request) or "")
        if who is None and any(name in request.headers for name in FORWARDED):
            who = "this-machine"  # as keys of a cache are written
        return who and self.cache_format % {"scope": self.scope, "ident": who}


def admits(environ: dict[str, Any]) -> bool:
    """Return whether who sent this WSGI request may have a kept answer; counted as its view would count it."""
    request = WSGIRequest(environ)
    view = getattr(resolve(request.path_info).func, "cls", None)
    return all(limit().allow_request(Request(request), view) for limit in getattr(view, "throttle_classes", ()))


def subscriber(address: str) -> str | None:
    """Return whom an address stands for; None for this machine."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"  # counted as one: no address is no way around the limit
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback:
        return None
    return str(ip if ip.version == 4 else ipaddress.ip_network((ip, 64), strict=False).network_address)
