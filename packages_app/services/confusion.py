"""The confusion audit: a newcomer is compared with all that is held, and what administrators decide on what was found."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts_app.audit import Action, record
from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app.domain.card_prints import bands, runs_of_words
from packages_app.domain.similarity_keys import index_keys, owner_keys
from packages_app.errors import FindingNotFound
from packages_app.models import Card, CardPrint, ConfusionFinding, HeldName, HeldOwner, Package
from packages_app.queries.lookalikes import (
    Likeness,
    held_lookalikes,
    owner_of,
    popular_lookalikes,
    same_cards,
    same_weights,
)

#: Any number, the same for every process: whoever holds its lock may add names to those held.
_NAMES_HELD = 7_302_012
_MOST_FINDINGS = 20
_GRAVEST_FIRST = ("high", "medium", "low")


def find_lookalikes(package: Package, *, parents: Iterable[str] = ()) -> list[ConfusionFinding]:
    """Record what a package may be taken for, and hold its name for those that come after it.

    `parents` are names it says it derives from: sharing weights or words with them is no secret. The last thing in the
    publishing transaction: two newcomers wait here for each other, so that the second sees the first.
    """
    held = hold_name(package.name)
    declared = set(parents)
    findings = [
        *_by_name(package, held),
        *_by_content(package, held, declared),
    ]
    findings.sort(key=lambda finding: _GRAVEST_FIRST.index(finding.severity))
    kept = [finding for finding in findings if not _was_dismissed(finding)][:_MOST_FINDINGS]
    return ConfusionFinding.objects.bulk_create(kept)


def hold_name(name: str) -> HeldName:
    """The row of a name, and of its owner, made if they weren't held before. Inside a transaction."""
    held = HeldName.objects.filter(name=name).first()
    if held:
        return held
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NAMES_HELD])
    HeldName.objects.bulk_create([HeldName(name=name, keys=sorted(index_keys(name)))], ignore_conflicts=True)
    held = HeldName.objects.get(name=name)
    if owner_of(name):
        owner = HeldOwner(owner=owner_of(name), example=held, keys=sorted(owner_keys(name)))
        HeldOwner.objects.bulk_create([owner], ignore_conflicts=True)
    return held


def _by_name(package: Package, held: HeldName) -> Iterator[ConfusionFinding]:
    """What the spelling gives away; a name that is both held and well known counts once."""
    found: dict[tuple[str, str], Likeness] = {}
    for likeness in [*held_lookalikes(held), *popular_lookalikes(package.name)]:
        found.setdefault((likeness.name, likeness.why.pattern), likeness)
    packages = _newest({likeness.name for likeness in found.values()})
    for likeness in found.values():
        if likeness.name in packages or not likeness.is_held:
            yield ConfusionFinding(
                package=package,
                lookalike=packages.get(likeness.name),
                suspicious_pattern=likeness.why.pattern,
                severity=likeness.why.severity,
                details={
                    "reason": likeness.why.details,
                    "lookalike": likeness.name,
                    "known_from": "this registry" if likeness.is_held else "well-known names",
                },
            )


def _by_content(package: Package, held: HeldName, declared: set[str]) -> Iterator[ConfusionFinding]:
    """What weights and card give away."""
    before = HeldName.objects.filter(pk__lt=held.pk)
    for name, file in same_weights(package, before):
        if name not in declared:
            yield ConfusionFinding(
                package=package,
                lookalike=file.package,
                suspicious_pattern="same weights",
                severity=ConfusionFinding.Severity.MEDIUM,
                details={
                    "reason": f"It has the weights of '{name}' ({file.path}) and doesn't say so.",
                    "lookalike": name,
                    "sha256": file.sha256,
                },
            )
    alike = [(name, share) for name, share in _cards(package, before) if name not in declared]
    packages = _newest({name for name, _ in alike})
    for name, share in alike:
        yield ConfusionFinding(
            package=package,
            lookalike=packages.get(name),
            suspicious_pattern="same card",
            severity=ConfusionFinding.Severity.LOW,
            details={
                "reason": f"{share:.0%} of the words of its model card and of that of '{name}' are the same.",
                "lookalike": name,
                "likeness": round(share, 3),
            },
        )


def _cards(package: Package, before: QuerySet[HeldName]) -> Iterable[tuple[str, float]]:
    text = Card.objects.filter(pk=package.pk).values_list("text", flat=True).first() or ""
    found = bands(runs_of_words(text))
    if not found:
        return ()
    print_, _ = CardPrint.objects.update_or_create(package=package, defaults={"bands": found})
    return same_cards(package, print_, before)


def _newest(names: set[str]) -> dict[str, Package]:
    """The newest published package of each of these names that has one."""
    ready = Package.objects.filter(name__in=names, status=Package.Status.READY)
    return {package.name: package for package in ready.order_by("name", "-id").distinct("name")}


def _was_dismissed(finding: ConfusionFinding) -> bool:
    """Whether the same was found of an earlier version, and an administrator saw nothing in it."""
    earlier = ConfusionFinding.objects.filter(
        state=ConfusionFinding.State.DISMISSED,
        package__name=finding.package.name,
        suspicious_pattern=finding.suspicious_pattern,
        details__lookalike=finding.details["lookalike"],
    )
    return earlier.exists()


def decide_finding(*, finding_id: UUID, decision: str, note: str, by: User) -> ConfusionFinding:
    """Confirm, dismiss or reopen a finding. Raises FindingNotFound; Refused for a dismissal that says no reason."""
    state = ConfusionFinding.State(decision)
    if state == ConfusionFinding.State.DISMISSED and not note.strip():
        said = "Say in the note why the finding is dismissed: whoever looks next will want to know."
        raise Refused(said, errors={"note": [said]})
    with transaction.atomic():
        finding = (
            ConfusionFinding.objects.select_for_update(of=("self",))
            .select_related("package")
            .filter(pk=finding_id)
            .first()
        )
        if finding is None:
            raise FindingNotFound("There is no such finding.")
        finding.state, finding.note, finding.decided_by, finding.decided_at = state, note.strip(), by, Now()
        finding.save(update_fields=["state", "note", "decided_by", "decided_at"])
        record(
            Action.FINDING_DECIDED,
            f"package {finding.package_id}",
            actor=by,
            finding=str(finding.pk),
            pattern=finding.suspicious_pattern,
            decision=state.value,
            note=finding.note,
        )
    finding.refresh_from_db(fields=["decided_at"])
    return finding
