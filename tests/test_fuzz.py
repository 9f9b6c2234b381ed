"""Whatever is sent to whichever route, by whomever: never an error of ours, and every refusal says what it is.

The routes are those that the resolver has, so a new one is in at once. `FUZZ=10000` sends that many requests,
`FUZZ_SEED=7` others.
"""

import contextlib
import json
import os
import random
import re
import traceback
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils.regex_helper import normalize
from selectolax.lexbor import LexborHTMLParser

from pilots.exports import offline
from pilots.models import Section

from . import factories as make
from .forms import fields
from .visits import ROUTES

pytestmark = pytest.mark.django_db
REQUESTS = int(os.environ.get("FUZZ", "550"))
SEED = int(os.environ.get("FUZZ_SEED", "2015"))
PEOPLE = {
    "anonymous": None,
    "province": ("省级编辑", "liaoning"),
    "ministry": ("部委编辑",),
    "manager": ("管理员",),
    "auditor": ("安全审计员",),
    "both": ("部委编辑",),  # with the rights of a manager
}
METHODS = ("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")
MEDIA_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=\u00e9",
    "application/json",
    "text/plain; charset=nonsense",
    "application/x-www-form-urlencoded; charset=gb18030",
    "application/x-www-form-urlencoded; charset=nonsense",
    "",
)
ACCEPTED = ("*/*", "text/html", "application/json", "text/csv", "image/png", ";;;q=x,", "*", "\u00e9")
HOSTILE = (
    *("", "0", "1", "2", "-1", "1.5", "1e400", "NaN", "null", "True", "on", "²", "٣", "９", "9" * 20, "9" * 5000),
    *("\x00", "怀\x00柔", "\x0b", "\x1b[31m", "\r\nX: y", "\ud800", "\u202e怀柔", "\u200b", "🙂", "é", "%", "%00"),
    *("怀柔", "湿地", "beijing", "liaoning", "3214", "a" * 300, "'\"><script>alert(1)</script>", "' OR 1=1 --", "\\"),
    *("[" * 3000, "{" * 3000, '{"partners":5}', '{"partners":{}}', '{"topics":[[[1]]]}', '{"name":null}', "[]", "5"),
    *(
        '{"a":' * 2000,
        '{"serial":' + "9" * 5000 + "}",
        '{"serial":1e999}',
        '{"partners":[null,{},true]}',
        '"\\ud800"',
    ),
    *("0000-00-00", "0000-01-01", "9999-12-31", "99999-01-01", "2015-12-31", "2015-13-45", "12:99", "10000", "99999"),
    *("pilots", "region", "province", "pk", "id", "pilots.region", "auth", "user", "password", "__class__", "__"),
    *("../../etc/passwd", "//example.com/", "http://example.com", "javascript:alert(1)", "?a=b", "#", "add", "_"),
    *("1,2,3", "-1.-2.3", "1.99", "..", "_2F", "_00", "_FF", "q=%00&date__year=99999", "csv", "xlsx"),
)
NAMES = (
    *("q", "page", "sort", "province", "topic", "system", "ministry", "kind", "format", "limit", "offset", "fields"),
    *("region", "regions", "bom", "since", "until", "cursor", "bytes", "group", "rows", "columns", "batch", "status"),
    *("p", "o", "e", "pp", "all", "_facets", "_popup", "_to_field", "_changelist_filters", "_preview", "_saveasnew"),
    *("term", "app_label", "model_name", "field_name", "restore", "field", "next", "withdrawn", "password", "id"),
    *("issued_on__year", "issued_on__month", "issued_on__gte", "issued_on__day", "date__year", "date_hierarchy"),
    *("province__id__exact", "province", "parent", "notice", "serial", "kind__exact", "is_active__exact", "groups"),
    *(
        "opened",
        "confirmed",
        "edit_reason",
        "version",
        "action",
        "select_across",
        "index",
        "_selected_action",
        "post",
    ),
    *("priorities-TOTAL_FORMS", "priorities-INITIAL_FORMS", "priorities-0-opened", "priorities-0-id", "remark"),
    *("form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-id", "_save", "_continue", "_addanother", "name", "partners"),
    *("login", "username", "oldpassword", "password1", "password2", "code", "csrfmiddlewaretoken", "file", "plan"),
)


