"""Which of a model card's code is its demonstration, and the few mechanical repairs it may be given.

Everything here only rewrites text; running it is the sandbox's work.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from metrics_app.domain.readme import CodeBlock, read

PYTHON = {"python", "py", "python3", "pycon", "ipython", "ipython3"}
#: No more rounds of repair than this, each after a run that failed.
ROUNDS = 4
PROMPT = re.compile(r"^(>>>|\.\.\.)( |$)", re.MULTILINE)
SHELL_LINE = re.compile(r"^[ \t]*[!%].*$", re.MULTILINE)
#: Names that cards use without importing them, and the import each needs.
IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "tf": "import tensorflow as tf",
    "Image": "from PIL import Image",
    "BytesIO": "from io import BytesIO",
    "Path": "from pathlib import Path",
    "load_dataset": "from datasets import load_dataset",
    "load_file": "from safetensors.torch import load_file",
    "safe_open": "from safetensors import safe_open",
    "SentenceTransformer": "from sentence_transformers import SentenceTransformer",
    "PeftModel": "from peft import PeftModel",
}
MODULES = {
    "torch", "transformers", "numpy", "pandas", "json", "os", "sys", "re", "math", "time", "requests", "io", "random",
    "datasets", "diffusers", "tokenizers", "safetensors", "sklearn", "joblib", "pickle", "onnxruntime", "soundfile",
    "librosa",
}  # fmt: skip
TRANSFORMERS = re.compile(
    r"^(Auto\w+|pipeline|TextStreamer|set_seed|\w+(Tokenizer|TokenizerFast|Model|Config|Processor|FeatureExtractor|Pipeline|For[A-Z]\w+))$"
)
UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
DEVICE = re.compile(r"""(['"])(?:cuda|mps|xpu)(?::\d+)?\1""")
DEVICE_CALL = re.compile(r"\.(?:cuda|half)\(\s*\d*\s*\)")
DEVICE_NUMBER = re.compile(r"\bdevice\s*=\s*\d+")
NO_DEVICE = re.compile(r"CUDA|cuda|NVIDIA|MPS|accelerate|not compiled with|no kernel image|device", re.ASCII)
PLACEHOLDER = re.compile(
    r"""(['"])(?:<[^'"<>\n]{1,60}>|\[[A-Z][A-Z _-]{1,60}\]|\.\.\."""
    r"""|(?:(?:your|my)[-_ /]|path[/_ ]to|/?path/to)[^'"\n]{0,60})\1""",
    re.IGNORECASE,
)
INPUT = "Hello, world."


@dataclass(frozen=True)
class Repaired:
    """The code after one round, and what was done to it in words for the log; nothing done, no use running it again."""

    code: str
    repairs: tuple[str, ...]


def demonstration(card: str) -> tuple[str, ...]:
    """The card's Python blocks in order, without prompts and notebook magics; other languages are left out."""
    return tuple(code for block in read(card).blocks if (code := _python(block)))


def _python(block: CodeBlock) -> str:
    code = block.code
    if PROMPT.search(code):
        lines = (line for line in code.splitlines() if PROMPT.match(line))
        code = "\n".join(PROMPT.sub("", line) for line in lines)
    code = SHELL_LINE.sub("", code)
    tree = _tree(code)
    if block.language not in PYTHON and (block.language or tree is None):
        return ""
    if tree is None:
        return code if block.language else ""
    works = any(isinstance(node, ast.Import | ast.ImportFrom | ast.Call) for node in ast.walk(tree))
    return code if works else ""


def _tree(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def repaired(code: str, log: str, *, names: Sequence[str], path: str) -> Repaired:
    """One round of repair after a run of `code` that ended with `log`.

    `names` are what the card may call the model (`org/model`, its last part), `path` is where its files are mounted.
    """
    repairs: list[str] = []
    for repair in (_import, _device, _placeholder):
        code, done = repair(code, log)
        repairs += done
    code, done = _model_path(code, names, path)
    return Repaired(code, tuple(repairs + done))


def _import(code: str, log: str) -> tuple[str, list[str]]:
    undefined = UNDEFINED.search(log)
    if not undefined:
        return code, []
    name = undefined[1]
    if name in IMPORTS:
        line = IMPORTS[name]
    elif name in MODULES:
        line = f"import {name}"
    elif TRANSFORMERS.match(name):
        line = f"from transformers import {name}"
    else:
        return code, []
    return (code, []) if line in code.splitlines() else (f"{line}\n{code}", [f"missing import: {line}"])


def _device(code: str, log: str) -> tuple[str, list[str]]:
    if not NO_DEVICE.search(log):
        return code, []
    changed = DEVICE_NUMBER.sub('device="cpu"', DEVICE_CALL.sub("", DEVICE.sub(r"\1cpu\1", code)))
    return changed, ["device: cpu"] if changed != code else []


def _placeholder(code: str, log: str) -> tuple[str, list[str]]:
    del log  # a placeholder fails in too many ways to be told by its error
    changed = PLACEHOLDER.sub(lambda found: f"{found[1]}{INPUT}{found[1]}", code)
    return changed, ["placeholder input"] if changed != code else []


def _model_path(code: str, names: Sequence[str], path: str) -> tuple[str, list[str]]:
    changed = code
    for name in sorted(filter(None, names), key=len, reverse=True):
        changed = re.sub(
            rf"""(['"])(?:\./|models?/)?{re.escape(name)}/?\1""", lambda found: f"{found[1]}{path}{found[1]}", changed
        )
    return changed, ["path of the model"] if changed != code else []
