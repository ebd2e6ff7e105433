"""A small npm registry: package documents and tarballs over HTTP, for the real npm client."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


def tarball(files: Mapping[str, bytes | str], *, links: Mapping[str, str] | None = None) -> bytes:
    """A gzipped tarball of `files` by their path in it; `links` by path and target."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(path)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for path, target in (links or {}).items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return gzip.compress(packed.getvalue(), mtime=0)


@dataclass
class NpmRegistry:
    """`url` for npm_config_registry; `tarballs` by name and version; `integrity` overrides what is
    true; `deprecated` says why; `redirects` lead from a path elsewhere;
    `sizes` are those of a version's files, as far as they are known."""

    tarballs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    integrity: dict[tuple[str, str], str] = field(default_factory=dict)
    deprecated: dict[tuple[str, str], str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    sizes: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    token: str = ""
    url: str = ""

    def publish(self, name: str, version: str, files: Mapping[str, bytes | str] | None = None, **manifest: Any) -> None:
        """A package with a manifest, in the folder npm packs."""
        said = json.dumps({"name": name, "version": version} | manifest)
        content = {"package/package.json": said} | {f"package/{path}": data for path, data in (files or {}).items()}
        self.sizes[name, version] = [len(data) for data in content.values()]
        self.put(name, version, tarball(content))

    def put(self, name: str, version: str, packed: bytes) -> None:
        self.tarballs.setdefault(name, {})[version] = packed
        self.tags.setdefault(name, {})["latest"] = version

    def document(self, name: str) -> dict[str, Any]:
        versions = {version: self._manifest(name, version, packed) for version, packed in self.tarballs[name].items()}
        return {"name": name, "dist-tags": self.tags[name], "versions": versions}

    def _manifest(self, name: str, version: str, packed: bytes) -> dict[str, Any]:
        true = f"sha512-{base64.b64encode(hashlib.sha512(packed).digest()).decode()}"
        dist = {
            "fileCount": len(self.sizes.get((name, version), ())),
            "unpackedSize": sum(self.sizes.get((name, version), ())),
            "tarball": f"{self.url}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz",
            "shasum": hashlib.sha1(packed).hexdigest(),
            "integrity": self.integrity.get((name, version), true),
        }
        said = self.deprecated.get((name, version))
        return {"name": name, "version": version, "dist": dist} | ({"deprecated": said} if said else {})


@contextmanager
def running_npm_registry() -> Iterator[NpmRegistry]:
    registry = NpmRegistry()
    handler = type("Handler", (_Handler,), {"registry": registry})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: NpmRegistry

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        path, registry = unquote(self.path).removeprefix("/"), self.registry
        registry.asked.append((path, self.headers["Authorization"]))
        name, _, file = path.partition("/-/")
        if registry.token and self.headers["Authorization"] != f"Bearer {registry.token}":
            self._answer(401, b"{}")
        elif path in registry.redirects:
            self._answer(302, b"", location=registry.redirects[path])
        elif name not in registry.tarballs:
            self._answer(404, b'{"error": "not_found"}')
        elif file:
            version = file.removeprefix(f"{name.rpartition('/')[2]}-").removesuffix(".tgz")
            self._answer(200, registry.tarballs[name][version], "application/octet-stream")
        else:
            self._answer(200, json.dumps(registry.document(name)).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json", location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
