"""The database's own inverted index over the entries: FTS5 on SQLite, GIN on PostgreSQL. Same words, same hits."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from ..http import outages
from .text import Word

OWN_WORDS = ("head", "body")
ALL_COLUMNS = ("head", "body", "themes")


class Clause(NamedTuple):
    """What a hit must have: one of the words (alternatives), in one of the columns."""

    words: tuple[Word, ...]
    columns: tuple[str, ...] = OWN_WORDS


_SQLITE = [
    # External content: the entries hold the text, the index only the postings.
    """CREATE VIRTUAL TABLE IF NOT EXISTS pilots_searchindex USING fts5(names, head, body, themes,
    content='pilots_searchentry', content_rowid='id', tokenize='unicode61 remove_diacritics 0', prefix='1')""",
    """CREATE TRIGGER IF NOT EXISTS pilots_searchentry_added AFTER INSERT ON pilots_searchentry BEGIN
    INSERT INTO pilots_searchindex(rowid, names, head, body, themes)
    VALUES (new.id, new.names, new.head, new.body, new.themes); END""",
    """CREATE TRIGGER IF NOT EXISTS pilots_searchentry_removed AFTER DELETE ON pilots_searchentry BEGIN
    INSERT INTO pilots_searchindex(pilots_searchindex, rowid, names, head, body, themes)
    VALUES ('delete', old.id, old.names, old.head, old.body, old.themes); END""",
    """CREATE TRIGGER IF NOT EXISTS pilots_searchentry_written AFTER UPDATE ON pilots_searchentry BEGIN
    INSERT INTO pilots_searchindex(pilots_searchindex, rowid, names, head, body, themes)
    VALUES ('delete', old.id, old.names, old.head, old.body, old.themes);
    INSERT INTO pilots_searchindex(rowid, names, head, body, themes)
    VALUES (new.id, new.names, new.head, new.body, new.themes); END""",
]
# One vector, its tokens marked with the letter of their column: weights would make the index look at every row again.
# The functions keep the planner from reading the whole table where it expects many hits or stops at the first, and
# give bitmaps of many hits the memory to stay exact (with 4 MB they forget rows and look at whole pages).
_PLAN = "SET enable_seqscan = off SET work_mem = '64MB'"
_POSTGRESQL = [
    r"""ALTER TABLE pilots_searchentry ADD COLUMN IF NOT EXISTS vector tsvector GENERATED ALWAYS AS (
    to_tsvector('simple', regexp_replace(names, '\S+', 'n\&', 'g')) ||
    to_tsvector('simple', regexp_replace(head, '\S+', 'h\&', 'g')) ||
    to_tsvector('simple', regexp_replace(body, '\S+', 'b\&', 'g')) ||
    to_tsvector('simple', regexp_replace(themes, '\S+', 't\&', 'g'))) STORED""",
    "ALTER TABLE pilots_searchentry ALTER COLUMN vector SET STORAGE MAIN",
    "CREATE INDEX IF NOT EXISTS pilots_searchentry_vector ON pilots_searchentry USING gin (vector)",
    f"""CREATE OR REPLACE FUNCTION pilots_search_match(asked tsquery) RETURNS SETOF bigint LANGUAGE sql STABLE
    {_PLAN} AS 'SELECT id FROM pilots_searchentry WHERE vector @@ asked'""",
    f"""CREATE OR REPLACE FUNCTION pilots_search_occurs(asked tsquery) RETURNS boolean LANGUAGE sql STABLE
    {_PLAN} AS 'SELECT EXISTS (SELECT 1 FROM pilots_searchentry WHERE vector @@ asked)'""",
]
_MATCH = {
    "sqlite": "SELECT rowid FROM pilots_searchindex WHERE pilots_searchindex MATCH %s",
    "postgresql": "SELECT pilots_search_match(%s::tsquery)",
}
_OCCURS = {
    "sqlite": "EXISTS (SELECT 1 FROM pilots_searchindex WHERE pilots_searchindex MATCH %s)",
    "postgresql": "pilots_search_occurs(%s::tsquery)",
}

# Entries that the index doesn't find by all their tokens.
_LOST = """SELECT count(*) FROM pilots_searchentry entry WHERE vector <> '' AND NOT entry.id IN (SELECT
    pilots_search_match((SELECT string_agg(quote_literal(token), ' & ')
    FROM unnest(tsvector_to_array(entry.vector)) token)::tsquery))"""

_INSTALLED = {
    "sqlite": f"""(SELECT count(*) FROM sqlite_master WHERE name = 'pilots_searchindex'
    OR (type = 'trigger' AND tbl_name = 'pilots_searchentry')) = {len(_SQLITE)}""",
    "postgresql": """num_nulls(to_regclass('pilots_searchentry_vector'), to_regproc('pilots_search_match'),
    to_regproc('pilots_search_occurs'), to_regclass('searchentry_unique_kind_object_id')) = 0""",
}
# As many rows as entries, each with the sizes of four columns, a hundred found by all their names (what
# came after has too many), and the latest
# ranked, for which FTS5 reads its averages: without them it takes no writing. PostgreSQL keeps a row in the entry's.
_WHOLE = {
    "sqlite": """(SELECT count(*) FROM pilots_searchindex_docsize WHERE length(sz) >= 4)
    = (SELECT count(*) FROM pilots_searchentry)
    AND NOT EXISTS (SELECT 1 FROM (SELECT id, names FROM pilots_searchentry WHERE kind <> 'after'
    ORDER BY id DESC LIMIT 100) entry
    WHERE NOT id IN (SELECT rowid FROM pilots_searchindex('names : "' || entry.names || '"')))
    AND EXISTS (SELECT 1 FROM pilots_searchindex(
    (SELECT 'names : "' || names || '"' FROM pilots_searchentry ORDER BY id DESC LIMIT 1)) WHERE rank <= 0)""",
    "postgresql": """pilots_search_occurs((SELECT quote_literal('n' || split_part(names, ' ', 1))
    FROM pilots_searchentry ORDER BY id DESC LIMIT 1)::tsquery)""",
}


def is_installed() -> bool:
    """Return whether the index and what keeps it in step are there; on PostgreSQL its rule, too."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_INSTALLED[connection.vendor]}")
        return bool(cursor.fetchone()[0])


