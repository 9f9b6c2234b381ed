"""Which passwords will do, and one-time passwords."""

import secrets
import string
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator, validate_password
from django.core.exceptions import ValidationError

from ..models import FormerPassword

CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)  # everything else: the fourth
KEPT = 5  # passwords that are not taken again, besides the one of now
ENOUGH = 4  # zxcvbn's highest score: more than 10**10 guesses
MOST_MEASURED = 72  # characters that zxcvbn is given: its time grows faster than the length
LOCAL_WORDS = (
    "shengtai wenming shengtaiwenming huanbao huanjing fagaiwei fagai guojia zhengfu zhongguo china xianxing shifan"
    " shifanqu mima guanli guanliyuan woaini woaizhongguo admin gov beijing tianjin hebei shanxi neimenggu liaoning"
    " jilin heilongjiang shanghai jiangsu zhejiang anhui fujian jiangxi shandong henan hubei hunan guangdong guangxi"
    " hainan chongqing sichuan guizhou yunnan xizang shaanxi gansu qinghai ningxia xinjiang taiwan xianggang aomen"
    " dalian qingdao ningbo xiamen shenzhen bingtuan"
)


class Rule:
    """A rule of passwords: how it refuses, and the words for it."""

    help_text: str

    def get_help_text(self) -> str:
        return self.help_text


class LongEnough(MinimumLengthValidator):
    """Django's rule, refusing in Chinese: its own refusal is not translated."""

    def get_error_message(self) -> str:
        return f"密码至少要有 {self.min_length} 个字符。"


class ThreeOfFourClasses(Rule):
    """Small letters, capitals, digits, other characters: at least three of the four."""

    help_text = "小写字母、大写字母、数字、其他符号，至少用其中三类。"

    def validate(self, password: str, user: Any = None) -> None:
        used = {
            next((i for i, character_class in enumerate(CLASSES) if mark in character_class), len(CLASSES))
            for mark in password
        }
        if len(used) < 3:
            raise ValidationError("密码须含小写字母、大写字母、数字、其他符号四类中的三类。", code="too_few_classes")


class NotGuessable(Rule):
    """Not a common word, name, year, row of keys or repetition in disguise, by zxcvbn's estimate."""

    help_text = "不要用常见的词、姓名、地名、年份、连续的键或数字拼成，如“Admin@123456”。"

    def validate(self, password: str, user: Any = None) -> None:
        from zxcvbn import zxcvbn  # its dictionaries take a while to load, and few requests need them

        values = [getattr(user, name, "") for name in ("username", "first_name", "last_name", "email")]
        words = [*LOCAL_WORDS.split(), *(word.lower() for word in values if word)]
        if zxcvbn(password[:MOST_MEASURED], user_inputs=words)["score"] < ENOUGH:
            raise ValidationError(
                "密码容易被猜到：不要用常见的词、姓名、地名、年份、连续的键或数字拼成。", code="guessable"
            )


class NotUsedBefore(Rule):
    """Not the password of now, nor one of the last five."""

    help_text = f"不能与最近 {KEPT} 次用过的密码相同。"

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        former = FormerPassword.objects.filter(user=user).values_list("password", flat=True)
        current = get_user_model()._base_manager.filter(pk=user.pk).values_list("password", flat=True)
        if any(check_password(password, password_hash) for password_hash in {*former, *current} - {""}):
            raise ValidationError(f"最近 {KEPT} 次用过的密码不能再用。", code="used_before")


def remember(instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """Keep the hash of a password that was just set, and of the five before it. A receiver of post_save of accounts.

    A save of named fields only is a sign-in, or the same password under a newer hash.
    """
    if raw or update_fields is not None or not instance.has_usable_password():
        return
    former_passwords = FormerPassword.objects.filter(user=instance)
    if former_passwords.filter(password=instance.password).exists():
        return
    FormerPassword.objects.create(user=instance, password=instance.password)
    former_passwords.exclude(pk__in=list(former_passwords.values_list("pk", flat=True)[: KEPT + 1])).delete()


def one_time() -> str:
    """Return a random password that all rules take; 20 characters without look-alikes."""
    letters = [mark for mark in string.ascii_letters + string.digits + "-_+" if mark not in "0O1lI"]
    while True:
        password = "".join(secrets.choice(letters) for _ in range(20))
        try:
            validate_password(password)
        except ValidationError:
            continue
        return password
