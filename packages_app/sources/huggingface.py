"""Models from the Hugging Face Hub: its own client says what there is, files are streamed and checked here.

A revision is fixed to its commit first. Files that Git keeps are checked against Git's own hash, the large ones against
their SHA-256, all of them by size.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, hf_hub_url, set_client_factory
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, though not marked so for type checkers
    build_hf_headers,
    get_session,
    hf_raise_for_status,
)

from packages_app.domain.reference import Reference
from packages_app.domain.semver import Version
from packages_app.sources.contract import (
    LocalFile,
    Progress,
    Provenance,
    RemoteFile,
    Resolved,
    Tell,
    Unfetchable,
    Unreachable,
)
from packages_app.sources.guard import Blocked, Due, Rules, guarded_client
from packages_app.sources.part import Mismatch, Part, ShortFile
from packages_app.sources.patience import Patience

_COMMIT_CHARACTERS = 12
_SHA1 = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION_TAG = re.compile(r"v?[0-9][0-9A-Za-z.+_-]{0,62}")
_ANSWER_SECONDS = 30.0
_CHUNK_BYTES = 256 * 1024
_ERROR_BODY_BYTES = 1024 * 1024
_SLOWEST_BYTES_PER_SECOND = 50_000
_LEAST_SECONDS = 120.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class HuggingFace:
    """Models of the Hub at `endpoint`, seen with `token` (None: what everybody may see). `most_bytes`: of a model."""

    def __init__(
        self,
        *,
        endpoint: str,
        token: str | None,
        rules: Rules,
        most_files: int,
        most_bytes: int,
        patience: Patience | None = None,
    ) -> None:
        reach_hub_by(rules)
        self._api = HfApi(endpoint=endpoint, token=token or False)
        self._endpoint = endpoint
        self._headers = build_hf_headers(token=token or False)
        self._has_token = bool(token)
        self._most_files, self._most_bytes = most_files, most_bytes
        self._patience = patience or Patience()

    def resolve(self, reference: Reference) -> Resolved:
        """The exact commit, its version and its files."""
        try:
            with self._translated(reference.name, reference.wanted):
                return self._patience.keep_trying(lambda: self._resolve(reference), on=_passes_after)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            what = f"The Hub's answer about {reference.name} is not understood ({type(error).__name__})."
            raise Unfetchable(what, "bad_answer") from error

    def fetch(self, resolved: Resolved, into: Path, tell: Tell) -> Sequence[LocalFile]:
        """Each file goes to a name made of its path's hash, by way of a `.part` that a later call goes on with."""
        into.mkdir(parents=True, exist_ok=True)
        total, before, fetched = sum(file.size or 0 for file in resolved.files), 0, []
        for done, file in enumerate(resolved.files):
            at = into / sha256(file.path.encode()).hexdigest()[:32]

            def heard(size: int, done: int = done, before: int = before) -> None:
                tell(Progress(done, len(resolved.files), before + size, total))

            if not at.exists():
                self._fetch(resolved, file, Part(file, at), heard)
            before += file.size or 0
            fetched.append(LocalFile(file.path, at))
        tell(Progress(len(resolved.files), len(resolved.files), total, total))
        return fetched

    def _resolve(self, reference: Reference) -> Resolved:
        info = self._api.model_info(reference.name, revision=reference.wanted, timeout=_ANSWER_SECONDS)
        commit = info.sha or ""
        if not _SHA1.fullmatch(commit):
            raise ValueError("no commit")
        files = []
        for entry in self._api.list_repo_tree(info.id, recursive=True, revision=commit):
            if isinstance(entry, RepoFile):
                files.append(_remote(entry))
            if len(files) > self._most_files:
                raise Unfetchable(f"{info.id} has more than {self._most_files:,} files.", "too_large")
        size = sum(file.size or 0 for file in files)
        if size > self._most_bytes:
            raise Unfetchable(
                f"{info.id} has {size:,} bytes; this registry takes at most {self._most_bytes:,}.", "too_large"
            )
        if not files:
            raise Unfetchable(f"{info.id} has no files at {commit[:_COMMIT_CHARACTERS]}.", "empty")
        files.sort(key=lambda file: file.path)
        provenance = Provenance("huggingface", info.id, commit)
        return Resolved(info.id, self._version(info.id, commit, reference.wanted), provenance, tuple(files))

    def _version(self, repository: str, commit: str, wanted: str | None) -> str:
        """What a tag of the commit says, such as v1.2.0: the wanted one, else the highest; else the commit's beginning."""
        tags = [tag.name for tag in self._api.list_repo_refs(repository).tags if tag.target_commit == commit]
        versions = {tag: tag.removeprefix("v") for tag in tags if _VERSION_TAG.fullmatch(tag)}
        if wanted in versions:
            return versions[wanted]
        return max(versions.values(), key=_precedence, default=commit[:_COMMIT_CHARACTERS])

    def _fetch(self, resolved: Resolved, file: RemoteFile, part: Part, heard: Callable[[int], None]) -> None:
        """One file, from the start once more where what came, perhaps in pieces, is not what was promised."""

        def go_on() -> None:
            heard(part.size)
            self._go_on(resolved, file, part, heard)

        with self._translated(resolved.name, resolved.provenance.revision):
            try:
                self._patience.keep_trying(go_on, on=_passes_after, held=lambda: part.size)
            except Mismatch:
                self._patience.keep_trying(go_on, on=_passes_after, held=lambda: part.size)

    def _go_on(self, resolved: Resolved, file: RemoteFile, part: Part, heard: Callable[[int], None]) -> None:
        """Fetch what the part lacks. Raises Mismatch for bytes that are not the promised ones; those are forgotten."""
        size = file.size or 0
        url = hf_hub_url(
            resolved.provenance.identity, file.path, revision=resolved.provenance.revision, endpoint=self._endpoint
        )
        if part.size < size:
            start = {"Range": f"bytes={part.size}-"} if part.size else {}
            due = Due(max(size, _ERROR_BODY_BYTES), max(_LEAST_SECONDS, size / _SLOWEST_BYTES_PER_SECOND))
            with get_session().stream("GET", url, headers=self._headers | start, extensions={"due": due}) as answer:
                hf_raise_for_status(answer)
                if not answer.headers.get("Content-Range", "").startswith(f"bytes {part.size}-"):
                    part.forget()
                part.take(_chunks(answer), heard)
        part.finish()

    @contextmanager
    def _translated(self, name: str, revision: str | None) -> Iterator[None]:
        """Everything that can go wrong on the way, as one of the two errors of a source."""
        try:
            yield
        except Blocked as error:
            raise Unfetchable(str(error), "blocked") from error
        except Mismatch as error:
            raise Unfetchable(str(error), "integrity") from error
        except (
            GatedRepoError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
            DisabledRepoError,
            HFValidationError,
        ) as error:
            raise self._refused(error, name, revision) from error
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status in {401, 403}:
                raise self._refused(error, name, revision) from error
            if status in _BUSY:
                raise Unreachable(
                    f"The Hub is busy or limits its callers (HTTP {status}); try again later.", "source_busy"
                ) from error
            raise Unfetchable(f"The Hub answered HTTP {status} for {name}.", "source_refused") from error
        except (httpx2.TransportError, ShortFile) as error:
            said = str(error).rstrip(".") or type(error).__name__
            raise Unreachable(
                f"The Hub could not be reached: {said}. A mirror of it can be named in HF_ENDPOINT.",
                "source_unreachable",
            ) from error
        except httpx2.HTTPError as error:  # too many redirects
            raise Unfetchable(f"The Hub's answer about {name} leads nowhere: {error}", "bad_answer") from error

    def _refused(self, error: Exception, name: str, revision: str | None) -> Unfetchable:
        if isinstance(error, GatedRepoError):
            hint = "its licence has to be accepted there by the account of HF_TOKEN"
            return Unfetchable(
                f"{name} is gated: {hint}{'' if self._has_token else ', and HF_TOKEN be set here'}.", "gated"
            )
        if isinstance(error, RevisionNotFoundError):
            return Unfetchable(f"{name} has no branch, tag or commit {revision!r}.", "revision_not_found")
        if isinstance(error, DisabledRepoError):
            return Unfetchable(f"The Hub has disabled {name}.", "disabled")
        if not isinstance(error, RepositoryNotFoundError | HFValidationError):
            hint = "renew HF_TOKEN, or let it read the model" if self._has_token else "set HF_TOKEN"
            return Unfetchable(f"The Hub does not let this registry read {name}; {hint}.", "not_allowed")
        hint = "HF_TOKEN may not see it" if self._has_token else "set HF_TOKEN to an account's that may see it"
        return Unfetchable(f"There is no model {name} on the Hub, or it is private: then {hint}.", "source_not_found")


