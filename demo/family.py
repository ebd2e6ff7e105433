"""The packages of the demonstration, good and poor, and what people do with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from demo import models
from demo.archives import CONTENTS, licence_text, texts_of, zip_archive

UPLOADER, READER, REVIEWER = "demo-uploader", "demo-reader", "demo-reviewer"
#: Whom the demonstration registers, and what each may do.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    UPLOADER: ("upload", "download", "search"),
    READER: ("download", "search"),
    REVIEWER: ("download", "search"),
}


@dataclass(frozen=True)
class Package:
    """A package to upload. `stars` and `downloads` are by username; a `policy` makes the package sensitive."""

    name: str
    version: str
    files: Callable[[], models.Files]
    description: str
    stars: Mapping[str, int] = field(default_factory=dict)
    downloads: Mapping[str, int] = field(default_factory=dict)
    policy: bytes | None = None

    def archive(self) -> bytes:
        """The zip archive, the same bytes each time."""
        return zip_archive(self.files())


def _npm(name: str, folder: str, version: str, licence: str | None) -> models.Files:
    text = licence_text(licence, name=name) if licence else {}
    return texts_of(folder, version=version) | text


def _encoder(version: str, description: str, stars: Mapping[str, int], downloads: Mapping[str, int]) -> Package:
    return Package(models.BASE, version, partial(models.base, version), description, stars, downloads)


PACKAGES: tuple[Package, ...] = (
    _encoder("1.0.0", "A very small sentence encoder, 32 numbers a vector.", {READER: 4}, {READER: 1}),
    _encoder("1.1.0", "A very small sentence encoder, 48 numbers a vector.", {REVIEWER: 4}, {REVIEWER: 2}),
    _encoder(
        "2.0.0",
        "A very small sentence encoder, 64 numbers a vector.",
        {READER: 5, REVIEWER: 5},
        {READER: 4, REVIEWER: 3},
    ),
    Package(
        "aurora/sentence-encoder-legal",
        "1.0.0",
        partial(models.finetune, "legal", "1.0.0"),
        "The sentence encoder, moved towards legal texts.",
        {READER: 4, REVIEWER: 3},
        {READER: 2, REVIEWER: 1},
    ),
    Package(
        "aurora/sentence-encoder-clinical",
        "1.0.0",
        partial(models.finetune, "clinical", "1.0.0"),
        "The sentence encoder, moved towards clinical notes; a policy decides over every download.",
        {REVIEWER: 4},
        {READER: 1, REVIEWER: 1},
        policy=(CONTENTS / "download-policy.js").read_bytes(),
    ),
    Package(
        "borealis/support-tickets-lora",
        "0.2.0",
        partial(models.adapter, "0.2.0"),
        "A low-rank adapter for the sentence encoder.",
        {READER: 3},
        {READER: 1},
    ),
    Package(
        "borealis/contract-care-merge",
        "1.0.0",
        partial(models.merge, "1.0.0"),
        "The mean of the legal and the clinical encoder.",
        {REVIEWER: 4},
        {REVIEWER: 1},
    ),
    Package(
        "borealis/pocket-encoder-gguf",
        "2.0.0",
        partial(models.quantized, "2.0.0"),
        "The sentence encoder in one GGUF file, a byte a number.",
        {READER: 5, REVIEWER: 4},
        {READER: 3, REVIEWER: 1},
    ),
    Package(
        "meridian/dialogue-summarizer",
        "0.3.0",
        partial(models.summarizer, "0.3.0"),
        "Derives from a model that is not held here.",
        {READER: 3},
        {READER: 1},
    ),
    Package(
        "@borealis/tokenize",
        "1.3.0",
        partial(_npm, "@borealis/tokenize", "tokenize", "1.3.0", "MIT"),
        "Splits text into words, numbers and sentences.",
        {READER: 5, REVIEWER: 4},
        {READER: 2, REVIEWER: 2},
    ),
    Package(
        "@borealis/vector-search",
        "0.4.0",
        partial(_npm, "@borealis/vector-search", "vector-search", "0.4.0", "Apache-2.0"),
        "Exact nearest neighbours among a few thousand vectors.",
        {REVIEWER: 3},
        {REVIEWER: 1},
    ),
    Package(
        "chart-sketch",
        "0.0.1",
        partial(_npm, "chart-sketch", "chart-sketch", "0.0.1", None),
        "Draws charts; nothing is pinned, nothing is documented.",
        {READER: 1},
    ),
    Package(
        "tundra/image-tagger", "0.1.0", partial(models.tagger, "0.1.0"), "A model without any licence.", {REVIEWER: 2}
    ),
    Package(
        "tundra/speech-denoiser",
        "1.2.0",
        partial(models.denoiser, "1.2.0"),
        "Good documentation, but for non-commercial use only.",
        {READER: 4, REVIEWER: 2},
        {READER: 1},
    ),
    Package(
        "meridian/draft-checkpoint",
        "0.0.1",
        partial(models.draft, "0.0.1"),
        "A checkpoint whose card nobody filled in.",
        {REVIEWER: 1},
    ),
)


class Family:
    """The packages as (name, version, archive); each archive is built when it is reached."""

    def __iter__(self) -> Iterator[tuple[str, str, bytes]]:
        for package in PACKAGES:
            yield package.name, package.version, package.archive()


FAMILY = Family()
