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
# Contrast takes most of the time: it is asked of each way in which colours lie on each other, once in a process.
OF_COLOURS = {"color-contrast", "color-contrast-enhanced", "link-in-text-block"}
COLOURS = {"runOnly": {"type": "rule", "values": sorted(OF_COLOURS)}, "resultTypes": ["violations", "passes"]}
CONTRAST = COLOURS | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
SHAPES = RULES | {"rules": RULES["rules"] | {"color-contrast": {"enabled": False}}}
# Both contrasts are asked for at once, which is the most of the time; seven to one is wanted of running text alone.
RUN = """async ([options, known]) => {
  const ways = known && looks.newColours(known);
  if (ways && !ways.length) return [[], [], []];
  const answer = await axe.run(ways ? ways.flatMap(([, nodes]) => nodes) : document, options);
  const at = (node) => document.querySelector(node.target[0]);
  for (const rule of answer.violations)
    if (rule.id === "color-contrast-enhanced") rule.nodes = rule.nodes.filter((node) => looks.isRunning(at(node)));
  const judged = new Set([...answer.violations, ...answer.passes]
    .filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes.map(at)));
  return [
    answer.violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, `${node.target}`, node.failureSummary])),
    Object.values(answer).filter(Array.isArray).flatMap((rules) => rules.map((rule) => rule.id)),
    (ways || []).filter(([, nodes]) => nodes.some((node) => judged.has(node))).map(([way]) => way),
  ];
}"""


def faults(page, options, known=None):
    """Return what axe finds wrong, a line each: rule, element and what is to mend; and the names of the rules run.

    known: the ways of colours that axe has judged before, to which those of this page are added; they alone are asked
    about. Where none of them is new, that is no fault and no rule.
    """
    found, names, judged = page.evaluate(RUN, [options, None if known is None else sorted(known)])
    if known is not None:
        known.update(judged)
    return [f"{rule}: {target}: {' '.join(why.split())}" for rule, target, why in found], set(names)