def _passes_after(error: Exception) -> float | None:
    """The seconds to wait before trying again, 0 where it is all the same; None where that would not help."""
    if isinstance(error, HfHubHTTPError):
        if error.response.status_code not in _BUSY:
            return None
        asked = error.response.headers.get("Retry-After", "")
        return float(asked) if asked.isdecimal() else 0.0
    return 0.0 if isinstance(error, httpx2.TransportError | ShortFile) else None


def _precedence(version: str) -> tuple[str, str]:
    """Semantic versions by their order, above all others."""
    parsed = Version.parse(version)
    return (parsed.key if parsed else "", version)


def _remote(entry: RepoFile) -> RemoteFile:
    """Raises ValueError or TypeError where the Hub promises nothing that the file could be checked against."""
    size, promised = (entry.lfs.size, entry.lfs.sha256) if entry.lfs else (entry.size, entry.blob_id)
    if not isinstance(size, int) or size < 0 or not (_SHA256 if entry.lfs else _SHA1).fullmatch(promised):
        raise ValueError("no size or no hash")
    if entry.lfs:
        return RemoteFile(entry.path, size, sha256=promised)
    return RemoteFile(entry.path, size, git_sha1=promised)


def _chunks(answer: httpx2.Response) -> Iterator[bytes]:
    """The body as it was sent: sizes and hashes are those of the file, not of an encoding."""
    return answer.iter_raw(_CHUNK_BYTES)


@lru_cache(maxsize=1)
def reach_hub_by(rules: Rules) -> None:
    """The Hub's client keeps one connection pool for the process; it is made at the first request."""
    set_client_factory(lambda: guarded_client(rules))
