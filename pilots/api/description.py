"""The API's own description as OpenAPI 3.1, where it is asked for."""

from typing import Any

from django.urls import include, path
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..search import facet_sets
from .parameters import read
from .throttling import AddressThrottle

YAML = [OpenApiYamlRenderer2, OpenApiYamlRenderer]
SPARSE = "带 fields 时只有所要的成员，不带时全部都在。"


def schema() -> dict[str, Any]:
    """Return the description, worked out once for each state of the record (it lists the values of each facet)."""
    state = facet_sets.current()
    if "schema" not in state.memory:
        from drf_spectacular.generators import SchemaGenerator  # a tenth of all that the site imports, with its tests

        patterns = [path("api/v1/", include("pilots.api.urls"))]
        state.memory["schema"] = SchemaGenerator(patterns=patterns).get_schema(public=True)
    return state.memory["schema"]


class SchemaView(APIView):
    """本说明的机器格式：OpenAPI 3.1。"""

    throttle_classes = [AddressThrottle]
    schema = None
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, *YAML]

    def get(self, request: Request) -> Response:
        read((), request.query_params, facet_sets.current())
        return Response(schema())
