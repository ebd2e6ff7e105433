"""The files of the family's models: cards and code from contents/, weights from encoders, the rest written here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from demo import encoders
from demo.archives import licence_text, texts_of
from demo.weights import Tensor, gguf, safetensors

Files = Mapping[str, bytes]

BASE = "aurora/sentence-encoder"
#: Of the base's newest version, from which everything else derives.
WIDTH = 64
_CHANGES = {
    "1.0.0": "- 1.0.0: the first version, 32 numbers a vector.",
    "1.1.0": "- 1.1.0: 48 numbers a vector.\n- 1.0.0: the first version, 32 numbers a vector.",
    "2.0.0": "- 2.0.0: 64 numbers a vector; vectors of older versions don't compare with these.\n"
    "- 1.1.0: 48 numbers a vector.\n- 1.0.0: the first version, 32 numbers a vector.",
}
_WIDTHS = {"1.0.0": 32, "1.1.0": 48, "2.0.0": WIDTH}


def base(version: str) -> Files:
    """A version of the encoder the others derive from."""
    width = _WIDTHS[version]
    card = texts_of("sentence-encoder", version=version, width=width, changes=_CHANGES[version])
    return card | _encoder(BASE, version, encoders.base(width), seed=f"embeddings {width}")


def finetune(field: str, version: str) -> Files:
    """The base moved towards `field`, which ends the package's name."""
    name = f"sentence-encoder-{field}"
    weights = encoders.finetuned(WIDTH, field)
    return texts_of(name, version=version, width=WIDTH) | _encoder(
        f"aurora/{name}", version, weights, _name_or_path=BASE, seed=field
    )


def merge(version: str) -> Files:
    """The mean of both finetunes."""
    weights = encoders.merged(WIDTH, ("legal", "clinical"))
    card = texts_of("contract-care-merge", version=version)
    return card | _encoder("borealis/contract-care-merge", version, weights)


def adapter(version: str) -> Files:
    """A LoRA for the base."""
    weights = safetensors(encoders.adapter(WIDTH, "support"), {"format": "pt"})
    return (
        texts_of("support-tickets-lora", version=version, rank=encoders.LORA_RANK)
        | licence_text("Apache-2.0")
        | {"adapter_model.safetensors": weights}
    )


def quantized(version: str) -> Files:
    """The base in one GGUF file."""
    tensors = encoders.base(WIDTH)
    names = {"token_embd.weight": tensors[encoders.EMBEDDINGS], "output.weight": tensors[encoders.PROJECTION]}
    weights = gguf(
        {
            "general.architecture": "mean-pooling",
            "general.name": "Pocket encoder",
            "general.license": "apache-2.0",
            "general.file_type": 7,
            "general.quantization_version": 2,
            "general.base_model.count": 1,
            "general.base_model.0.name": "Sentence encoder",
            "general.base_model.0.organization": "aurora",
            "general.base_model.0.version": "2.0.0",
            "general.base_model.0.repo_url": BASE,
            "mean-pooling.embedding_length": WIDTH,
            "tokenizer.ggml.model": "bert",
            "tokenizer.ggml.tokens": encoders.vocabulary(),
        },
        names,
    )
    card = texts_of("pocket-encoder-gguf", version=version, width=WIDTH)
    return card | licence_text("Apache-2.0") | {"pocket-encoder-Q8_0.gguf": weights}


def summarizer(version: str) -> Files:
    """A finetune whose parent nobody here holds."""
    config = {"model_type": "dialogue", "hidden_size": 48, "_name_or_path": "tundra/dialogue-foundation"}
    return (
        texts_of("dialogue-summarizer", version=version)
        | licence_text("MIT", name="meridian/dialogue-summarizer")
        | {"config.json": _json(config), "model.safetensors": _shapes("summarizer", {"decoder.weight": (48, 48)})}
    )


def tagger(version: str) -> Files:
    """A model without any licence."""
    config = {"model_type": "tagger", "version": version, "num_labels": 24}
    weights = _shapes("tagger", {"patches.weight": (96, 48), "labels.weight": (24, 96)})
    return texts_of("image-tagger") | {"config.json": _json(config), "weights/model.safetensors": weights}


def denoiser(version: str) -> Files:
    """A model that nobody may use commercially."""
    config = {"model_type": "denoiser", "version": version, "sampling_rate": 16000}
    weights = _shapes("denoiser", {"filters.weight": (64, 128)})
    card = texts_of("speech-denoiser", version=version)
    return card | {"config.json": _json(config), "model.safetensors": weights}


def draft(version: str) -> Files:
    """A checkpoint whose card nobody filled in."""
    config = {"model_type": "draft", "version": version, "hidden_size": 32}
    weights = _shapes("draft", {"layer.weight": (32, 32)})
    return texts_of("draft-checkpoint") | {"config.json": _json(config), "model.safetensors": weights}


def _encoder(name: str, version: str, weights: Mapping[str, Tensor], seed: str = "", **config: str) -> dict[str, bytes]:
    """What every encoder has beside its card: weights, configuration, tokenizer, code, tests and licence."""
    height, width = weights[encoders.EMBEDDINGS].shape
    described = {
        "model_name": name,
        "version": version,
        "model_type": "mean-pooling-encoder",
        "hidden_size": width,
        "vocab_size": height,
        "torch_dtype": "float32",
    }
    return (
        texts_of("encoder")
        | licence_text("Apache-2.0")
        | {
            "config.json": _json(described | config),
            "tokenizer.json": _json(_tokenizer(encoders.vocabulary())),
            "tokenizer_config.json": _json({"do_lower_case": True, "unk_token": "[UNK]", "pad_token": "[PAD]"}),
            "model.safetensors": safetensors(weights, {"format": "pt"} | ({"seed": seed} if seed else {})),
        }
    )


def _tokenizer(pieces: Sequence[str]) -> dict[str, Any]:
    """A WordPiece tokenizer as the `tokenizers` library stores it."""
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": text, **special} for number, text in enumerate(encoders.SPECIAL)],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": None,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {piece: number for number, piece in enumerate(pieces)},
        },
    }


def _shapes(seed: str, shapes: Mapping[str, tuple[int, int]]) -> bytes:
    """Weights of the right shapes and nothing more."""
    tensors = {name: encoders.noise(f"{seed} {name}", shape, 0.1) for name, shape in shapes.items()}
    return safetensors(tensors, {"format": "pt", "seed": seed})


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
