"""The numbers of the family's encoders: made from named seeds, so that they are the same everywhere.

An encoder averages the embeddings of a text's pieces and projects the mean. Nothing is trained: random
directions are nearly orthogonal, so two texts are as similar as the pieces they share. The finetunes, the adapter, the
merge and the quantized file are truly derived from the base's numbers.
"""

from array import array
from collections.abc import Mapping
from functools import cache
from itertools import product
from random import Random
from string import ascii_lowercase, digits

from demo.weights import Tensor

Tensors = Mapping[str, Tensor]

EMBEDDINGS, PROJECTION = "embeddings.weight", "projection.weight"
LORA_RANK = 4
SPECIAL = ("[PAD]", "[UNK]")


def vocabulary() -> tuple[str, ...]:
    """WordPiece's pieces: single characters and pairs of letters, at the start of a word and, after `##`, within it."""
    characters = ascii_lowercase + digits
    pairs = ["".join(pair) for pair in product(ascii_lowercase, repeat=2)]
    starts = [*characters, *pairs]
    return (*SPECIAL, *starts, *(f"##{piece}" for piece in starts))


@cache
def base(width: int) -> Tensors:
    """An encoder with vectors of `width` numbers."""
    return {
        EMBEDDINGS: noise(f"embeddings {width}", (len(vocabulary()), width), 1.0),
        PROJECTION: _sum(_identity(width), noise(f"projection {width}", (width, width), 0.02)),
    }


@cache
def finetuned(width: int, field: str) -> Tensors:
    """The base moved a little, in the direction that belongs to `field`."""
    return {name: _sum(tensor, noise(f"{field} {name}", tensor.shape, 0.05)) for name, tensor in base(width).items()}


def merged(width: int, fields: tuple[str, str]) -> Tensors:
    """The mean of two finetunes, as a linear merge of equal weights gives it."""
    one, other = (finetuned(width, field) for field in fields)
    return {name: _mean(one[name], other[name]) for name in one}


def adapter(width: int, field: str) -> Tensors:
    """A low-rank change of the projection, under the names PEFT gives: B x A is added to the weights."""
    return {
        "base_model.model.projection.lora_A.weight": noise(f"{field} A", (LORA_RANK, width), 0.1),
        "base_model.model.projection.lora_B.weight": noise(f"{field} B", (width, LORA_RANK), 0.1),
    }


def noise(seed: str, shape: tuple[int, ...], size: float) -> Tensor:
    """Numbers drawn evenly from [-size, size)."""
    draw = Random(seed).random  # noqa: S311 - reproducible on purpose, nothing is kept secret by it
    count = 1
    for length in shape:
        count *= length
    return Tensor(shape, array("f", (size * (2 * draw() - 1) for _ in range(count))))


def _identity(width: int) -> Tensor:
    return Tensor((width, width), array("f", (float(row == column) for row in range(width) for column in range(width))))


def _sum(one: Tensor, other: Tensor) -> Tensor:
    return Tensor(one.shape, array("f", (a + b for a, b in zip(one.values, other.values, strict=True))))


def _mean(one: Tensor, other: Tensor) -> Tensor:
    return Tensor(one.shape, array("f", ((a + b) / 2 for a, b in zip(one.values, other.values, strict=True))))
