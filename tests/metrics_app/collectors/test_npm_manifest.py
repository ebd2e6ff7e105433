from typing import Any

import pytest

from metrics_app.collectors import npm_manifest
from metrics_app.domain.evidence import DeclaredLicence, Dependency
from tests.metrics_app.collectors.packages import package


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ({}, None),
        ({"license": ""}, None),
        ({"license": "MIT"}, "MIT"),
        ({"license": "(MIT OR Apache-2.0)"}, "(MIT OR Apache-2.0)"),
        ({"license": {"type": "MIT", "url": "https://example.org"}}, "MIT"),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-3.0"}]}, "MIT OR GPL-3.0"),
        ({"licenses": ["MIT"]}, "MIT"),
        ({"license": 7}, None),
        ({"license": {}}, None),
    ],
)
def test_licences(manifest: dict[str, Any], text: str | None) -> None:
    assert npm_manifest.licences(manifest) == ((DeclaredLicence("package.json", text),) if text else ())


def test_dependencies_keep_group_and_range_as_written() -> None:
    manifest = {
        "dependencies": {"a": "^1.0.0", "b": 3},
        "optionalDependencies": {"c": "*"},
        "devDependencies": {"d": ""},
        "peerDependencies": {"e": "1 || 2"},
        "bundleDependencies": ["a"],
    }
    assert npm_manifest.dependencies(manifest) == (
        Dependency("a", "^1.0.0", "prod", "npm", "package.json"),
        Dependency("b", "3", "prod", "npm", "package.json"),
        Dependency("c", "*", "optional", "npm", "package.json"),
        Dependency("d", "", "dev", "npm", "package.json"),
        Dependency("e", "1 || 2", "peer", "npm", "package.json"),
    )
    assert npm_manifest.dependencies({"dependencies": ["a"], "devDependencies": None}) == ()


FILES = package(
    {"index.js": "", "lib/main.js": "", "lib/index.js": "", "types/a.d.ts": "", "dist/a.mjs": "", "cli.js": ""}
)


@pytest.mark.parametrize(
    ("manifest", "missing"),
    [
        ({}, []),
        ({"main": "index.js"}, []),
        ({"main": "./index"}, []),
        ({"main": "lib"}, []),
        ({"main": "lib/"}, []),
        ({"main": "."}, []),
        ({"main": "build/index.js"}, ["build/index.js"]),
        ({"main": "../index.js"}, ["../index.js"]),
        ({"types": "types/a.d.ts", "module": "dist/a.mjs"}, []),
        ({"typings": "types/a"}, []),
        ({"bin": "cli.js"}, []),
        ({"bin": {"it": "./cli.js", "that": "./that.js"}}, ["./that.js"]),
        ({"browser": {"fs": False, "./index.js": "./lib/main.js"}}, []),
        ({"browser": {"./index.js": "buffer"}}, []),
        ({"exports": "./index.js"}, []),
        ({"exports": {".": {"import": "./dist/a.mjs", "require": "./gone.cjs"}}}, ["./gone.cjs"]),
        ({"exports": {"./lib/*": "./lib/*.js", "./private/*": None}}, []),
        ({"exports": {"./src/*": "./src/*.js"}}, ["./src/*.js"]),
        ({"exports": {".": ["./index.js", "./lib/main.js"]}}, []),
        ({"main": 3, "exports": None}, []),
    ],
)
def test_entry_points_that_are_missing(manifest: dict[str, Any], missing: list[str]) -> None:
    assert [check.subject for check in npm_manifest.entry_points(manifest, FILES) if not check.holds] == missing


@pytest.mark.parametrize(
    ("declared", "url"),
    [
        ("org/name", "https://github.com/org/name"),
        ({"type": "git", "url": "git+https://github.com/org/name.git"}, "https://github.com/org/name"),
        ({"type": "git"}, None),
        (None, None),
        (["org/name"], None),
    ],
)
def test_repository(declared: object, url: str | None) -> None:
    assert npm_manifest.repository({"repository": declared}) == url
