"""Whether the database is as the models say, and holds what can be read: tables, columns, rules, values."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.models.options import Options

from ..http.outages import unreadable_rows
from ..models import CachedValue, SearchChange, SearchEntry
from ..models.recorded import own_field


def lost_columns() -> list[str]:
    """Return what the database lacks of what is stored, but for the search index, which can be made anew."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        lost = []
        for model in apps.get_models(include_auto_created=True):
            meta = model._meta
            table, names = meta.db_table, {str(field.column) for field in meta.local_concrete_fields}
            if meta.proxy or not meta.managed or model in (SearchEntry, SearchChange):
                continue
            if table in tables:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")
                names -= {column[0] for column in cursor.description}
                lost += [f"数据库的表 {table} 缺少列 {name}：请恢复备份。" for name in sorted(names)]
            else:
                lost.append(f"数据库缺少表 {table}（{meta.verbose_name}）：请恢复备份。")
    return lost


HELD = {  # the rules that are in force, by table
    "sqlite": """
        WITH list AS MATERIALIZED (
            SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
        )
        SELECT name, sql FROM list
        UNION ALL SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index'
        UNION ALL SELECT list.name, '"not null ' || part.name || '"'
        FROM list, pragma_table_info(list.name) part WHERE part."notnull"
        UNION ALL SELECT list.name, '"unique ' || part.name || '"'
        FROM list, pragma_table_info(list.name) part WHERE part.pk
        UNION ALL SELECT list.name, '"foreign key ' || part."from" || '"'
        FROM list, pragma_foreign_key_list(list.name) part
        UNION ALL SELECT list.name, '"unique ' || (
            SELECT group_concat(name, '、') FROM (SELECT name FROM pragma_index_info(part.name) ORDER BY name)
        ) || '"'
        FROM list, pragma_index_list(list.name) part WHERE part."unique"
    """,
    "postgresql": """
        WITH own AS (SELECT oid, relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
        SELECT relname, '"' || conname || '"' FROM own JOIN pg_constraint ON conrelid = own.oid WHERE convalidated
        UNION ALL SELECT own.relname, '"' || part.relname || '"' FROM own
        JOIN pg_index ON indrelid = own.oid JOIN own part ON part.oid = indexrelid WHERE indisvalid
        UNION ALL SELECT relname, '"not null ' || attname || '"'
        FROM own JOIN pg_attribute ON attrelid = own.oid WHERE attnotnull
        UNION ALL SELECT relname, CASE contype WHEN 'f' THEN '"foreign key ' ELSE '"unique ' END || (
            SELECT string_agg(attname, '、' ORDER BY attname) FROM pg_attribute
            WHERE attrelid = conrelid AND attnum = ANY (conkey)
        ) || '"'
        FROM own JOIN pg_constraint ON conrelid = own.oid WHERE contype IN ('f', 'p', 'u') AND convalidated
        UNION ALL SELECT '', '"' || tgname || '"'
        FROM own JOIN pg_trigger ON tgrelid = own.oid WHERE tgenabled NOT IN ('O', 'A')
        UNION ALL SELECT '', '"' || name || '"'
        FROM pg_settings WHERE name = 'session_replication_role' AND setting <> 'origin'
    """,
}


def lost_rules() -> Iterator[str]:
    """Yield each rule of the models that the database doesn't hold: dropped, never made, or out of force."""
    held: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(HELD[connection.vendor])
        for table, names in cursor.fetchall():
            held.setdefault(table, set()).update(re.findall('"([^"]+)"', names or ""))
    yield from (f"数据库的 {name} 使规则没有生效：请恢复备份。" for name in sorted(held.pop("", ())))
    for meta in (model._meta for model in apps.get_models(include_auto_created=True)):
        if meta.managed and not meta.proxy and meta.model not in (SearchEntry, SearchChange):  # these are made anew
            lost = sorted(_declared_rules(meta) - held.get(meta.db_table, set()))
            yield from (f"表 {meta.db_table} 缺少规则 {name}：请运行 migrate，还缺的恢复备份。" for name in lost)


def _declared_rules(meta: Options) -> set[str]:
    columns = {field: str(field.column) for field in meta.local_concrete_fields}
    links = (name for field, name in columns.items() if field.is_relation and getattr(field, "db_constraint", True))
    sets = [[name] for field, name in columns.items() if field.unique]
    sets += [[str(own_field(meta.model, name).column) for name in names] for names in meta.unique_together]
    return {
        *(rule.name for rule in meta.constraints),
        *(f"not null {name}" for field, name in columns.items() if not field.null),
        *(f"foreign key {name}" for name in links),
        *(f"unique {'、'.join(sorted(names))}" for names in sets),
    }


def unreadable() -> Iterator[str]:
    """Yield the rows that no page can read, on SQLite also those whose text isn't UTF-8: it takes any bytes, and its
    driver falls over them."""
    is_sqlite = connection.vendor == "sqlite"
    text = "CAST(quote({}) AS BLOB)" if is_sqlite else "CAST({} AS text)"
    for meta in (model._meta for model in apps.get_models(include_auto_created=True)):
        if meta.proxy or not meta.managed or meta.model in (SearchEntry, SearchChange, CachedValue):
            continue  # made anew; a cache keeps for ever until the last day of 9999
        table, key = (connection.ops.quote_name(name) for name in (meta.db_table, str(meta.pk.column)))
        for column, (condition, fault) in unreadable_rows(meta.model).items():
            quoted = connection.ops.quote_name(column)
            values = f"{text.format(key)}, {text.format(quoted)}, {condition}"
            also = f"OR typeof({quoted}) = 'text'" if is_sqlite else ""
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {values} FROM {table} WHERE {condition} {also} ORDER BY 1")
                rows = cursor.fetchall()
            for *values, is_wrong in rows:
                pk, content = (value.decode(errors="replace") if is_sqlite else value for value in values)
                if is_wrong or (is_sqlite and content.encode() != values[1]):
                    place = f"{meta.verbose_name}（表 {meta.db_table}，{meta.pk.column} 为 {pk}）的 {column}"
                    yield f"{place} 为 {content[:50]}：{fault}。请恢复备份。"
