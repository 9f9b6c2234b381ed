"""The history and the security events are added to, never rewritten: the database itself refuses, whoever asks.

Events older than they are kept (`SecurityEvent.KEPT_DAYS`) may go, and no others.

The triggers are put back after every `migrate` (SQLite drops them when a migration rebuilds the table), and
`check_record` says when they are missing. Only who may change the schema can take them away.
"""

from typing import Any

from django.db import connection

from ..models import SecurityEvent

EVENTS = "pilots_securityevent"
TABLES = ("pilots_historyentry", "pilots_edit", EVENTS)
_REFUSED = "the history is append-only"
_SQLITE = {
    "no_update": "BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{refused}'); END",
    "no_delete": "BEFORE DELETE ON {table} {recent} BEGIN SELECT RAISE(ABORT, '{refused}'); END",
    # INSERT OR REPLACE deletes the old row without firing the trigger above.
    "no_replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, '{refused}'); END",
}
_POSTGRESQL = {
    "no_change": "BEFORE UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION pilots_history_refuse()",
    "no_delete": "BEFORE DELETE ON {table} FOR EACH ROW {recent} EXECUTE FUNCTION pilots_history_refuse()",
}
_RECENT = {
    "sqlite": f"WHEN OLD.at > datetime('now', '-{SecurityEvent.KEPT_DAYS} days')",
    "postgresql": f"WHEN (OLD.at > now() - interval '{SecurityEvent.KEPT_DAYS} days')",
}
_FUNCTION = f"""CREATE OR REPLACE FUNCTION pilots_history_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"""


def _triggers() -> dict[tuple[str, str], str]:
    """Return each trigger by its table and its name."""
    kinds = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    return {
        (table, f"{table}_{name}"): text.format(
            table=table, refused=_REFUSED, recent=_RECENT[connection.vendor] if table == EVENTS else ""
        )
        for table in TABLES
        for name, text in kinds.items()
    }


def condition() -> str:
    """Return in SQL whether every trigger is there, and awake."""
    names, tables = ("', '".join(texts) for texts in ([name for _, name in _triggers()], TABLES))
    where = f"sqlite_master WHERE type = 'trigger' AND name IN ('{names}')"
    if connection.vendor == "postgresql":
        where = f"pg_trigger WHERE tgname IN ('{names}') AND tgenabled != 'D'"
        where += f" AND tgrelid = ANY(ARRAY['{tables}']::regclass[])"
    return f"(SELECT count(*) FROM {where}) = {len(_triggers())}"


def is_installed() -> bool:
    """Return whether every trigger is there, and awake."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {condition()}")
        return bool(cursor.fetchone()[0])


def install() -> None:
    """Put the triggers in place, whatever of them is there."""
    remove()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for (_, name), text in _triggers().items():
            cursor.execute(f"CREATE TRIGGER {name} {text}")


def remove() -> None:
    """Take the triggers away: for emptying a test's database, and before they are put in place again."""
    with connection.cursor() as cursor:
        for table, name in _triggers():
            cursor.execute(
                f"DROP TRIGGER IF EXISTS {name}{f' ON {table}' if connection.vendor == 'postgresql' else ''}"
            )


def problems() -> list[str]:
    """Return what is wrong, a line each."""
    return [] if is_installed() else ["修改历史缺少防改写的触发器：请运行 migrate。"]


def after_migrate(using: str, **kwargs: Any) -> None:
    if using == connection.alias and {*TABLES} <= {*connection.introspection.table_names()} and not is_installed():
        install()
