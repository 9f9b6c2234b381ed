"""The database's own inverted index over the entries: FTS5 on SQLite, GIN on PostgreSQL. Same words, same hits."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from .words import Word

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
_POSTGRESQL = [
    """ALTER TABLE pilots_searchentry ADD COLUMN IF NOT EXISTS vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', names), 'D') || setweight(to_tsvector('simple', head), 'A') ||
    setweight(to_tsvector('simple', body), 'B') || setweight(to_tsvector('simple', themes), 'C')) STORED""",
    "CREATE INDEX IF NOT EXISTS pilots_searchentry_vector ON pilots_searchentry USING gin (vector)",
]
_KEY = {"sqlite": "rowid", "postgresql": "id"}
_WHERE = {
    "sqlite": "FROM pilots_searchindex WHERE pilots_searchindex MATCH %s",
    "postgresql": "FROM pilots_searchentry WHERE vector @@ %s::tsquery",
}
_WEIGHTS = {"names": "D", "head": "A", "body": "B", "themes": "C"}


def is_installed() -> bool:
    """Return whether the index and what keeps it in step are there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'pilots_searchentry_vector'")
            return cursor.fetchone()[0] == 1
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'pilots_searchindex'"
            " OR (type = 'trigger' AND tbl_name = 'pilots_searchentry')"
        )
        return cursor.fetchone()[0] == len(_SQLITE)


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


def match(clauses: Sequence[Clause]) -> list[int]:
    """Return the primary keys of the entries that fit every clause. One statement."""
    with connection.cursor() as cursor:
        vendor = connection.vendor
        cursor.execute(f"SELECT {_KEY[vendor]} {_WHERE[vendor]}", [_expression(clauses)])
        return [row[0] for row in cursor.fetchall()]


def which(queries: Sequence[Sequence[Clause]]) -> list[bool]:
    """Return for each query whether any entry fits it. One statement for all, so at most a few hundred queries."""
    if not queries:
        return []
    asked = ", ".join([f"EXISTS (SELECT 1 {_WHERE[connection.vendor]})"] * len(queries))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", [_expression(clauses) for clauses in queries])
        return [bool(value) for value in cursor.fetchone()]


def named(token: str) -> Clause:
    """Return the clause that `token` stands in the column of whole names and kinds."""
    return Clause((Word((token,), False, token),), ("names",))


def _expression(clauses: Sequence[Clause]) -> str:
    return _tsquery(clauses) if connection.vendor == "postgresql" else _fts5(clauses)


def _fts5(clauses: Sequence[Clause]) -> str:
    """Tokens are letters and digits only, so quoting them is enough."""

    def one(word: Word) -> str:
        return f'"{" ".join(word.tokens)}"' + (" *" if word.is_prefix else "")

    return " AND ".join(
        f"({{{' '.join(columns)}}} : ({' OR '.join(one(word) for word in words)}))" for words, columns in clauses
    )


def _tsquery(clauses: Sequence[Clause]) -> str:
    def one(word: Word, columns: tuple[str, ...]) -> str:
        weights = "".join(_WEIGHTS[name] for name in columns)
        marks = [f":{weights}"] * len(word.tokens)
        marks[-1] = f":{'*' if word.is_prefix else ''}{weights}"
        return " <-> ".join(f"'{token}'{mark}" for token, mark in zip(word.tokens, marks, strict=True))

    return " & ".join(f"({' | '.join(one(word, columns) for word in words)})" for words, columns in clauses)
