"""What a style sheet must not hold."""

from .chromium import losses

# What may be lost, because what is left is right: what a browser without it shows.
HARMLESS = {
    "text-wrap": "a heading's lines are as long as they come",
    "color-mix": "an underline is as dark as its words",
    "text-decoration-thickness": "an underline is as thick as the face has it",
    "text-underline-offset": "an underline is as low as the face has it",
    "accent-color": "a box is ticked in the browser's own colour",
    "scripting": "the room of what only a script can do stays empty",
    "view-transition": "pages change at once",
    "forced-colors": "no browser of that age on a system with forced colours tells pages of it",
    "has": {
        "#changelist tbody tr:has(.action-select:checked)": "the box alone says that a row is chosen (Django's)",
        ".related-widget-wrapper > div:has(> div > label)": "boxes to tick stand under each other",
        "form:has(#id_usable_password": "what a password needs is seen without one, too (Django's; no page of ours)",
    },
}


def harmful(css):
    for loss in losses(css):
        known = HARMLESS.get(loss.name)
        if known is None or (isinstance(known, dict) and not loss.words.startswith(tuple(known))):
            yield loss
