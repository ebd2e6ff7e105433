"""Histories collected from real repositories, by way of a mirror on this machine."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from metrics_app.collectors.git import GitHistories
from metrics_app.collectors.git_addresses import Address, Directions, parsed_mirrors
from metrics_app.collectors.git_clones import Clones
from metrics_app.collectors.git_scout import Scout
from metrics_app.collectors.outages import Outages
from metrics_app.domain.bus_factor import human_files
from metrics_app.domain.evidence import FileHistory, GitEvidence, MainlineCommit, Missing, Person
from packages_app.sources.guard import Rules
from tests.metrics_app.collectors.repositories import ADA, BEN, EVE, Repository, lines

URL = "https://github.com/owner/project"
MB = 1_000_000


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "mirror/owner/project")


@pytest.fixture
def histories(tmp_path: Path) -> GitHistories:
    mirrors = parsed_mirrors([f"https://github.com/=file://{tmp_path}/mirror/"])
    clones = Clones(tmp_path / "git", most_bytes=50 * MB, all_bytes=100 * MB, most_commits=1000, fresh_seconds=0)
    directions = Directions(frozenset({"gitlab.com"}), mirrors)
    return GitHistories(directions, Scout(Rules(frozenset()), 5), clones, Outages(tmp_path / "down", 60), 60)


@pytest.fixture
def collected(histories: GitHistories) -> Callable[[], GitEvidence]:
    def collect() -> GitEvidence:
        found = histories.collect(URL)
        assert isinstance(found, GitEvidence), found
        return found

    return collect


def shares(evidence: GitEvidence) -> dict[str, tuple[list[str], dict[str, int]]]:
    """By path the names of creators, and how many changes each name made."""
    names = [person.name for person in evidence.people]
    return {
        file.path: ([names[who] for who in file.creators], {names[who]: count for who, count in file.changes})
        for file in evidence.files
    }


def test_history_of_a_small_project(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    first = repository.commit(ADA, a_py=lines(3), README_md="Hello.\n")
    second = repository.commit(BEN, "Add b\n\nReviewed-By: Ada <ada@example.org>", a_py=lines(5), b_py=lines(2))
    assert collected() == GitEvidence(
        repository=URL,
        head=second,
        people=(Person("Ben", "ben@example.org"), Person("Ada", "ada@example.org")),
        files=(FileHistory("a.py", (1,), ((0, 1),)), FileHistory("b.py", (0,), ())),
        commits=2,
        mainline=(MainlineCommit(second, 0, 4, ("Ada <ada@example.org>",)), MainlineCommit(first, 1, 3)),
    )


def test_renames_are_followed_also_with_edits_and_out_of_other_folders(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.commit(ADA, vendor__old_txt=lines(20), same_py=lines(9, "same"))
    repository.commit(BEN, vendor__old_txt=lines(21))
    repository.commit(EVE, vendor__old_txt=None, new_py=lines(22), same_py=None, moved_py=lines(9, "same"))
    repository.commit(BEN, new_py=lines(23))
    assert shares(collected()) == {
        "new.py": (["Ada"], {"Ben": 2, "Eve": 1}),
        "moved.py": (["Ada"], {"Eve": 1}),
    }


def test_renamed_and_edited_source_counts_only_the_lines_added(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.commit(ADA, old_py=lines(20))
    repository.commit(BEN, old_py=None, new_py=lines(23))
    assert [commit.added for commit in collected().mainline] == [3, 20]


def test_branch_that_goes_on_changing_a_renamed_file(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.commit(ADA, old_py=lines(20))
    repository.git("switch", "--quiet", "--create", "side")
    repository.commit(BEN, old_py="start\n" + lines(20))
    repository.git("switch", "--quiet", "main")
    repository.commit(EVE, old_py=None, new_py=lines(20))
    repository.git("merge", "--quiet", "--no-edit", "side", author=EVE)
    evidence = collected()
    assert shares(evidence) == {"new.py": (["Ada"], {"Ben": 1, "Eve": 1})}
    assert evidence.commits == 3  # the merge isn't counted


def test_file_that_came_back_has_two_creators_and_a_new_one_in_a_renamed_ones_place_one(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.commit(ADA, gone_py=lines(3), old_py=lines(20, "old"))
    repository.commit(ADA, gone_py=None)
    repository.commit(BEN, gone_py=lines(4))
    repository.commit(BEN, old_py=None, new_py=lines(20, "old"))
    repository.commit(EVE, old_py="something else\n")
    assert shares(collected()) == {
        "gone.py": (["Ada", "Ben"], {}),
        "new.py": (["Ada"], {"Ben": 1}),
        "old.py": (["Eve"], {}),
    }


def test_merge_brings_in_its_branch_and_a_squash_is_one_commit(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.commit(ADA, a_py=lines(1))
    for branch, author in (("merged", BEN), ("squashed", EVE)):
        repository.git("switch", "--quiet", "--create", branch, "main")
        repository.commit(author, **{f"{branch}_py": lines(2)})
        repository.commit(author, **{f"{branch}_py": lines(5)})
        repository.git("switch", "--quiet", "main")
        if branch == "merged":
            repository.git("merge", "--quiet", "--no-ff", "--no-edit", branch, author=ADA)
        else:
            repository.git("merge", "--quiet", "--squash", branch)
            repository.commit(author)
    evidence = collected()
    names = [person.name for person in evidence.people]
    assert [(names[commit.author], commit.added) for commit in evidence.mainline] == [
        ("Eve", 5),
        ("Ada", 5),
        ("Ada", 1),
    ]
    assert shares(evidence) == {
        "a.py": (["Ada"], {}),
        "merged.py": (["Ben"], {"Ben": 1}),
        "squashed.py": (["Eve"], {}),
    }


def test_mailmap_joins_people_and_bots_stay_for_the_formula_to_leave_out(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    repository.write(".mailmap", "Ada Lovelace <ada@example.org>\nAda Lovelace <ada@example.org> <old@example.org>\n")
    repository.commit("A. L. <old@example.org>", a_py=lines(1))
    repository.commit(ADA, a_py=lines(2))
    repository.commit("renovate[bot] <bot@renovateapp.com>", a_py=lines(3), b_py=lines(1))
    evidence = collected()
    assert set(evidence.people) == {
        Person("Ada Lovelace", "ada@example.org"),
        Person("renovate[bot]", "bot@renovateapp.com"),
    }
    ada = evidence.people.index(Person("Ada Lovelace", "ada@example.org"))
    assert human_files(evidence) == [FileHistory("a.py", (ada,), ((ada, 1),))]


def test_tests_are_those_that_assert_something(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    repository.commit(tests__test_real_py="def test(): assert one() == 1\n", tests__test_hollow_py="def test(): pass\n")
    assert collected().tests == ("tests/test_real.py",)


def test_odd_names_are_read_as_they_are(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    odd = ["a b.py", "\x01.py", ":1 2 3 4 A.py", "tab\t.py", "line\n.py", "ümlaut.py", "-x.py", "1\t1\tc.py"]
    for name in odd:
        repository.write(name, "1\n")
    repository.commit("A\x01B <x@y>")
    assert shares(collected()) == {name: (["A\x01B"], {}) for name in odd}


def test_submodules_links_and_binary_files_are_no_source(
    repository: Repository, collected: Callable[[], GitEvidence]
) -> None:
    (repository.path / "link.py").symlink_to("/etc/passwd")
    (repository.path / "binary.py").write_bytes(bytes(range(256)) * 10)
    head = repository.commit(a_py=lines(1))
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},module.py")
    repository.git("commit", "--quiet", "--message", "Add a submodule")
    evidence = collected()
    assert [file.path for file in evidence.files] == ["a.py", "binary.py"]
    assert [commit.added for commit in evidence.mainline] == [2]  # a.py, and the link's one line


def test_folders_and_files_named_alike(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    repository.write("three.js/notes.txt", "1\n")
    repository.write("three.js/main.JS", "1\n2\n")
    repository.write("XMakefile", "1\n")
    repository.write("Makefile", "1\n")
    repository.write("vendor/x.js", "1\n")
    repository.commit()
    evidence = collected()
    assert [file.path for file in evidence.files] == ["Makefile", "three.js/main.JS"]
    assert [commit.added for commit in evidence.mainline] == [3]


def test_repository_without_source(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    repository.write("README.md", "1\n")
    repository.commit()
    evidence = collected()
    assert (evidence.files, evidence.mainline, evidence.commits) == ((), (), 1)


def test_clone_has_only_the_contents_it_needs(
    repository: Repository, collected: Callable[[], GitEvidence], tmp_path: Path
) -> None:
    repository.write("weights.bin", "x" * 100_000)
    repository.commit(a_py=lines(1))
    weights = repository.git("rev-parse", "HEAD:weights.bin")
    collected()
    (clone,) = (tmp_path / "git").glob("*.git")
    held = repository.git(f"--git-dir={clone}", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    assert weights not in held.split()
    assert repository.git("rev-parse", "HEAD:a.py") in held.split()


def test_clone_is_refreshed_once_it_is_old(
    repository: Repository, histories: GitHistories, collected: Callable[[], GitEvidence]
) -> None:
    first = repository.commit(a_py=lines(1))
    assert collected().head == first
    second = repository.commit(a_py=lines(2))
    unhurried = replace(histories, clones=replace(histories.clones, fresh_seconds=3600))
    stale = unhurried.collect(URL)
    assert isinstance(stale, GitEvidence)
    assert stale.head == first
    assert collected().head == second


def test_history_is_read_once_for_each_head(
    repository: Repository, collected: Callable[[], GitEvidence], tmp_path: Path
) -> None:
    repository.commit(ADA, a_py=lines(1))
    first = collected()
    (note,) = (tmp_path / "git").glob("*.git/evidence.json")
    kept = note.stat().st_ino
    assert (collected(), note.stat().st_ino) == (first, kept)
    note.write_text("{")
    assert collected() == first
    repository.commit(BEN, a_py=lines(2))
    assert shares(collected()) == {"a.py": (["Ada"], {"Ben": 1})}


def test_history_that_was_rewritten_is_read_anew(repository: Repository, collected: Callable[[], GitEvidence]) -> None:
    repository.commit(ADA, a_py=lines(1))
    collected()
    repository.git("switch", "--quiet", "--orphan", "other")
    repository.commit(EVE, b_py=lines(1))
    repository.git("branch", "--delete", "--force", "main")
    assert shares(collected()) == {"b.py": (["Eve"], {})}


def test_long_history_is_cut_and_says_so(repository: Repository, histories: GitHistories) -> None:
    repository.commit(ADA, a_py=lines(1))
    for count in range(2, 6):
        repository.commit(BEN, a_py=lines(count))
    short = replace(histories, clones=replace(histories.clones, most_commits=3)).collect(URL)
    assert isinstance(short, GitEvidence)
    assert (short.complete, short.mainline_complete) == (False, False)
    assert shares(short) == {"a.py": ([], {"Ben": 2})}  # who changed it at the cut did not create it
    assert [commit.added for commit in short.mainline] == [1, 1]


def test_no_hook_or_configuration_of_the_repository_runs(
    repository: Repository, collected: Callable[[], GitEvidence], tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    trap.chmod(0o755)
    repository.write(".gitattributes", "*.py diff=trap filter=trap\n")
    repository.write(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch%20ran\n')
    repository.commit(a_py=lines(2))
    for hook in ("post-checkout", "reference-transaction", "post-update"):
        (repository.path / ".git/hooks" / hook).symlink_to(trap)
    assert [commit.added for commit in collected().mainline] == [2]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://bitbucket.org/owner/project",
            Missing("Histories are not fetched from bitbucket.org; add it to REGISTRY_GIT_HOSTS.", "unavailable"),
        ),
        (
            "https://github.com/owner/nothing",
            Missing("There is no repository https://github.com/owner/nothing that everybody may read.", "absent"),
        ),
    ],
)
def test_repository_that_is_not_fetched(histories: GitHistories, url: str, expected: Missing) -> None:
    assert histories.collect(url) == expected


def test_empty_repository_has_no_history(repository: Repository, histories: GitHistories) -> None:
    assert histories.collect(URL) == Missing(f"The repository {URL} is empty.", "absent")


def test_too_large_a_repository_is_given_up_and_remembered(repository: Repository, histories: GitHistories) -> None:
    repository.write("a.py", os.urandom(300_000).hex())
    repository.commit()
    small = replace(histories, clones=replace(histories.clones, most_bytes=100_000))
    reason = f"The history of {URL} was not read: It is larger than allowed. The limit is REGISTRY_GIT_BYTES."
    assert small.collect(URL) == Missing(reason, "unavailable")
    assert histories.collect(URL) == Missing(f"{reason} Tried 0 seconds ago.", "unavailable")


def test_without_git_it_is_unavailable(
    repository: Repository, histories: GitHistories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(a_py=lines(1))
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = f"git could not read {URL}: git is missing on this machine; install it."
    assert histories.collect(URL) == Missing(reason, "unavailable")


def test_no_time_means_unavailable(repository: Repository, histories: GitHistories) -> None:
    repository.commit(a_py=lines(1))
    reason = f"The history of {URL} could not be read in 0 seconds (REGISTRY_GIT_SECONDS)."
    assert replace(histories, seconds=0).collect(URL) == Missing(reason, "unavailable")


def test_sweep_removes_the_clone_least_used(histories: GitHistories, tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two", "three")):
        repository = Repository(tmp_path / "mirror/owner" / name)
        repository.write("a.py", os.urandom(50_000).hex())
        repository.commit()
        histories.collect(f"https://github.com/owner/{name}")
        (newest,) = [clone for clone in histories.clones.folder.glob("*.git") if clone.stat().st_mtime > 1_000_000]
        os.utime(newest, (number, number))
    replace(histories.clones, all_bytes=250_000).sweep()
    assert sorted(clone.stat().st_mtime for clone in histories.clones.folder.glob("*.git")) == [1, 2]


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("https://gitlab.com/a/b", Address("https://gitlab.com/a/b", "https", "gitlab.com", is_own=False)),
        ("https://github.com/a/b", Address("file:///srv/a/b", "file", "", is_own=True)),
        ("https://github.com/own/b", Address("http://git.local:8080/b", "http", "git.local:8080", is_own=True)),
    ],
)
def test_address_is_the_mirror_with_the_longest_prefix(repository: str, expected: Address) -> None:
    mirrors = {"https://github.com/": "file:///srv/", "https://github.com/own/": "http://git.local:8080/"}
    assert Directions(frozenset({"gitlab.com"}), mirrors).address_of(repository) == expected


@pytest.mark.parametrize(
    "word", ["https://github.com/", "github.com/=file:///srv/", "https://github.com/=ext::sh -c x"]
)
def test_mirror_that_is_none(word: str) -> None:
    with pytest.raises(ValueError, match="is no mirror"):
        parsed_mirrors([word])
