"""A small server that speaks as the Hugging Face Hub does: model info, tree, refs, resolve, and large files elsewhere.

It can be told to misbehave: `faults` are popped one at a time by requests for a path.
"""

import hashlib
import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

LARGE_SUFFIXES = (".safetensors", ".bin", ".gguf")


def git_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class Repository:
    """One revision of a model. `tags` name the commit; `access`: public, gated, private, or foreign: another's private."""

    files: dict[str, bytes]
    tags: tuple[str, ...] = ()
    access: str = "public"
    branch: str = "main"

    @property
    def commit(self) -> str:
        content = b"".join(path.encode() + git_hash(data).encode() for path, data in sorted(self.files.items()))
        return hashlib.sha1(content).hexdigest()


@dataclass
class Fault:
    """What goes wrong with one answer: `status` in place of 200, `redirect` elsewhere, another `body`; cut after `cut`
    bytes, where it `stalls` until the hub's `release` first."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    stalls: bool = False
    redirect: str = ""
    body: bytes | None = None


@dataclass
class Hub:
    """`url` is the endpoint, `large_url` where redirects to large files lead. `answers` replace the body for a path;
    `moved` models, by their former names, are where the other name says; `asked`: the path with query of every request,
    and its Range; `large_tokens`: what came as Authorization there."""

    models: dict[str, Repository] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    faults: defaultdict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    large_tokens: list[str | None] = field(default_factory=list)
    token: str = "hf_secret"
    page_size: int = 1000
    ignores_ranges: bool = False
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    large_url: str = ""

    def ranges_of(self, path: str) -> list[str | None]:
        """The Range of each request for a path that ends in `path`."""
        return [asked for found, asked in self.asked if found.endswith(path)]


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Callers that hang up are part of the tests."""


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    servers = [_Server(("127.0.0.1", 0), _handler(hub, kind)) for kind in (_HubHandler, _LargeHandler)]
    hub.url, hub.large_url = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.release.set()
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.hub.asked.append((self.path, self.headers["Range"]))
        path = unquote(urlsplit(self.path).path)
        fault = next((self.hub.faults[key].pop(0) for key in list(self.hub.faults) if self._meant(key, path)), None)
        if fault and fault.redirect:
            self._answer(302, b"", {"Location": fault.redirect})
        elif fault and fault.status:
            self._answer(fault.status, b"{}", fault.headers)
        elif path in self.hub.answers:
            self._answer(200, self.hub.answers[path])
        else:
            self.answer(path, fault)

    def _meant(self, key: str, path: str) -> bool:
        return bool(self.hub.faults[key]) and path.endswith(key)

    def answer(self, path: str, fault: Fault | None) -> None:
        raise NotImplementedError

    def _json(self, value: object, headers: Mapping[str, str] | None = None) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"} | dict(headers or {}))

    def _answer(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None, fault: Fault | None = None
    ) -> None:
        cut = fault.cut if fault else None
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if cut is None else body[:cut])
        if fault and fault.stalls:
            self.wfile.flush()
            self.hub.release.wait(120)
        if cut is not None:
            self.close_connection = True

    def _file(self, data: bytes, fault: Fault | None) -> None:
        """The file, or the part of it that is asked for."""
        whole = data if fault is None or fault.body is None else fault.body
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        if wanted and not self.hub.ignores_ranges:
            start = int(wanted[1])
            if start >= len(whole):
                self._answer(416, b"", {"Content-Range": f"bytes */{len(whole)}"})
                return
            range_header = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"}
            self._answer(206, whole[start:], range_header, fault)
        else:
            self._answer(200, whole, {}, fault)


class _HubHandler(_Handler):
    def answer(self, path: str, fault: Fault | None) -> None:
        api = re.fullmatch(r"/api/models/((?:[^/]+/)?[^/]+?)(?:/(revision|tree|refs)(?:/(.+))?)?", path)
        file = re.fullmatch(r"/((?:[^/]+/)?[^/]+)/resolve/([^/]+)/(.+)", path)
        found = api or file
        model = self.hub.models.get(found[1]) if found else None
        said = self.headers["Authorization"]
        may = said == f"Bearer {self.hub.token}"
        if said and not may:
            self._answer(401, b"{}", {"X-Error-Message": "Invalid credentials in Authorization header"})
        elif found and found[1] in self.hub.moved:
            now = f"{path[: found.start(1)]}{self.hub.moved[found[1]]}{path[found.end(1) :]}"
            self._answer(307, b"", {"Location": quote(now)})
        elif found is None or model is None or model.access == "foreign" or (model.access == "private" and not may):
            self._answer(401 if not may else 404, b"{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "no"})
        elif file and model.access == "gated" and not may:
            self._answer(401, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "gated"})
        elif file:
            self._resolve(found[1], model, file[2], file[3], fault)
        elif api:
            self._api(found[1], model, api[2] or "revision", api[3])

    def _api(self, name: str, model: Repository, what: str, revision: str | None) -> None:
        if what == "refs":
            tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": model.commit} for tag in model.tags]
            self._json({"branches": [], "converts": [], "tags": tags})
        elif revision not in {None, model.branch, model.commit, *model.tags}:
            self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "no"})
        elif what == "tree":
            self._tree(name, model)
        else:
            self._json(
                {"id": name, "sha": model.commit, "private": False, "gated": model.access == "gated", "siblings": []}
            )

    def _tree(self, name: str, model: Repository) -> None:
        entries = [_entry(path, data) for path, data in sorted(model.files.items())]
        query = urlsplit(self.path).query
        start = int(found[1]) if (found := re.search(r"cursor=(\d+)", query)) else 0
        after = start + self.hub.page_size
        link = f'<{self.hub.url}/api/models/{name}/tree/{model.commit}?recursive=True&cursor={after}>; rel="next"'
        self._json(entries[start:after], {"Link": link} if after < len(entries) else {})

    def _resolve(self, name: str, model: Repository, revision: str, path: str, fault: Fault | None) -> None:
        data = model.files.get(path)
        if revision != model.commit or data is None:
            self._answer(404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Error-Message": "no"})
        elif path.endswith(LARGE_SUFFIXES):
            self._answer(302, b"", {"Location": f"{self.hub.large_url}/{name}/{path}?signature=1"})
        else:
            self._file(data, fault)


class _LargeHandler(_Handler):
    def answer(self, path: str, fault: Fault | None) -> None:
        owner, name, file = path[1:].split("/", 2)
        self.hub.large_tokens.append(self.headers["Authorization"])
        self._file(self.hub.models[f"{owner}/{name}"].files[file], fault)


def _entry(path: str, data: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(data), "oid": git_hash(data)}
    if path.endswith(LARGE_SUFFIXES):
        entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return entry


def _handler(hub: Hub, kind: type[_Handler]) -> type[_Handler]:
    return type(kind.__name__, (kind,), {"hub": hub})
