"""What serializers are made of: addresses, labels, times of correction, references to other records."""

from collections.abc import Collection
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "format": "uri"})
class Address(serializers.Field):
    """The absolute address of a thing's page, or of its anchor there."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True, label="网址", help_text="网页的地址，定后不改。")

    def to_representation(self, thing: Any) -> str:
        # A list names the same provinces and topics many times.
        addresses = self.context.setdefault("addresses", {})  # type: ignore[attr-defined]  # it is a dict
        key = type(thing), thing.pk
        if key not in addresses:
            addresses[key] = self.context["request"].build_absolute_uri(thing.get_absolute_url())
        return addresses[key]


def words_for(of: str, label: str) -> serializers.CharField:
    """Return what people read in place of a code."""
    return serializers.CharField(source=f"get_{of}_display", read_only=True, label=label, help_text="中文。")


class _Issued(serializers.Field):
    """What was issued in a field of the notice's own where it was corrected; null where it stands as issued."""

    def __init__(self, of: str, source: str = "*") -> None:
        self.of = of
        text = "更正过的才有，否则为 null。"
        super().__init__(source=source, read_only=True, allow_null=True, label="印发原文", help_text=text)

    def to_representation(self, thing: Any) -> Any:
        return self.context["issued"].words(thing, [self.of]).get(self.of)


class IssuedWords(_Issued, serializers.CharField):
    """Words as they were issued."""


class IssuedNumber(_Issued, serializers.IntegerField):
    """A number as it was issued."""


class IsCorrected(serializers.BooleanField):
    """Whether anything of a thing that is the notice's own (`of`, some of its fields) isn't as issued."""

    def __init__(self, *of: str) -> None:
        self.of = of
        text = f"{'、'.join(of) or '所录通知的文字、编号'}与印发原文不同。"
        super().__init__(source="*", read_only=True, label="已更正", help_text=text)

    def to_representation(self, thing: Any) -> bool:
        return bool(self.context["issued"].words(thing, self.of))


def moment_of_correction() -> serializers.DateTimeField:
    """Return when a record was last corrected; null where it is as first loaded."""
    text = "最近一次公开更正的时间；首次载入以来没有更正过的为 null。"
    return serializers.DateTimeField(read_only=True, allow_null=True, label="更正时间", help_text=text)


class Thing(serializers.ModelSerializer):
    """A record of a `model` with all of its `members`, or only some (`only`, their names); of those `if_verified`
    what readers may know."""

    model: type[Model]
    members: tuple[str, ...] = ()
    if_verified: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        options = {"model": cls.model, "fields": cls.members, "read_only_fields": cls.members}
        cls.Meta = type("Meta", (), options)  # type: ignore[misc]  # the stubs take it for written by hand

    def __init__(self, *args: Any, only: Collection[str] | None = None, **kwargs: Any) -> None:
        self.only = only
        super().__init__(*args, **kwargs)

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        names = super().get_field_names(declared_fields, info)
        return [name for name in names if self.only is None or name in self.only]

    def to_representation(self, thing: Any) -> dict[str, Any]:
        data = super().to_representation(thing)
        guarded = [name for name in self.if_verified if name in data]
        hidden_names = [name for name in guarded if not thing.shows(name)]
        texts = (serializers.CharField, serializers.ChoiceField)
        return data | {name: "" if isinstance(self.fields[name], texts) else None for name in hidden_names}


class ReferenceSerializer(serializers.Serializer):
    """另一条记录：地址名、名称、网址。"""

    slug = serializers.SlugField(read_only=True, label="地址名", help_text="网址中的名称，定后不改。")
    name = serializers.CharField(read_only=True, label="名称")
    url = Address()


class RegionReferenceSerializer(ReferenceSerializer):
    """一个先行示范地区：地址名、名称、网址，是否出自通知，名称是否经更正。"""

    is_issued = serializers.BooleanField(read_only=True, label="出自通知", help_text="本站增补的为 false。")
    is_corrected = IsCorrected("name")
    name_issued = IssuedWords("name")


class NoticeReferenceSerializer(serializers.Serializer):
    """一份通知：地址名、发文字号、标题、网址，是否经更正。"""

    slug = serializers.SlugField(read_only=True, label="地址名", help_text="网址中的名称，定后不改。")
    number = serializers.CharField(read_only=True, label="发文字号")
    title = serializers.CharField(read_only=True, label="标题")
    url = Address()
    is_corrected = IsCorrected("number", "title")
    number_issued = IssuedWords("number")
    title_issued = IssuedWords("title")
