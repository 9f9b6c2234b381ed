"""The history is added to, never rewritten: the database itself refuses, whoever asks.

The triggers are put back after every `migrate` (SQLite drops them when a migration rebuilds the table), and
`check_record` says when they are missing. Only who may change the schema can take them away.
"""

from typing import Any

from django.db import connection

TABLE = "pilots_historyentry"
_REFUSED = "the history is append-only"
_SQLITE = {
    f"{TABLE}_no_update": f"BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    f"{TABLE}_no_delete": f"BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    # INSERT OR REPLACE deletes the old row without firing the trigger above.
    f"{TABLE}_no_replace": f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
}
_POSTGRESQL = {
    f"{TABLE}_no_change": f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} FOR EACH STATEMENT "
    "EXECUTE FUNCTION pilots_history_refuse()",
}
_FUNCTION = f"""CREATE OR REPLACE FUNCTION pilots_history_refuse() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"""


def _triggers() -> dict[str, str]:
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE


def is_installed() -> bool:
    """Return whether every trigger is there, and awake."""
    if connection.vendor == "postgresql":
        query = (
            "SELECT count(*) FROM pg_trigger"
            " WHERE tgrelid = to_regclass(%s) AND tgname = ANY(%s) AND tgenabled != 'D'"
        )
        values = [TABLE, list(_triggers())]
    else:
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s AND name LIKE %s"
        values = [TABLE, f"{TABLE}_no_%"]
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0] == len(_triggers())


def install() -> None:
    """Put the triggers in place, whatever of them is there."""
    remove()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for name, rest in _triggers().items():
            cursor.execute(f"CREATE TRIGGER {name} {rest}")


def remove() -> None:
    """Take the triggers away: for emptying a test's database, and before they are put in place again."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in _triggers():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def problems() -> list[str]:
    """Return what is wrong, a line each."""
    return [] if is_installed() else ["修改历史缺少防改写的触发器：请运行 migrate。"]


def after_migrate(using: str, **kwargs: Any) -> None:
    if using == connection.alias and TABLE in connection.introspection.table_names() and not is_installed():
        install()
