"""How often one network address may ask: `API_RATE`, counted in each process, or in all where a cache is shared."""

import ipaddress

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class AddressThrottle(SimpleRateThrottle):
    """Counts by address, IPv6 by its /64 (what one subscriber has); this machine is not counted."""

    scope = "api"

    @property
    def cache(self) -> object:
        return caches["api"]

    def get_rate(self) -> str | None:
        return settings.API_RATE or None

    def get_cache_key(self, request: Request, view: object) -> str | None:
        who = subscriber(self.get_ident(request) or "")
        return who and self.cache_format % {"scope": self.scope, "ident": who}


def subscriber(address: str) -> str | None:
    """Return whom an address stands for; None for this machine."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"  # counted as one: no address is no way around the limit
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return None
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False).network_address)
