"""How the API's description is made from the views, their parameters and the serializers."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from ..http import problems
from ..search import facet_sets
from .description import SPARSE
from .parameters import Parameter
from .reading import Listing

ADDRESSES = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}


class BadSerializer(serializers.Serializer):
    """被拒绝的一个参数。"""

    parameter = serializers.CharField(label="参数名")
    value = serializers.CharField(label="给的值", help_text="太长的只写开头。")
    detail = serializers.CharField(label="错在哪里")


class ProblemSerializer(serializers.Serializer):
    """不能完成的请求（RFC 9457）。"""

    type = serializers.CharField(label="种类", help_text="本页说明这一种类的地址。")
    title = serializers.CharField(label="名称")
    status = serializers.IntegerField(label="状态码")
    detail = serializers.CharField(label="这一次错在哪里")
    errors = BadSerializer(many=True, required=False, label="参数", help_text="只在400时：每个被拒绝的参数和值。")


class Schema(AutoSchema):
    """Describes a view by what it declares."""

    def get_summary(self) -> str:
        return getattr(self.view, "summary", "") or (type(self.view).__doc__ or "").strip().split("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]  # REST framework's own schema asks more
        return ""

    def get_request_serializer(self) -> None:
        return None

    def get_auth(self) -> list[dict[str, Any]]:
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return isinstance(self.view, Listing) and not hasattr(self.view, "answer_serializer")

    def _get_parameters(self) -> list[dict[str, Any]]:
        variables = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        state = facet_sets.current()
        declared = self.view.parameters() if hasattr(self.view, "parameters") else ()
        return self._places(variables) + [
            _described(parameter, state) for parameter in declared if parameter.is_there(state)
        ]

    def _places(self, variables: list[str]) -> list[dict[str, Any]]:
        """Return the parts of the address that name a record, each with what the first record, if any, has there."""
        parameters = self._resolve_path_parameters(variables)
        lookups = getattr(self.view, "lookups", {})
        view: Any = self.view
        first = view.queryset.values(*lookups.values()).first() if variables else None
        for part in parameters:
            part["description"] = "见列表中各条的标识。"
            part |= {"example": first[lookups[part["name"]]]} if first else {}
        return parameters

    def get_response_serializers(self) -> Any:
        refused = [400, 404, 406, 429, 500, 503]
        if hasattr(self.view, "withdrawable"):
            refused.append(410)
        answered = getattr(self.view, "answer_serializer", None) or getattr(self.view, "serializer_class", ADDRESSES)
        moved = {301: OpenApiResponse(None, "只是大小写或斜杠不对的地址：改到 Location 所说的。")}
        return (
            (moved if hasattr(self.view, "lookups") else {})
            | {
                200: OpenApiResponse(answered, "所要的内容。"),
                304: OpenApiResponse(None, "与 If-None-Match 所说的相同，没有正文。"),
            }
            | {
                (status, problems.MEDIA_TYPE): OpenApiResponse(ProblemSerializer, f"{problems.MEANINGS[status][0]}。")
                for status in sorted(refused)
            }
        )


def _described(parameter: Parameter, state: facet_sets.Snapshot) -> dict[str, Any]:
    """Return a parameter as OpenAPI has it."""
    one = parameter.schema(state)
    definition: dict[str, Any] = {
        "name": parameter.name,
        "in": "query",
        "description": f"{parameter.meaning}。",
        "schema": one,
    }
    if parameter.is_many:
        definition |= {"schema": {"type": "array", "items": one}, "style": "form", "explode": True}
    if parameter.is_list:
        definition |= {"style": "form", "explode": False}
    return definition


def finish(result: dict[str, Any], generator: SchemaGenerator, **kwargs: Any) -> dict[str, Any]:
    """Say of every component which members there always are, and leave out what only concerns writing."""
    views = [callback.cls(**callback.initkwargs) for *_, callback in generator.endpoints or ()]
    serializers_of_views = (view.serializer_class for view in views if hasattr(view, "serializer_class"))
    sparse = {serializer.__name__.removesuffix("Serializer") for serializer in serializers_of_views}
    for name, component in result["components"]["schemas"].items():
        for member in component["properties"].values():
            for word in ("readOnly", "maxLength", "minLength", "x-spec-enum-id"):
                member.pop(word, None)
        if name in sparse:
            component.pop("required", None)
            component["description"] = f"{component['description']}{SPARSE}"
        elif name != "Problem":
            component["required"] = list(component["properties"])
    return result
