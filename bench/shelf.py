"""A shelf full of packages that never were, put straight into a running registry's database."""

import uuid
from pathlib import Path
from typing import Any

import psycopg

from bench.confusion import WORDS, made_up_names
from packages_app.domain.semver import sort_key
from registry_project.stack.postgres import socket_directory

_COPIED = "COPY shelf (id, name, version, version_key, words) FROM STDIN"
#: Each license and score as often as it may be on a real shelf.
_FILL = (
    "INSERT INTO packages (id, name, version, version_key, kind, status, size_bytes, sha256, license, is_sensitive,"
    " net_score, created_at) SELECT id, name, version, version_key, 'model', 'ready', 100000, md5(name) || md5(version),"
    " (ARRAY['MIT', 'Apache-2.0', 'GPL-3.0-only'])[1 + abs(hashtext(name)) % 3], false,"
    " (abs(hashtext(version || name)) % 100) / 100.0, now() FROM shelf",
    "INSERT INTO package_cards (package_id, description, text, search)"
    " SELECT id, words, words, to_tsvector('english', name || ' ' || words) FROM shelf",
    "INSERT INTO package_tallies (package_id, downloads, rating_sum, rating_count)"
    " SELECT id, abs(hashtext(name)) % 10000, 0, 0 FROM shelf",
)
_INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('packages', 'package_cards')"
    " AND indexdef LIKE '%USING gin%'"
)


def fill(data_dir: Path, count: int) -> list[str]:
    """`count` packages of distinct names, ready, with cards of a few words and counts; their names."""
    names = made_up_names(count)
    host = str(socket_directory(data_dir))
    with psycopg.connect(host=host, port=5432, user="registry", dbname="registry", autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE shelf (id uuid, name text, version text, version_key text, words text)")
        with connection.cursor() as cursor, cursor.copy(_COPIED) as copy:
            for number, name in enumerate(names):
                copy.write_row(_row(number, name))
        indexes = connection.execute(_INDEXES).fetchall() if count > 10_000 else []
        for name, _ in indexes:
            connection.execute(psycopg.sql.SQL("DROP INDEX {}").format(psycopg.sql.Identifier(name)))
        for statement in (*_FILL, *(definition for _, definition in indexes)):
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE packages, package_cards, package_tallies")
    return names


def _row(number: int, name: str) -> tuple[Any, ...]:
    version = f"{1 + number % 3}.{number % 20}.{number % 7}"
    words = " ".join([*name.replace("/", "-").split("-"), *WORDS[number % 20 :: 3]])
    key = uuid.UUID(int=(0x0190_0000_0000 << 80) + (7 << 76) + (2 << 62) + number)  # a version 7, of 2024
    return key, name, version, sort_key(version), words
