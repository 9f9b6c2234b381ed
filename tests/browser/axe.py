"""The rules of axe, and what they find on a page."""

import json

from axe_playwright_python.base import AXE_SCRIPT

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
}
# Contrast takes most of the time: it is asked of each way in which colours lie on each other, once in a process.
CONTRASTS = ["color-contrast", "color-contrast-enhanced"]
OF_COLOURS = {*CONTRASTS, "link-in-text-block"}
# Axe itself, which here looks for contrast in what is marked alone, keeps no markup of what it sees, and describes
# nothing but faults: the rest would be much of its work. Seven to one is wanted of running text alone.
AXE = f"""{AXE_SCRIPT};
axe.configure({{
  noHtml: true,
  rules: {json.dumps([{"id": name, "selector": "[data-asked], [data-asked] *"} for name in CONTRASTS])},
  reporter(rules, options, done) {{
    const [first, higher] = {json.dumps(CONTRASTS)}.map((id) => rules.find((rule) => rule.id === id));
    const judged = first ? [...first.violations, ...first.passes].map(({{ node }}) => node.element) : [];
    if (higher) higher.violations = higher.violations.filter(({{ node }}) => looks.isRunning(node.element));
    const names = rules.map((rule) => rule.id);
    const faulty = rules.filter((rule) => rule.violations.length);
    axe.getReporter("v1")(faulty, options, ({{ violations }}) => done([violations, names, judged]));
  }},
}})"""
# One run for all: most of its time it finds out what lies on what.
RUN = """async ([rules, colours, known]) => {
  const ways = colours.length ? looks.newColours(known) : [];
  if (!rules && !ways.length) return [[], [], []];
  const asked = ways.flatMap(([, nodes]) => nodes);
  const isAsked = { enabled: asked.length > 0 };
  const ofColours = Object.fromEntries(colours.map((name) => [name, isAsked]));
  const options = rules
    ? { ...rules, rules: { ...rules.rules, "color-contrast": { enabled: false }, ...ofColours } }
    : { runOnly: { type: "rule", values: colours } };
  asked.forEach((node) => node.setAttribute("data-asked", "so long a value that axe names nothing by it"));
  const [violations, names, judged] = await axe.run(rules ? document : asked, options);
  asked.forEach((node) => node.removeAttribute("data-asked"));
  return [
    violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, `${node.target}`, node.failureSummary])),
    names,
    ways.filter(([, nodes]) => nodes.some((node) => judged.includes(node))).map(([way]) => way),
  ];
}"""


def faults(page, known=None, *, colours=CONTRASTS, rules=RULES):
    """Return what axe finds wrong, a line each: rule, element and what is to mend; and the names of the rules run.

    known: the ways of colours that axe has judged before, to which those of this page are added; it asks `colours` of
    the others alone (of none without `known`). rules: what else is asked of the whole page; nothing else where None:
    then, where no way is new, that is no fault and no rule.
    """
    found, names, judged = page.evaluate(RUN, [rules, [] if known is None else sorted(colours), sorted(known or ())])
    if known is not None:
        known.update(judged)
    return [f"{rule}: {target}: {' '.join(why.split())}" for rule, target, why in found], set(names)
