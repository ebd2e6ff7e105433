"""Packages as tests need them: real zip archives of real, small models and npm packages."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

LICENSE = """MIT License

Copyright (c) 2026 The Authors

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def zipped(files: Mapping[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of `files` by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def safetensors(count: int = 4) -> bytes:
    """A sound safetensors file with one tensor of `count` float32 values."""
    header = json.dumps({"weight": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + struct.pack(f"<{count}f", *range(count))


def card(name: str, words: str = "", **front: Any) -> str:
    """A model card with front matter."""
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    return f"---\n{lines}---\n# {name}\n\n{words}\n\n## Usage\n\n```python\nimport json\n```\n"


def model_package(name: str, version: str, *, words: str = "", folder: str = "", **front: Any) -> bytes:
    """A well-formed model: config, card, licence and weights; `front` adds to the card's front matter."""
    files: dict[str, bytes | str] = {
        "config.json": json.dumps({"name": name, "version": version, "model_type": "bert"}),
        "README.md": card(name, words, **({"license": "mit"} | front)),
        "LICENSE": LICENSE,
        "model.safetensors": safetensors(),
    }
    return zipped({folder + path: content for path, content in files.items()})


def npm_package(name: str, version: str, **more: Any) -> bytes:
    """A well-formed npm package, in the `package/` folder that npm packs."""
    manifest = {"name": name, "version": version, "license": "MIT", "main": "index.js", "dependencies": {}} | more
    files = {
        "package/package.json": json.dumps(manifest),
        "package/index.js": "module.exports = () => 42;\n",
        "package/README.md": f"# {name}\n",
        "package/LICENSE": LICENSE,
    }
    return zipped(files)
