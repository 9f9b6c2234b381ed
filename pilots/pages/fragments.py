"""A tag for parts of the frame of a page: drawn once for each state of the record, not for each page."""

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.safestring import SafeString

COMMON = ("site", "paths", "kept")  # what the parts may use besides what they name
MOST_FRAGMENTS = 200  # that are kept, some 3 KB each

register = Library()


class OnceNode(Node):
    """What stands between {% once %} and {% endonce %}."""

    child_nodelists = ()  # no block of a template that extends this one is inside

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        fragments = context["kept"]["fragments"]
        key = (self, *values.values(), *context["site"].values())
        if key not in fragments:
            if len(fragments) >= MOST_FRAGMENTS:
                fragments.clear()
            fragments[key] = self.nodelist.render(context.new({name: context[name] for name in COMMON} | values))
        return fragments[key]


@register.tag
def once(parser: Parser, token: Token) -> OnceNode:
    """Draw what is inside once for each state of the record, the site's settings and the values that are named, of
    which there must be few: `{% once section=page.section %}`. It sees nothing else than these."""
    name, *bits = token.split_contents()
    values = token_kwargs(bits, parser)
    if bits:
        raise TemplateSyntaxError(f"{name} takes names with values (section=page.section), not {bits[0]}")
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return OnceNode(nodelist, values)
