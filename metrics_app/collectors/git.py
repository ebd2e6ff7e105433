"""The history of a linked repository, as evidence. Nothing that can go wrong on the way raises."""

import time
from dataclasses import dataclass

from metrics_app.collectors.git_addresses import Address, Directions
from metrics_app.collectors.git_clones import Clones
from metrics_app.collectors.git_command import GitFailed, GitTooLarge, GitTooSlow
from metrics_app.collectors.git_memory import remembered_history
from metrics_app.collectors.git_scout import Scout, Unreached
from metrics_app.collectors.outages import Outages
from metrics_app.domain.evidence import GitEvidence, Missing

#: What git says where there is no such repository, or none that everybody may read.
NOT_THERE = ("not found", "could not read username", "could not read password", "authentication failed",
             "does not appear to be a git repository", "does not exist", "returned error: 404", "returned error: 401",
             "returned error: 403", "terminal prompts disabled")  # fmt: skip
EMPTY = ("couldn't find remote ref head", "needed a single revision")
NO_HOST = ("could not resolve host", "failed to connect", "couldn't connect", "connection refused", "timed out",
           "network is unreachable", "no route to host", "connection reset", "returned error: 5")  # fmt: skip


@dataclass(frozen=True)
class GitHistories:
    """Collects histories within `seconds` each; what could not be had lately is not asked for again."""

    directions: Directions
    scout: Scout
    clones: Clones
    outages: Outages
    seconds: float

    def collect(self, repository: str) -> GitEvidence | Missing:
        """The history of `repository`, spelled as repository_url spells it."""
        address = self.directions.address_of(repository)
        if isinstance(address, Missing):
            return address
        known = self.outages.known(address.host or address.url) or self.outages.known(repository)
        return known or self._reached(repository, address)

    def _reached(self, repository: str, address: Address) -> GitEvidence | Missing:
        """The history of `repository`, wherever it has moved to since; a mirror of the operator's is where it is."""
        if address.is_own:
            return self._collected(repository, address, ())
        try:
            found = self.scout.found(address)
        except Unreached as error:
            return self._unreached(repository, address, str(error))
        return found if isinstance(found, Missing) else self._collected(repository, *found)

    def _collected(self, repository: str, address: Address, options: tuple[str, ...]) -> GitEvidence | Missing:
        until = time.monotonic() + self.seconds
        try:
            with self.clones.opened(address, until=until, options=options) as git:
                found = remembered_history(git, repository, most_commits=self.clones.most_commits)
        except GitTooSlow:
            why = f"The history of {repository} could not be read in {self.seconds:g} seconds (REGISTRY_GIT_SECONDS)."
            return self.outages.noted(repository, Missing(why, "unavailable"))
        except GitTooLarge as error:
            why = f"The history of {repository} was not read: {error} The limit is REGISTRY_GIT_BYTES."
            return self.outages.noted(repository, Missing(why, "unavailable"))
        except GitFailed as error:
            return self._failed(repository, address, str(error))
        self.clones.sweep()
        return found

    def _failed(self, repository: str, address: Address, said: str) -> Missing:
        low = said.lower()
        if any(words in low for words in EMPTY):
            return Missing(f"The repository {repository} is empty.", "absent")
        if any(words in low for words in NO_HOST):
            return self._unreached(repository, address, said)
        if any(words in low for words in NOT_THERE):
            return Missing(f"There is no repository {repository} that everybody may read.", "absent")
        return Missing(f"git could not read {repository}: {said}", "unavailable")

    def _unreached(self, repository: str, address: Address, said: str) -> Missing:
        """Why `repository` was not reached. Packages that ask the host next learn of the host alone."""
        place = address.host or address.url
        advice = "" if address.is_own else " A mirror of it can be named in REGISTRY_GIT_MIRRORS."
        self.outages.noted(place, Missing(f"{place} could not be reached.{advice}", "unavailable"))
        return Missing(f"{place} could not be reached for {repository}: {said.rstrip('.')}.{advice}", "unavailable")
