"""`/api/` and `/api/fields/`: what the API is and the members of what it gives, in Chinese and for people, drawn from
its own schema; no script, no foreign host."""

from collections import Counter
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.views.generic import TemplateView

from ..api.description import SPARSE, schema
from ..api.parameters import MOST_A_PAGE, USUAL_A_PAGE
from ..http import problems
from .base import Column, Page, PageMixin

COMMON = ("modified_since", "fields", "page", "page_size")  # parameters that are described once for all addresses
PERIODS = {"s": "每秒", "m": "每分钟", "h": "每小时", "d": "每天"}
COMMON_FROM = 4  # things that hold the same member; it is described once for all of them
IN_WORDS = ("Problem", "Bad")  # things that the page tells in words, where it says what goes wrong
MOST_NAMED = 8  # values that are named one by one
TYPES = {"string": "文字", "integer": "整数", "boolean": "是或否", "null": "null", "object": "对象"}
FORMATS = {"date": "日期", "date-time": "时间", "uri": "网址"}


class Member(NamedTuple):
    """A member of a thing, or a parameter: its name, what it is, what it may be (in words), and the name of the kind
    of thing that it is, if it is one."""

    name: str
    meaning: str
    words: str
    thing: str = ""


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return everything that can be asked for, in the order of addresses: `path`, what it gives (`summary`, `thing`),
    an address to try (`sample`, empty where there is no such record), its own `parameters` beside those in the
    address, and the names of those `common` ones that it takes, too."""
    rows = []
    for path, path_item in document["paths"].items():
        operation = path_item["get"]
        parameters = operation.get("parameters", [])
        names = {parameter["name"] for parameter in parameters}
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"].get("$ref", "")
        examples = {part["name"]: part.get("example", "") for part in parameters if part["in"] == "path"}
        rows.append(
            {
                "path": path,
                "summary": operation["summary"],
                "sample": path.format(**examples) if all(examples.values()) else "",
                "thing": answer.rpartition("/")[2].removeprefix("Paginated").removesuffix("List"),
                "parameters": [
                    _parameter(parameter)
                    for parameter in parameters
                    if parameter["in"] == "query" and parameter["name"] not in COMMON
                ],
                "common": [name for name in COMMON if name in names],
            }
        )
    return rows


def things(document: dict[str, Any]) -> tuple[list[Member], list[dict[str, Any]]]:
    """Return the members that many things have, and every kind of thing but the envelopes of lists and IN_WORDS:
    `name`, `description`, the name of another (`part`) whose members it has too, if that is most of it, its own
    `members` beside those, and the names of those `common` ones; the page says once what `fields` leaves out."""
    schemas = document["components"]["schemas"]
    schemas = {name: schemas[name] for name in schemas if not name.startswith(("Paginated", *IN_WORDS))}
    members = {
        name: [_member(*member) for member in definition["properties"].items()]
        for name, definition in schemas.items()
    }
    counts = Counter(member for group in members.values() for member in group)
    common = [member for member, count in counts.items() if count >= COMMON_FROM]
    rows = []
    for name, definition in schemas.items():
        parts = [part for part in members if {*members[part]} < {*members[name]}]
        part = max(parts, key=lambda part: len(members[part]), default="")
        part = part if part and len(members[part]) > len(members[name]) / 2 else ""
        own = [member for member in members[name] if member not in members.get(part, [])]
        rows.append(
            {
                "name": name,
                "description": definition["description"].removesuffix(SPARSE),
                "part": part,
                "members": [member for member in own if member not in common],
                "common": [member.name for member in own if member in common],
            }
        )
    return common, rows


def common(document: dict[str, Any]) -> list[Member]:
    """Return the parameters that most addresses take, with what they mean everywhere."""
    parameters = document["paths"]["/api/v1/regions/"]["get"]["parameters"]
    members = {parameter["name"]: _parameter(parameter) for parameter in parameters}
    members["fields"] = members["fields"]._replace(words="成员的名称", thing="")
    return [members[name] for name in COMMON]


def rate() -> str:
    """Return in words how often one address may ask; empty for no limit."""
    number, _, period = settings.API_RATE.partition("/")
    return f"{PERIODS[period[0]]}{number}次" if number else ""


def _parameter(parameter: dict[str, Any]) -> Member:
    return Member(parameter["name"], parameter["description"], *_type(parameter["schema"]))


def _member(name: str, definition: dict[str, Any]) -> Member:
    title, text = definition.get("title", ""), definition.get("description", "").partition("\n\n")[0]
    text = "" if text.startswith("* ") else text
    return Member(name, "：".join(filter(None, (title, text))), *_type(definition))


def _type(definition: dict[str, Any]) -> tuple[str, str]:
    """Return what a schema allows, in words, and the name of the kind of thing that it allows, if it is one."""
    if "$ref" in definition:
        name = definition["$ref"].rpartition("/")[2]
        return name, name
    if "items" in definition:
        words, thing = _type(definition["items"])
        return f"{words} 的列表", thing
    alternatives = next((definition[word] for word in ("anyOf", "oneOf", "allOf") if word in definition), None)
    if alternatives is not None:  # an empty value is as good as none
        types = [_type(alternative) for alternative in alternatives if alternative.get("maxLength") != 0]
        return " 或 ".join(words for words, _ in types), next((thing for _, thing in types if thing), "")
    limits = {"minimum": "不小于", "maximum": "不大于", "maxLength": "字数不超过"}
    limit_words = "".join(f"，{word}{definition[name]}" for name, word in limits.items() if name in definition)
    kinds = definition.get("type", "string")
    names = [
        FORMATS.get(definition.get("format", ""), TYPES[kind]) if kind == "string" else TYPES[kind]
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    ]
    return f"{' 或 '.join(names)}{_values(definition)}{limit_words}", ""


def _values(definition: dict[str, Any]) -> str:
    values = [value for value in definition.get("enum", []) if value]
    if not values:
        return ""
    listing = "、".join(values[:MOST_NAMED])
    return f"，取值 {listing}" if len(values) <= MOST_NAMED else f"，{len(values)}个取值，如 {'、'.join(values[:3])}"


class ApiView(PageMixin, TemplateView):
    """What the API is and what it promises."""

    template_name = "pilots/api.html"
    title, route = "数据接口", "pilots:api"
    lead = "本站全部内容都可以作为数据取用：只供阅读的接口，不需要登记。"
    keywords, column_type = "数据接口,API,开放数据", "数据开放"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        document = schema()
        return super().get_context_data(**kwargs) | {
            "root": self.request.build_absolute_uri(reverse("api:index")),
            "operations": operations(document),
            "things": things(document)[1],
            "problems": [(status, *meaning) for status, meaning in problems.MEANINGS.items()],
            "common": common(document),
            "rate": rate(),
            "usual_a_page": USUAL_A_PAGE,
            "most_a_page": MOST_A_PAGE,
        }


class MembersView(PageMixin, TemplateView):
    """The members of everything that the API gives."""

    template_name = "pilots/api_fields.html"
    title, route = "数据接口的成员", "pilots:api-fields"
    lead = "数据接口的回答里有哪些成员，各是什么意思。"

    def get_page(self, context: dict[str, Any]) -> Page:
        column = Column(ApiView.lead, ApiView.keywords, ApiView.column_type)
        trail = [(ApiView.title, reverse(ApiView.route))]
        return Page(self.title, reverse(self.route), trail, self.lead, column, is_indexed=False)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        common_members, every_thing = things(schema())
        return super().get_context_data(common_members=common_members, things=every_thing, **kwargs)
