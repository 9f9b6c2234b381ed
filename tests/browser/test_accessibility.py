"""WCAG 2.2 AA by axe-core, its best practices too. The policy lets no page load a script of ours: it is injected."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.pages import EVERYTHING, each

pytestmark = pytest.mark.looks
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Named one by one, for no tag brings in what axe calls experimental. Left out: `hidden-content`, which finds
    # nothing wrong but asks for a look, and `p-as-heading`, which takes any larger paragraph for a heading.
    "rules": {
        name: {"enabled": True}
        for name in (
            "css-orientation-lock",
            "focus-order-semantics",
            "label-content-name-mismatch",
            "table-fake-caption",
            "td-has-header",
        )
    },
    "resultTypes": ["violations"],
}
ENHANCED = {"color-contrast-enhanced": {"enabled": True}}
PUBLIC = RULES | {"rules": RULES["rules"] | ENHANCED}
# A colour scheme changes colours alone: in the dark nothing else needs another look, and what is on the page several
# times in the same colours needs one.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", *ENHANCED]},
    "resultTypes": ["violations"],
}
KINDS = ("violations", "passes", "incomplete", "inapplicable")
# Both contrasts are asked for at once, which is the most of the time; seven to one is wanted of running text alone.
RUN = """async ([options, isOfColours]) => {
  const nodes = isOfColours ? looks.newColours() : document;
  if (isOfColours && !nodes.length) return null;
  const answer = await axe.run(nodes, options);
  const isRunning = (node) => document.querySelector(node.target[0]).matches("main *:not(.tag):not(.tag *)");
  for (const rule of answer.violations)
    if (rule.id === "color-contrast-enhanced") rule.nodes = rule.nodes.filter(isRunning);
  return answer;
}"""


def faults(page, options):
    """Return what axe finds wrong, a line each: rule, element and what is to mend; and the names of the rules run.

    Nothing of colours that it was asked about before: that is no fault and no rule.
    """
    answer = page.evaluate(RUN, [options, options is COLOURS]) or dict.fromkeys(KINDS, ())
    lines = [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]
    return lines, {rule["id"] for kind in KINDS for rule in answer[kind]}


def in_every_light(page):
    """Yield a name for each width and colour scheme, with the page in it, and the rules to ask there."""
    for width in (320, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, rules in (("light", PUBLIC), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            yield f"{width} px, {scheme}", rules


@each(EVERYTHING)
def test_axe_finds_nothing_and_running_text_has_contrast_of_seven_to_one(visit, place):
    page = visit(place, viewport={"width": 320, "height": 900}, reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)

    found = {}
    for light, rules in in_every_light(page):
        lines, ran = faults(page, rules)
        assert {"color-contrast", "link-in-text-block", *ENHANCED} <= ran
        assert rules is COLOURS or {"target-size", "region", "td-has-header"} <= ran
        for line in lines:
            found.setdefault(line, []).append(light)

    assert not found, "\n".join(f"{place.path} ({'; '.join(lights)}): {line}" for line, lights in found.items())
