"""What text for readers holds: Chinese, or what its field is for. A mark or a letter alone is a slip of the hand."""

from django.core.validators import RegexValidator
from django.db import models

_CHINESE = "[〇\u3400-\u9fff\U00020000-\U0003fffd]"
_LETTERS = "[A-Za-z\u00c0-\u024f]{2}"
in_chinese = RegexValidator(_CHINESE, "至少要有一个汉字。")
_in_letters = RegexValidator(_LETTERS, "至少要有两个字母。")
_in_words = RegexValidator(f"{_CHINESE}|{_LETTERS}", "至少要有一个汉字，或两个字母。")
_RULES = {
    "name_en": _in_letters,
    "pinyin": _in_letters,
    "short_pinyin": _in_letters,
    "alias.name": _in_words,
    "term.word": _in_words,
    "region.remark": RegexValidator(f"{_CHINESE}|[0-9]", "至少要有一个汉字或数字。"),  # where a date or a time may do
    "index_number": RegexValidator("[0-9]", "至少要有一个数字。"),
}
# What no reader sees, or has a rule of its own: of codes, addresses, sources, words as received.
_OTHER = ("internal_note", "classification_note", "code", "code_then", "code_now", "path", "new_path")
_OTHER_ENDS = ("source", "_raw")


def rule_of(field: models.Field) -> RegexValidator | None:
    """Return what the text of a field must hold; None where it holds no text, or has a rule of its own."""
    is_key = isinstance(field, models.SlugField) or bool(field.choices)
    is_text = isinstance(field, models.CharField | models.TextField) and not is_key
    if not is_text or field.name in _OTHER or field.name.endswith(_OTHER_ENDS):
        return None
    return _RULES.get(f"{field.model._meta.model_name}.{field.name}") or _RULES.get(field.name, in_chinese)
