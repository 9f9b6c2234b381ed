"""A form as a browser posts it: what the page shows, with CRLF line ends, and what somebody types into it."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

REASON = "与文件核对后更正"


def fields(html):
    """Return what the page's form would post if nothing were typed: name → list of values."""
    posted = {}
    form = LexborHTMLParser(html).css_first("#content-main form")
    for node in form.css("input, textarea, select"):
        name, values = node.attributes.get("name"), _values(node)
        if name and not name.startswith("_") and values:
            posted.setdefault(name, []).extend(values)
    return posted


def _values(node):
    if node.tag == "select":
        return [
            option.attributes.get("value", "") for option in node.css("option") if "selected" in option.attributes
        ]
    if node.tag == "textarea":
        text = node.text().removeprefix("\n")  # as the HTML standard says
        return [text.replace("\r\n", "\n").replace("\n", "\r\n")]
    kind = node.attributes.get("type") or "text"
    if kind in ("checkbox", "radio"):
        return [node.attributes.get("value") or "on"] if "checked" in node.attributes else []
    if kind in ("submit", "button"):
        return []
    text = node.attributes.get("value") or ""
    return [text.replace("\n", "") if kind == "text" else text.replace("\n", "\r\n")]


class Person:
    """Somebody who opens a form in a browser of her own, types into it and saves it, once or again.

    user: who signs in; None where the client has signed in before.
    """

    def __init__(self, client, user, url):
        self.client, self.url = client, url
        if user:
            client.force_login(user)
        self.read(client.get(url))

    def read(self, response):
        self.response, self.text = response, response.text
        if response.status_code == 200:
            self.posted = fields(response.text)

    def types(self, **values):
        """Type a value into each field; a list ticks just those, None unticks."""
        for name, value in values.items():
            name = name.replace("__", "-")
            self.posted[name] = value if isinstance(value, list) else [value]
            if value is None:
                del self.posted[name]
        return self

    def saves(self, reason=REASON):
        """Save, and return the messages on the page that follows; the form stays open where it was refused."""
        self.posted["edit_reason"] = [reason]
        response = self.client.post(self.url, self.posted)
        self.is_saved = response.status_code == 302
        following = self.client.get(response.headers["Location"]) if self.is_saved else response
        self.read(response)
        self.text = following.text
        return [str(message) for message in following.context["messages"]]


def official(name):
    """Return a new account that may do everything, by the name of `name`."""
    return User.objects.create_superuser(f"official-{User.objects.count()}", first_name=name, password="x")


def address(row):
    """Return where the form of all fields of a row is."""
    page = "whole" if admin.site._registry[row._meta.concrete_model].parts else "change"
    return reverse(f"admin:pilots_{row._meta.model_name}_{page}", args=[row.pk])


def confirm(person):
    box = LexborHTMLParser(person.text).css_first("input[name=confirmed]")
    person.types(confirmed=box.attributes["value"]).saves()