def install() -> None:
    """Make the index where anything of it is missing. Django drops triggers when it remakes a SQLite table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in _POSTGRESQL:
                cursor.execute(statement)
            return
        for statement in _SQLITE:
            cursor.execute(statement)
        cursor.execute("INSERT INTO pilots_searchindex(pilots_searchindex) VALUES ('rebuild')")


def compact() -> None:
    """Put together what FTS5 keeps in a piece for each writing: a search looks each word up in every piece."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO pilots_searchindex(pilots_searchindex) VALUES ('optimize')")


def remove() -> None:
    """Take the index away, however damaged it is."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in ("match", "occurs"):
                cursor.execute(f"DROP FUNCTION IF EXISTS pilots_search_{name}")
            cursor.execute("ALTER TABLE pilots_searchentry DROP COLUMN IF EXISTS vector")
            return
        for name in ("added", "removed", "written"):
            cursor.execute(f"DROP TRIGGER IF EXISTS pilots_searchentry_{name}")
        try:
            with transaction.atomic():
                cursor.execute("DROP TABLE IF EXISTS pilots_searchindex")
        except DatabaseError:  # a part of it is gone: SQLite can't open what it is to drop
            cursor.execute("PRAGMA writable_schema = ON")
            cursor.execute("DELETE FROM sqlite_master WHERE name = 'pilots_searchindex'")
            cursor.execute("PRAGMA writable_schema = RESET")
        for part in ("data", "idx", "docsize", "config", "content"):  # left where it is gone without them
            cursor.execute(f"DROP TABLE IF EXISTS pilots_searchindex_{part}")


def is_sound() -> bool:
    """Return whether the index holds exactly what the entries say. Raises DatabaseError where SQLite can't write,
    which its check counts as."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_LOST)
                return not cursor.fetchone()[0]
            cursor.execute(
                "UPDATE pilots_searchentry SET body = body WHERE id = (SELECT max(id) FROM pilots_searchentry)"
            )
            cursor.execute("INSERT INTO pilots_searchindex(pilots_searchindex, rank) VALUES ('integrity-check', 1)")
            transaction.set_rollback(True)
        return _finds_every_token()
    except DatabaseError as error:
        if outages.of(error) in (outages.DISK, outages.BUSY):
            raise
        return False


def _finds_every_token() -> bool:
    """Return whether the way to each token is there, and to each first character, which has one of its own: FTS5's
    check reads the tokens one after another, and looks none up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT names || ' ' || head || ' ' || body || ' ' || themes FROM pilots_searchentry")
        tokens = {token for (text,) in cursor.fetchall() for token in re.split(r"[\s\"']+", text) if token}
    words = [Word((token,), False, token) for token in tokens]
    words += [Word((first,), True, "") for first in {token[0] for token in tokens}]
    queries = [[Clause((word,), ("names", *ALL_COLUMNS))] for word in words]
    return all(all(which(queries[start : start + 200])) for start in range(0, len(queries), 200))


def is_whole() -> bool:
    """Return whether the index and what keeps it in step are there, with a row for each entry, and it finds the
    latest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_INSTALLED[connection.vendor]} AND {_WHOLE[connection.vendor]}")
        return bool(cursor.fetchone()[0])


def match(clauses: Sequence[Clause]) -> list[int]:
    """Return the primary keys of the entries that fit every clause. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MATCH[connection.vendor], [_expression(clauses)])
        return [row[0] for row in cursor.fetchall()]


def which(queries: Sequence[Sequence[Clause]]) -> list[bool]:
    """Return for each query whether any entry fits it. One statement for all, so at most a few hundred queries."""
    if not queries:
        return []
    columns = ", ".join([_OCCURS[connection.vendor]] * len(queries))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [_expression(clauses) for clauses in queries])
        return [bool(value) for value in cursor.fetchone()]


def named(token: str) -> Clause:
    """Return the clause that `token` stands in the column of whole names and kinds."""
    return Clause((Word((token,), False, token),), ("names",))


def _expression(clauses: Sequence[Clause]) -> str:
    return _tsquery(clauses) if connection.vendor == "postgresql" else _fts5(clauses)


def _fts5(clauses: Sequence[Clause]) -> str:
    """Tokens are letters and digits only, so quoting them is enough."""
    hits = []
    for words, columns in clauses:
        phrases = []
        for word in words:
            open_columns = [name for name in columns if word.begins_in(name)] if word.is_prefix else []
            others = [name for name in columns if name not in open_columns]
            phrase = f'"{" ".join(word.tokens)}"'
            phrases += [f"{{{' '.join(others)}}} : {phrase}"] if others else []
            phrases += [f"{{{' '.join(open_columns)}}} : {phrase} *"] if open_columns else []
        hits.append(f"({' OR '.join(phrases)})")
    return " AND ".join(hits)


def _tsquery(clauses: Sequence[Clause]) -> str:
    hits = []
    for words, columns in clauses:
        phrases = [
            " <-> ".join(f"'{column[0]}{token}'" for token in word.tokens) + (":*" if word.begins_in(column) else "")
            for word in words
            for column in columns
        ]
        hits.append(f"({' | '.join(phrases)})")
    return " & ".join(hits)
