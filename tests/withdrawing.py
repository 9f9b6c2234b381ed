"""An area that is withdrawn."""

import datetime

from django.contrib.auth.models import Group, User

from pilots.models import (
    Official,
    Province,
    Region,
    editing,
)

SLUG = "beijing-huairou"
PATH = f"/regions/{SLUG}/"


def area():
    return Region.all_objects.get(slug=SLUG)


def withdraw(row=None, reason="与文件不符"):
    row = row or area()
    with editing(actor=None, reason=reason):
        row.withdrawn_on, row.withdrawn_reason = datetime.date(2026, 11, 23), reason
        row.save()
    return row


def person(role, *provinces):
    user = User.objects.create_user(f"person-{role}", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    if provinces:
        profile, _ = Official.objects.get_or_create(user=user)
        profile.provinces.set(Province.objects.filter(slug__in=provinces))
    return user