class Hostile:
    """Requests made up at random, of real things and of what nobody would ask."""

    def __init__(self, seed, keys):
        self.random, self.keys = random.Random(seed), keys

    def text(self):
        return self.random.choice(HOSTILE)

    def path(self, route):
        """Return a path of the route, quoted."""
        if "(?P<" in route:
            return self._by_expression(route)
        model = re.match(r"admin/(\w+)/(\w+)/", route)
        of = apps.get_model(*model.groups()) if model and "object_id" in route else None
        return "/" + re.sub(r"<\w+:(\w+)>", lambda part: self._argument(part[1], of), route)

    def _argument(self, name, of):
        if self.random.random() < 0.6:
            return quote(str(self.random.choice(self.keys(of or name))))
        return quote(self.text().encode(errors="surrogatepass"), safe=self.random.choice(("", "/")))

    def _by_expression(self, route):
        before, _, expression = route.partition("^")
        if not expression:
            return "/" + re.sub(r"\(\?P.*", "", route) + quote(self.text().encode(errors="surrogatepass"))
        choices = re.search(r"\(\?P<\w+>([^()]*)\)", expression)[1].replace("\\", "").replace("[a-z_]+", "regions")
        form, [name] = normalize("^" + expression)[0]
        return "/" + before + form % {name: self.random.choice(choices.split("|"))}

    def pairs(self, most):
        count = self.random.randint(0, most)
        return [(self._name(), self.text().encode(errors="surrogatepass")) for _ in range(count)]

    def _name(self):
        return self.random.choice((*NAMES, *NAMES, *HOSTILE)).encode(errors="surrogatepass")

    def query(self):
        if self.random.random() < 0.1:
            return quote(self.text().encode(errors="surrogatepass"), safe="%&=;+")
        return urlencode(self.pairs(3))

    def body(self, form):
        """Return a body and its media type: a form as it stands with some of it changed, or anything."""
        if form and self.random.random() < 0.8:
            posted = [*form.items(), ("_save", ["1"])]
            for at in self.random.sample(range(len(posted)), min(len(posted), self.random.randint(0, 3))):
                posted[at] = (posted[at][0], [self.text().encode(errors="surrogatepass")])
            return urlencode(posted, doseq=True).encode(), MEDIA_TYPES[0]
        if self.random.random() < 0.7:
            return urlencode(self.pairs(8)).encode(), MEDIA_TYPES[0]
        return self.text().encode(errors="surrogatepass"), self.random.choice(MEDIA_TYPES)


@pytest.fixture
def keys():
    """Return the function from a model, or from the name of a part of a path, to what is there."""
    slugs = {"slug", "region", "notice", "anchor", "number", "size", "content_type_id", "object_id"}
    named = {name: ["liaoning-benxi", "liaoning", "1", "large"] for name in slugs}
    named |= {"slug": ["liaoning-benxi", "beijing", "liaoning", "fagai-huanzi-2015-3214", "ndrc"]}
    named |= {"notice": ["fagai-huanzi-2015-3214"], "anchor": list(Section.objects.values_list("anchor", flat=True))}
    named |= {"position": ["1", "2", "99"], "digest": ["0" * 64], "year": ["2016", "2026"], "period": ["q1", "year"]}

    def of(what):
        if isinstance(what, str):
            return named[what]
        if what not in named:
            named[what] = list(what._base_manager.values_list("pk", flat=True)[:5]) or [1]
        return named[what]

    return of


@pytest.fixture
def small_pack(monkeypatch):
    """The offline pack has its first page only: it costs ten seconds of the suite, and tests of its own read it."""
    page = offline._page
    monkeypatch.setattr(offline, "_page", lambda base, address: page(base, address) if address == "/" else None)


@contextlib.contextmanager
def undone(client):
    """Undo what is written in the block, and what was said to the browser."""
    kept = client.cookies.copy()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = kept


def sign_in(who):
    client = Client(raise_request_exception=False)
    if PEOPLE[who]:
        role, *provinces = PEOPLE[who]
        user = make.make_official(who, role, *provinces, also="管理员" if who == "both" else "", password="x")
        client.force_login(user)
    return client


def body_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def problem_of(response, method):
    """Return what is wrong with an answer, empty where nothing is."""
    body = body_of(response)
    if response.status_code >= 500:
        error = getattr(response, "exc_info", None)
        return f"{response.status_code} " + "".join(traceback.format_exception(error[1])[-4:] if error else ())
    if response.status_code < 400 or method == "HEAD":
        return ""
    if "json" in response.headers.get("Content-Type", ""):
        return "" if json.loads(body).get("title") else "no title"
    return "" if re.search("[一-鿿]", body.decode()) else f"{response.status_code} says nothing in Chinese"


def form_at(client, path):
    """Return what the form at `path` would post; empty where there is none."""
    with undone(client):
        response = client.get(path)
        is_page = response.status_code == 200 and "text/html" in response.headers["Content-Type"]
        body = body_of(response)
        return fields(body.decode()) if is_page and LexborHTMLParser(body).css_first("#content-main form") else {}


def routes_for(who):
    """Return the routes that somebody asks: of few requests everybody has others, until each route had somebody."""
    order = random.Random(SEED).sample(ROUTES, len(ROUTES))
    share = REQUESTS // len(PEOPLE)
    first = list(PEOPLE).index(who) * share
    return [order[n % len(order)] for n in range(first, first + share)]


@pytest.mark.usefixtures("locks", "small_pack")
@pytest.mark.parametrize("who", PEOPLE)
def test_no_request_is_answered_by_an_error_of_ours(who, keys):
    client, hostile = sign_in(who), Hostile(f"{SEED}-{who}", keys)

    wrong = []
    for route in routes_for(who):
        method, path, query = hostile.random.choice(METHODS), hostile.path(route), hostile.query()
        form = form_at(client, path) if method == "POST" and who != "anonymous" else {}
        body, media_type = hostile.body(form) if method not in ("GET", "HEAD", "OPTIONS") else (b"", "")
        accepted = hostile.random.choice(ACCEPTED)
        with undone(client):
            response = client.generic(method, path, body, media_type, QUERY_STRING=query, HTTP_ACCEPT=accepted)
            problem = problem_of(response, method)
        if problem:
            wrong.append(f"{method} {path[:200]}?{query[:300]} {media_type} {body[:2000]}\n    {problem}")

    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)
