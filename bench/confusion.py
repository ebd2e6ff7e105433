"""How long the confusion audit of one upload takes: `python -m bench.confusion [names held] [uploads]`.

Fills a database of its own with made-up names whose words and owners recur as on public registries, then prints p50 and
p95 of the audit by name, and of finding candidates through a b-tree of one row a key instead, as ratios to one
indexed lookup of a name measured in the same rounds. Sizes are of tables with their indexes.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pool
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.embedded import fleeting_registry

ROOTS = [
    "bert",
    "roberta",
    "llama",
    "mistral",
    "qwen",
    "gemma",
    "whisper",
    "clip",
    "vit",
    "resnet",
    "t5",
    "phi",
    "yolo",
]
WORDS = ["base", "large", "small", "uncased", "cased", "instruct", "chat", "finetuned", "lora", "gguf", "awq", "merged",
         "sentiment", "ner", "squad", "english", "german", "multilingual", "v1", "v2", "v3", "7b", "13b", "70b"]  # fmt: skip
SYLLABLES = ["ka", "lo", "mi", "ra", "ten", "vor", "shi", "pel", "dan", "qu", "est", "ul", "bra", "nix", "om", "zed"]


def made_up_names(count: int) -> list[str]:
    """Distinct names, the same each time: one in ten without an owner, two in a thousand under one base."""
    chance = random.Random(7)
    owners = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(max(10, count // 8))]
    names: dict[str, None] = {}
    while len(names) < count:
        own = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))
        words = [chance.choice(ROOTS), *chance.sample(WORDS, chance.randint(1, 3))]
        base = "bert-base-uncased" if chance.random() < 0.002 else "-".join([*words, own][: chance.randint(2, 5)])
        names[f"{chance.choice(owners)}/{base}" if chance.random() < 0.9 else f"{own}-{base}"] = None
    return list(names)


def keyed(name: str) -> tuple[str, list[int]]:
    from packages_app.domain.similarity_keys import index_keys  # noqa: PLC0415 - after Django's settings

    return name, sorted(index_keys(name))


def fill(names: list[str]) -> None:
    """The names and their owners as the registry holds them, and the same keys as rows under a b-tree."""
    from django.db import connection  # noqa: PLC0415 - after Django's settings

    from packages_app.domain.similarity_keys import owner_keys  # noqa: PLC0415

    owners: dict[str, tuple[int, str]] = {}
    with connection.cursor() as cursor, Pool(2) as pool:
        cursor.execute("DROP INDEX held_names_keys; DROP INDEX held_owners_keys")
        with cursor.copy("COPY held_names (id, name, keys) FROM STDIN") as copy:
            for number, (name, keys) in enumerate(pool.imap(keyed, names, 500), start=1):
                copy.write_row((number, name, keys))
                if "/" in name:
                    owners.setdefault(name.rpartition("/")[0], (number, name))
        with cursor.copy("COPY held_owners (owner, example_id, keys) FROM STDIN") as copy:
            for owner, (number, name) in owners.items():
                copy.write_row((owner, number, sorted(owner_keys(name))))
        for statement in (
            "SELECT setval('held_names_id_seq', (SELECT max(id) FROM held_names))",
            "CREATE INDEX held_names_keys ON held_names USING gin (keys) WITH (fastupdate = off)",
            "CREATE INDEX held_owners_keys ON held_owners USING gin (keys) WITH (fastupdate = off)",
            "CREATE TABLE name_keys AS SELECT unnest(keys) AS key, id AS name_id FROM held_names",
            "CREATE INDEX name_keys_key ON name_keys (key) INCLUDE (name_id)",
            "VACUUM ANALYZE",
        ):
            cursor.execute(statement)


def by_rows(name: str) -> list[str]:
    """The candidates of a name, found through one row for every key."""
    from django.db import connection  # noqa: PLC0415 - after Django's settings

    from packages_app.domain.similarity_keys import lookup_keys  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM held_names WHERE id IN (SELECT name_id FROM name_keys WHERE key = ANY(%s::bigint[]))"
            " ORDER BY id LIMIT 200",
            [list(lookup_keys(name))],
        )
        return [found for (found,) in cursor.fetchall()]


def bare(name: str) -> list[Any]:
    from django.db import connection  # noqa: PLC0415 - after Django's settings

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM held_names WHERE name = %s", [name])
        return list(cursor.fetchall())


def audit(name: str) -> float:
    """Milliseconds that the names of one upload cost: keys, their storage, candidates, comparison, the popular list.

    Without the commit, which publishing waits for anyway.
    """
    from django.db import transaction  # noqa: PLC0415 - after Django's settings

    from packages_app.queries.lookalikes import held_lookalikes, popular_lookalikes  # noqa: PLC0415
    from packages_app.services.confusion import hold_name  # noqa: PLC0415

    with transaction.atomic():
        started = time.perf_counter()
        held_lookalikes(hold_name(name))
        popular_lookalikes(name)
        return (time.perf_counter() - started) * 1000


def newcomers(names: list[str], count: int) -> Iterator[str]:
    """Half look-alikes of what is held, half strangers, every tenth under the most shared base of all."""
    chance = random.Random(11)
    for number in range(count):
        name = chance.choice(names)
        place = chance.randrange(len(name) // 2, len(name))
        if number % 10 == 9:
            yield f"newcomer{number}/bert-base-uncased"
        else:
            yield (
                name[:place] + name[place:][1:] + "x" if number % 2 else f"stranger{number}/{number * 7919:x}-{number}"
            )


def main(count: int, uploads: int) -> None:
    with tempfile.TemporaryDirectory() as directory, fleeting_registry(Path(directory)):
        names = made_up_names(count)
        fill(names)
        audit("warm/up")
        measured: dict[str, list[float]] = {}
        for name in newcomers(names, uploads):
            for what, action in {"bare": bare, "rows": by_rows}.items():
                measured.setdefault(what, []).append(milliseconds(action, name))
            measured.setdefault("audit", []).append(audit(name))
        print(f"{count:,} names held, {uploads} uploads")
        report("a bare indexed lookup", measured["bare"], measured["bare"])
        report("the audit by name", measured["audit"], measured["bare"])
        report("candidates from a b-tree of keys", measured["rows"], measured["bare"])
        for table in ("held_names", "held_owners", "name_keys"):
            print(f"{table:34} {size_of(table)}")


def size_of(table: str) -> str:
    from django.db import connection  # noqa: PLC0415 - after Django's settings

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_total_relation_size(%s))", [table])
        return str(cursor.fetchone()[0])


def milliseconds(action: Callable[[str], object], name: str) -> float:
    started = time.perf_counter()
    action(name)
    return (time.perf_counter() - started) * 1000


def report(what: str, times: list[float], floor: list[float]) -> None:
    cut, floor_cut = quantiles(times, n=20), quantiles(floor, n=20)
    print(f"{what:34} p50 {cut[9]:7.2f} ms  p95 {cut[18]:7.2f} ms  {cut[9] / floor_cut[9]:6.1f} times the floor")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    main(*given, *[100_000, 200][len(given) :])
