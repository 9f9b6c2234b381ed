"""The rules of axe, and what they find on a page."""

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
# Contrast takes most of the time. It is asked of everything once; in the dark and in a wide window, of each way in
# which colours lie on each other there.
OF_COLOURS = {"color-contrast", "link-in-text-block", *ENHANCED}
COLOURS = {"runOnly": {"type": "rule", "values": sorted(OF_COLOURS)}, "resultTypes": ["violations"]}
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
