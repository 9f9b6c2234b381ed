"""Addresses and forms of the admin."""

from django.contrib import admin
from django.urls import reverse

from pilots.models import Proposal, Report, ReportLine

from .forms import REASON

# Proposals have a page of their own (`test_answering`), no form; of reports there are none but of a notice in force
# (`test_reporting`).
MODELS = [
    model
    for model in admin.site._registry
    if model._meta.app_label == "pilots" and not model._meta.proxy and model not in (Proposal, Report, ReportLine)
]


def address(model, page, *args):
    """Return where a page of a model is; of a record with parts, the form of all its fields for `change`."""
    if page == "change" and getattr(admin.site._registry[model], "parts", ()):
        page = "whole"
    return reverse(f"admin:pilots_{model._meta.model_name}_{page}", args=args)


def form_data(response):
    """Return what a browser would post if nothing were changed but the reason given."""
    data = {}
    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False and value != "":
                data[bound.html_name] = value() if callable(value) else value
    if "edit_reason" in forms[0].fields:
        data.setdefault("edit_reason", REASON)
    return data
