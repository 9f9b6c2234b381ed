"""Settings from the environment: each is understood, or the program stops with one line that names it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from config.environment import FALSE, TRUE

from .processes import NAMES, read, refusal

pytestmark = pytest.mark.apart

TRUTHS = ("FEEDBACK", "DEBUG", "HTTPS", "BEHIND_PROXY", "REQUIRE_MFA", "PAGE_CACHE")
ODD_LINES = (
    "是 enabled ok True\u3000 t 2 ００ null http://a.cn a.cn:80 a,b ，a.cn,， ::1 [::1] 例子.cn *.a.cn 300/month",
    "abc 0/minute 5/s /minute 5/ -1/day ¹/day redis://h/x redis://:p?x@h/0 redis://h:99999999 memcache://h",
    "postgres://u:p?x@h/n postgres://u:1?x@h/n postgres://u:1/x@h/n postgres://u:p%@h/n postgres://u:p%ffx@h/n",
    "postgres://h postgres:///n postgres://h/a/b postgres://[::1/n postgres://h/n?x=1 postgres://h/n?sslmode mysql://h/n",
    "sqlite://data/db sqlite:/x sqlite:///x?timeout=-1 sqlite:///x?mode=ro sqlite:///file:x?a=b dbcache:// dbcache://a;b",
    "$HOME ~/x . / /tmp/+#%? mailto: javascript:alert(1) https://[ https:// http://a.cn/?q=1 # ' \" \\ %(x)s {x}",
)
LONG = "0123456789abcdef0123456789abcdef"
ODD = [value for line in ODD_LINES for value in line.split(" ")]


@pytest.mark.parametrize("word", ["是", "enabled", "true # tls", "ok", "2", "ｔｒｕｅ"])
@pytest.mark.parametrize("name", TRUTHS)
def test_word_for_a_truth_that_is_none_is_refused_and_the_words_are_named(name, word):
    line = refusal(**{name: word})

    assert name in line
    assert all(known in line for known in (*TRUE, *FALSE))


@pytest.mark.parametrize("name", TRUTHS)
def test_truths_are_taken_in_any_case_and_an_empty_one_is_none(name):
    usual = read()[name]

    for word in TRUE:
        assert read(**{name: f" {word.upper()} "})[name] is True
    for word in FALSE:
        assert read(**{name: word})[name] is False
    assert read(**{name: " "})[name] is usual


def test_lists_are_stripped_and_hosts_are_as_browsers_send_them():
    found = read(
        ALLOWED_HOSTS=" A.cn ,b.cn，, ::1, 例子.cn",
        ALLOWED_PORTS="08443, 65535，,",
        CSRF_TRUSTED_ORIGINS=" https://a.cn/ ,",
    )

    assert found["ALLOWED_HOSTS"] == ["a.cn", "b.cn", "[::1]", "xn--fsqu00a.cn"]
    assert found["ALLOWED_PORTS"] == ["8443", "65535"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://a.cn"]
    networks = read(ADMIN_ADDRESSES=" 10.1.2.3, 10.0.0.0/8，2001:DB8::/32,")["ADMIN_ADDRESSES"]
    assert [str(network) for network in networks] == ["10.1.2.3/32", "10.0.0.0/8", "2001:db8::/32"]
    assert read(ALLOWED_HOSTS="*, .a.cn", DEBUG="1")["ALLOWED_HOSTS"] == ["*", ".a.cn"]
    assert read(ALLOWED_HOSTS=" ")["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert read(ALLOWED_HOSTS="a.cn.,intranet,10.1.2.3")["ALLOWED_HOSTS"] == ["a.cn", "intranet", "10.1.2.3"]
    origins = "HTTPS://A.cn:443,https://*.例子.cn, http://localhost:8000,http://a.cn:443"
    assert read(CSRF_TRUSTED_ORIGINS=origins)["CSRF_TRUSTED_ORIGINS"] == [
        "https://a.cn",
        "https://*.xn--fsqu00a.cn",
        "http://localhost:8000",
        "http://a.cn:443",
    ]


# Of every setting what means nothing for it, parted by spaces.
TRUTH, HOST = (
    "是 enabled 2 ok , ｔｒｕｅ tru",
    "https://a.cn a.cn/x a..cn -a.cn 1.2.3 1.2.3.4.5 999.1.1.1 [:::] [x] a@b ! …"
    " “a.cn ”a.cn 《a》.cn a.cn； a\u200b.cn 例子！.cn",
)
SHOWN_AS_THEY_ARE = ("SITE_NAME", "SITE_OPERATOR", "SITE_CONTACT", "DATA_SOURCE", "DATA_LICENCE")
NOTHING = "--- ， ？ a\u200bb \ue000a \u3164 \u2800 \u115f\u1160 \uffa0 a\u3164 \u200b"
PAGES = (
    "abc , javascript:alert(1) https:// https://a..cn/ https://a.cn:99999/ https://u:p@a.cn/ //a.cn/"
    ' https://a.cn/<>" https://a.cn/< https://a.cn/\\ https://a.cn/{x} https://a.cn/% https://a.cn/%zz'
    " https://a.cn/。 https://a.cn/\u200b"
)
REFUSED = {
    **dict.fromkeys(TRUTHS, TRUTH),
    **dict.fromkeys(SHOWN_AS_THEY_ARE, NOTHING),
    "SITE_CONTACT": f"{NOTHING} javascript:alert(1) 请看JavaScript:x data:text/html,x file:///etc ftp://a.cn/",
    "ADMIN_ADDRESSES": ", a.cn 10.0.0 10.0.0.1/8 10.0.0.0/33 10.0.0.0/255.0.0.0 10.0.0.0/ 1.2.3.4:80"
    " [::1] １.2.3.4 fe80::1%eth0 ::ffff:10.0.0.1 2001:db8::1/32 0 10.0.0.1-9 10.0.0.*",
    "ALLOWED_HOSTS": f"{HOST} , ，, * .b.cn a.cn:80 {'a' * 64}.cn {'a.' * 130}cn",
    "ALLOWED_PORTS": ", 0 65536 ８０ http 80/443 -1 8000,x",
    "API_RATE": "abc 300/month 0/minute 300 /minute 1.5/second , 300/Minute",
    "CACHE_URL": "memcache://h , abc redis: redis://h/x redis://h:0"
    " redis:// redis://:6379 redis://a、b/0 redis://a..b dbcache:// 127.0.0.1:6379",
    "CSRF_TRUSTED_ORIGINS": ", a.cn https:// https://*.x https://* https://*.com:443 https://*.1.2.3.4 https://a..cn https://a.cn/x"
    " https://a.cn:0 https://a.cn:x https://a@b.cn ftp://a.cn https://[x] null https://.cn"
    " https://a.cn、b.cn https://a.cn，b.cn https://a“.cn",
    "DATABASE_URL": "mysql://h/n , abc postgres: postgres://h sqlite:/x sqlite://x"
    " sqlite://:memory: sqlite:///:memory: sqlite://",
    "DATA_DIR": f"{__file__} \u3000 {'长' * 100} /tmp/{'a' * 256}/x {'/a' * 3000} {'/a' * 1000}",
    "DATA_LICENCE_URL": PAGES,
    "EMAIL_URL": ", x smtp: smtp://h http://h?from=a%40b.cn smtp://?from=a%40b.cn smtp://h?from=a smtp://h?to=a%40b.cn",
    "HSTS": "off 3600 Hour preload,year",
    "REVIEW": "reader Province true province,x",
    "SECRET_KEY": "a abab \u3000",
    "SECRET_KEY_FALLBACKS": f", ， 、 x {LONG},abab {'a' * 50}",
    "SECURITY_CONTACT": ", a@example.cn http://example.cn/ mailto: mailto:a@b mailto:a@b..cn"
    " tel:x tel:- https://a..cn/ https:// tel:+86-10-- tel:--1 tel:+8610--1234 tel:12"
    " mailto:<a>@b.cn mailto:\"a\"@b.cn",
    "SITE_DOMAIN": f"{HOST} * .a.cn x a.cn:0 a.cn:99999 a.cn:x , a.cn、b.cn a.cn，b.cn",
    "SITE_ICP_NUMBER": "abc , 京ICP备号 人ICP备05000001号 京ICP05000001号 京ICP备05000001"
    " 京ICP备05000001号- 京ICP备１２３４５６７８号",
    "SITE_ID_CODE": "abc , 123 12345678901 abc1234567 １１００００００００",
    "SITE_POLICE_NUMBER": "abc , 京公网安备123号 人公网安备11010102000001号 京公网安备11010102000001",
    "WEBSUB_HUB": f"{PAGES} https://a.cn/#x https://a.cn/#",
    "WEB_CONCURRENCY": "0 lots 999999999 ٣ , -1 1.5 65",
}  # fmt: skip


def test_every_setting_has_nonsense_to_refuse():
    assert sorted(REFUSED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_value_that_means_nothing_is_refused_by_name(name):
    silent = [value for value in (*REFUSED[name].split(" "), "a\nb", "\udcff") if not refusal(**{name: value})]

    assert silent == []
    assert all(f"设置 {name} 有误" in refusal(**{name: value}) for value in REFUSED[name].split(" "))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_ICP_NUMBER", "京ICP备05000001号"),
        ("SITE_ICP_NUMBER", "蜀ICP备2021000001号-12"),
        ("SITE_ICP_NUMBER", "沪ICP证030173号"),
        ("SITE_ID_CODE", "bm04000001"),
        ("SITE_ID_CODE", "1100000088"),
        ("SITE_POLICE_NUMBER", "京公网安备 11010102000001号"),
        ("SITE_DOMAIN", "A.cn:8000"),
        ("SITE_DOMAIN", "[::1]:8000"),
        ("WEBSUB_HUB", "http://localhost:8080/hub"),
        ("SECURITY_CONTACT", "mailto:a@example.cn,https://example.cn/x,tel:+86-10-1234"),
        ("DATA_LICENCE", "CC BY 4.0"),
        ("SECRET_KEY_FALLBACKS", f"{LONG},{LONG[::-1]}"),
        ("SITE_NAME", "“甲”和“乙”"),
        ("SITE_OPERATOR", "'95 届"),
        ("SITE_CONTACT", "Email: a@b.cn，电话：010-12345678，https://a.cn/写信"),
        ("DATA_LICENCE_URL", "https://例子.cn/许可?a=1&b=%E4%B8%AD#第一条"),
        ("SECURITY_CONTACT", "mailto:a.b+c@example.cn"),
        ("SECURITY_CONTACT", "tel:010-12345678"),
    ],
)
def test_value_that_operators_have_is_taken(name, value):
    assert refusal(**{name: value}) == ""


@pytest.mark.parametrize("name", NAMES)
def test_value_in_quotes_is_refused(name):
    words = "1", "a.cn", "/tmp/x", LONG, "it's" if name != "DATA_DIR" else "x"
    quoted = [f" {left}{word}{right} " for word in words for left, right in ('""', "“”", "””", "＂＂")]

    assert [value for value in quoted if "引号" not in refusal(**{name: value})] == []
    assert "引号" in refusal(**{name: "''"})


def test_list_is_parted_by_commas_of_either_language():
    parted = "a.cn、b.cn，c.cn,d.cn"
    hosts = ["a.cn", "b.cn", "c.cn", "d.cn"]

    assert read(ALLOWED_HOSTS=parted)["ALLOWED_HOSTS"] == hosts
    assert read(ALLOWED_PORTS="1、2，3")["ALLOWED_PORTS"] == ["1", "2", "3"]
    origins = "、".join(f"https://{host}" for host in hosts)
    assert read(CSRF_TRUSTED_ORIGINS=origins)["CSRF_TRUSTED_ORIGINS"] == origins.split("、")
    assert len(read(ADMIN_ADDRESSES="10.0.0.1、10.0.0.2")["ADMIN_ADDRESSES"]) == 2
    assert read(SECRET_KEY_FALLBACKS=f"{LONG}、{LONG}x")["SECRET_KEY_FALLBACKS"] == [LONG, f"{LONG}x"]
    assert read(SECRET_KEY_FALLBACKS="x", DEBUG="1")["SECRET_KEY_FALLBACKS"] == ["x"]


def test_values_are_taken_as_they_are():
    contacts = "mailto:a@example.cn, https://example.cn/x , tel:+86-10-1234"
    found = read(SITE_NAME=" $HOME名录 ", SITE_DOMAIN="a.cn:8000", API_RATE="", SECURITY_CONTACT=contacts)

    assert (found["SITE"]["name"], found["SITE"]["domain"], found["API_RATE"]) == ("$HOME名录", "a.cn:8000", "")
    assert found["FOLLOWING"]["security_contacts"] == [each.strip() for each in contacts.split(",")]
    assert read(SECRET_KEY=f"$a b{LONG}")["SECRET_KEY"] == f"$a b{LONG}"
    assert read(SECRET_KEY="a", DEBUG="1")["SECRET_KEY"] == "a"
    assert read(SITE_POLICE_NUMBER=" 京公网安备 11010102000001号")["SITE"]["police_number"].endswith("000001号")


def test_weak_secret_is_not_said_back():
    assert "hunter2" not in refusal(SECRET_KEY="hunter2")


@pytest.mark.parametrize("name", ["d+1", "d#1", "d%41", "d?mode=ro", "数 据 ", "a:b@c", "'\"\\"])
def test_data_folder_may_have_any_name(tmp_path, name):
    found = read(DATA_DIR=str(tmp_path / name))

    assert found["DATABASES"]["default"]["NAME"] == f"{tmp_path / name}/db.sqlite3"


def test_relative_data_folder_lies_in_the_project_wherever_it_is_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert read(DATA_DIR="data")["DATA_DIR"] == settings.BASE_DIR / "data"


def test_key_that_is_no_text_is_told(tmp_path):
    (tmp_path / "secret-key").write_bytes(b"\xff\xfe")

    assert "secret-key 已损坏" in refusal(DATA_DIR=str(tmp_path))


def environments():
    values = st.one_of(
        st.sampled_from(ODD),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
        st.builds("{}{}{}".format, st.sampled_from(ODD), st.sampled_from("?#@%+/:,， \t\n"), st.sampled_from(ODD)),
    )
    return st.tuples(st.sampled_from(NAMES), values)


@profile(max_examples=int(os.environ.get("SETTINGS_EXAMPLES", "300")))
@given(environments())
@example(("HTTPS", "是"))
def test_every_setting_is_understood_or_refused_in_one_line(setting):
    name, value = setting
    if line := refusal(**{name: value}):
        assert name in line
        assert line.isprintable()
        return
    found = read(**{name: value})
    if name in TRUTHS and value.strip():
        assert found[name] is (value.strip().lower() in TRUE)
        assert value.strip().lower() in (*TRUE, *FALSE)
    if name == "ALLOWED_HOSTS":
        assert all(each == each.strip() and each for each in found[name])


@pytest.mark.parametrize(
    "command", [["manage.py", "check"], ["-c", "import config.wsgi"], ["-m", "pytest", "-n0", "tests/test_grid.py"]]
)
def test_program_stops_with_one_line(command):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=os.environ | {"HTTPS": "是"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().startswith("设置 HTTPS 有误")
    assert len(done.stderr.strip().splitlines()) == 1


def test_collector_rests_while_a_command_is_imported_and_leaves_that_alone(tmp_path):
    run = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEBUG": "1"}
    said = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", said]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=run, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "True"]


def test_command_without_a_key_stops_with_one_line(tmp_path):
    clean = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "shell", "-c", "from django.conf import settings; settings.SECRET_KEY"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=clean, capture_output=True, text=True, check=False)

    assert "SECRET_KEY" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, (0, False, False)),
        ({"HSTS": "year"}, (0, False, False)),
        ({"HTTPS": "on"}, (3600, False, False)),
        ({"HTTPS": "on", "HSTS": "year"}, (31_536_000, False, False)),
        ({"HTTPS": "on", "HSTS": "preload"}, (63_072_000, True, True)),
    ],
)
def test_browsers_are_told_to_insist_on_tls_in_steps(environment, said):
    values = read(SECRET_KEY="0123456789abcdef" * 2, **environment)

    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    assert tuple(values[name] for name in names) == said
