"""Packages made of bytes in memory."""

import json
from collections.abc import Mapping

from metrics_app.collectors.files import Files


def package(contents: Mapping[str, str | bytes | dict[str, object]]) -> Files:
    """Files with these contents by path: text, bytes, or what becomes JSON."""
    data = {path: _bytes(content) for path, content in contents.items()}
    return Files({path: len(content) for path, content in data.items()}, lambda path, limit: data[path][:limit])


def _bytes(content: str | bytes | dict[str, object]) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def safetensors(header: object, data: int) -> bytes:
    """A file with this header and so many bytes of tensors."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)
