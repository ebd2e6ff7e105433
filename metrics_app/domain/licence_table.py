"""How far each licence allows use with LGPL-2.1-only code: data, in tables/licences.toml, for operators to change."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

TABLE = "licences.toml"
SECTIONS = ("scores", "names", "kinds", "exceptions")


@dataclass(frozen=True)
class LicenceTable:
    """Scores in [0, 1] by licence id, by kind of licence and by exception; `names` maps other spellings to SPDX.

    All keys but those of `kinds` are in lower case; `table` names the files that say so.
    """

    scores: Mapping[str, float]
    names: Mapping[str, str]
    kinds: Mapping[str, float]
    exceptions: Mapping[str, float]
    table: str = TABLE

    def score(self, licence_id: str) -> float:
        """The score of one licence: its own, else that of its kind, else 0 for one nobody knows."""
        key = licence_id.lower()
        return self.scores[key] if key in self.scores else self.kinds.get(licence_kinds().get(key, ""), 0.0)


@cache
def licence_kinds() -> Mapping[str, str]:
    """The kind of every SPDX licence by its id in lower case, as ScanCode's licence index has it."""
    file = resources.files("license_expression").joinpath("data/scancode-licensedb-index.json")
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {
        key.lower(): row["category"]
        for row in rows
        for key in (row.get("spdx_license_key"), *row.get("other_spdx_license_keys", ()))
        if key and not key.startswith("LicenseRef-")
    }


@cache
def standard_licences() -> LicenceTable:
    text = resources.files(__package__).joinpath(f"tables/{TABLE}").read_text(encoding="utf-8")
    return licences_with(text, base=LicenceTable({}, {}, {}, {}))


def licences_with(override: str, *, base: LicenceTable | None = None, table: str = TABLE) -> LicenceTable:
    """The standard table with the entries of the TOML text `override` on top; raises ValueError for anything else."""
    data = tomllib.loads(override)
    if data.keys() - set(SECTIONS):
        raise ValueError(f"A licence table has only the sections {', '.join(SECTIONS)}.")
    base = base or standard_licences()
    names = data.get("names", {})
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ValueError("[names] must map spellings to SPDX expressions.")
    return LicenceTable(
        scores={**base.scores, **_numbers(data, "scores", fold=True)},
        names={**base.names, **{key.lower(): name for key, name in names.items()}},
        kinds={**base.kinds, **_numbers(data, "kinds", fold=False)},
        exceptions={**base.exceptions, **_numbers(data, "exceptions", fold=True)},
        table=table,
    )


def _numbers(data: Mapping[str, object], section: str, *, fold: bool) -> dict[str, float]:
    given = data.get(section, {})
    if not isinstance(given, dict):
        raise ValueError(f"[{section}] must map names to numbers from 0 to 1.")
    for key, number in given.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise ValueError(f"The score of {key} must be a number from 0 to 1, not {number!r}.")
    return {key.lower() if fold else key: float(number) for key, number in given.items()}
