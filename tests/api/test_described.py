"""Whatever the published description allows is answered as it says, and whatever it doesn't is refused."""

import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator, FormatChecker
from schemathesis import GenerationMode

from config.wsgi import application
from pilots.api.urls import urlpatterns
from pilots.search import facet_sets

from .answers import API, BESIDE, EVERYTHING, FEW_HAVE

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MADE_UP = 10  # questions an address, of either kind
PLAIN = {"Accept-Encoding": "identity"}
a_few = settings(
    max_examples=MADE_UP,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture
def schema(client):
    return client.get(f"{API}schema/").json()


@pytest.fixture
def described(db):
    """The API as its own process has it; the test's connection stays open, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(f"{API}schema/", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def validate(schema, path, found):
    """Raise what is wrong with an answer to `path` by the published schema."""
    template = next(each for each in schema["paths"] if fits(each, path.partition("?")[0]))
    response = schema["paths"][template]["get"]["responses"]["200"]
    wanted = response["content"]["application/json"]["schema"] | {"components": schema["components"]}
    Draft202012Validator(wanted, format_checker=FormatChecker()).validate(found)


def fits(template, path):
    parts, given_parts = template.strip("/").split("/"), path.strip("/").split("/")
    return len(parts) == len(given_parts) and all(
        part == other or part.startswith("{") for part, other in zip(parts, given_parts, strict=True)
    )


def test_description_is_openapi_3_1_without_a_warning(db):
    facet_sets.current().memory.pop("schema", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from pilots.api.description import schema as made

        found = made()

    validate_schema(found)
    assert found["openapi"].startswith("3.1")
    assert len(found["paths"]) == len([route for route in urlpatterns if "schema" not in route.name])


def test_description_comes_as_json_and_as_yaml(client, schema):
    negotiated = client.get(f"{API}schema/", headers={"Accept": "application/vnd.oai.openapi"})

    assert yaml.safe_load(client.get(f"{API}schema.yaml").content) == schema
    assert yaml.safe_load(negotiated.content) == schema


def test_description_names_the_values_of_today(client, schema):
    facet_sets.current()
    parameters = {each["name"]: each for each in schema["paths"][f"{API}regions/"]["get"]["parameters"]}

    assert [*facet_sets.current().values("topic"), ""] == parameters["topic"]["schema"]["items"]["enum"]
    assert parameters["page_size"]["schema"]["anyOf"][0]["maximum"] == 100


@pytest.mark.parametrize("path", [*EVERYTHING, *FEW_HAVE])
def test_answer_fits_the_published_schema(client, schema, path):
    validate(schema, path, client.get(path).json())


@pytest.mark.parametrize("path", [path for path in (*EVERYTHING, *FEW_HAVE) if path != API])
def test_answer_has_every_published_member_and_no_other(client, schema, path):
    client.get(path)
    found = client.get(path).json()
    for thing in found.get("results", [found]):
        name = thing_name(schema, path)
        assert list(thing) == list(schema["components"]["schemas"][name]["properties"]), path


def test_flag_beside_the_name_of_a_record_is_said_to_be_of_the_name_alone(schema):
    said = schema["components"]["schemas"]["Found"]["properties"]["is_corrected"]

    assert said["title"] == "名称已更正"
    assert said["description"].startswith("只指名称")


def thing_name(schema, path):
    template = next(each for each in schema["paths"] if fits(each, path.partition("?")[0]))
    wanted = schema["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    name = wanted["$ref"].rpartition("/")[2]
    results = schema["components"]["schemas"][name]["properties"].get("results")
    if not results:  # one record
        return name
    return results["items"]["$ref"].rpartition("/")[2]


def test_json_beside_a_page_is_the_records_own_answer(client):
    for page, path in BESIDE.items():
        assert client.get(path).json() == client.get(f"/api/v1{page}").json()
    assert client.get("/notices/fagai-huanzi-2015-3214/signature.json").json()["kind"] == "signature"


@pytest.mark.parametrize("mode", GenerationMode)
def test_made_up_questions_are_answered_as_described(described, mode):
    asked = 0
    for operation in (each.ok() for each in described.get_all_operations()):
        if mode == GenerationMode.NEGATIVE and not operation.query:
            continue  # there is nothing to get wrong

        @a_few
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            nonlocal asked
            case.call_and_validate(headers=PLAIN)
            asked += 1

        ask()
    assert asked > MADE_UP * 10


def test_schemathesis_gets_nothing_wrong_past_the_served_site(site, tmp_path):
    """Every way of breaking the description that schemathesis knows, one after the other, as a stranger has it."""
    command = [shutil.which("schemathesis", path=str(Path(sys.executable).parent)), "run", f"{site}{API}schema/"]
    asked = ["--phases", "coverage", "--mode", "negative", "--seed", "1"]
    plainly = ["--no-color", "--generation-database", "none"]

    done = subprocess.run(
        [*command, *asked, *plainly], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout[-5000:]
    assert "Tested: 31" in done.stdout
