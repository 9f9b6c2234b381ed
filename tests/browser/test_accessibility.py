"""WCAG 2.2 AA by axe-core, its best practices too. The policy lets no page load a script of ours: it is injected."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.axe import COLOURS, ENHANCED, OF_COLOURS, RULES, faults
from tests.pages import EVERYTHING, each

pytestmark = pytest.mark.looks
PUBLIC = RULES | {"rules": RULES["rules"] | ENHANCED}
SHAPES = RULES | {"rules": RULES["rules"] | {name: {"enabled": False} for name in OF_COLOURS}}
ASKED = {
    ("light", 320): [PUBLIC],
    ("dark", 320): [COLOURS],
    ("light", 1440): [SHAPES, COLOURS],
    ("dark", 1440): [COLOURS],
}


@each(EVERYTHING)
def test_axe_finds_nothing_and_running_text_has_contrast_of_seven_to_one(visit, place):
    page = visit(place, viewport={"width": 320, "height": 900}, reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)

    found, ran = {}, {}
    for (scheme, width), options in ASKED.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        for lines, names in [faults(page, rules) for rules in options]:
            ran.setdefault((scheme, width), set()).update(names)
            for line in lines:
                found.setdefault(line, []).append(f"{width} px, {scheme}")

    assert not found, "\n".join(f"{place.path} ({'; '.join(lights)}): {line}" for line, lights in found.items())
    assert all(rules >= OF_COLOURS for light, rules in ran.items() if light != ("dark", 1440))
    assert all(ran["light", width] >= {"target-size", "region", "td-has-header"} for width in (320, 1440))
