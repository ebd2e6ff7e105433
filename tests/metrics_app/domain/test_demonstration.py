import pytest

from metrics_app.domain.demonstration import Repaired, demonstration, repaired


def fenced(code: str, language: str = "python") -> str:
    return f"# Card\n\n```{language}\n{code}\n```\n"


@pytest.mark.parametrize(
    ("card", "blocks"),
    [
        ("", ()),
        ("# Card\n\nNo code.", ()),
        (fenced("import a"), ("import a",)),
        (fenced("import a", "py"), ("import a",)),
        (fenced("import a", ""), ("import a",)),
        (fenced("just some words", ""), ()),
        (fenced("pip install a", "bash"), ()),
        (fenced('{"a": 1}', "json"), ()),
        (fenced("# nothing but a comment"), ()),
        (fenced("x = 1"), ()),
        (fenced("this is ] broken"), ("this is ] broken",)),
        (fenced("!pip install a\nimport a"), ("\nimport a",)),
        (
            fenced(">>> import a\n>>> a.b(1)\n2\n>>> for c in a:\n...     c()"),
            ("import a\na.b(1)\nfor c in a:\n    c()",),
        ),
        (fenced("import a") + fenced("npm i", "sh") + fenced("a.b()"), ("import a", "a.b()")),
    ],
)
def test_demonstration_is_the_python_of_the_card_in_order(card: str, blocks: tuple[str, ...]) -> None:
    assert demonstration(card) == blocks


@pytest.mark.parametrize(
    ("code", "log", "expected"),
    [
        ("a()", "ValueError: no", Repaired("a()", ())),
        (
            "np.ones(1)",
            "NameError: name 'np' is not defined",
            Repaired("import numpy as np\nnp.ones(1)", ("missing import: import numpy as np",)),
        ),
        (
            "torch.ones(1)",
            "NameError: name 'torch' is not defined",
            Repaired("import torch\ntorch.ones(1)", ("missing import: import torch",)),
        ),
        (
            "AutoModel()",
            "NameError: name 'AutoModel' is not defined",
            Repaired(
                "from transformers import AutoModel\nAutoModel()",
                ("missing import: from transformers import AutoModel",),
            ),
        ),
        ("mine()", "NameError: name 'mine' is not defined", Repaired("mine()", ())),
        (
            'm.to("cuda")',
            "AssertionError: Torch not compiled with CUDA enabled",
            Repaired('m.to("cpu")', ("device: cpu",)),
        ),
        ("m.to('cuda:0').x()", "RuntimeError: CUDA error", Repaired("m.to('cpu').x()", ("device: cpu",))),
        ("m.cuda().half()", "RuntimeError: Found no NVIDIA driver", Repaired("m", ("device: cpu",))),
        ('p("a", device=0)', "RuntimeError: No CUDA GPUs", Repaired('p("a", device="cpu")', ("device: cpu",))),
        ('m.to("cuda")', "ValueError: no", Repaired('m.to("cuda")', ())),
        ('load("org/model")', "OSError: offline", Repaired('load("/model")', ("path of the model",))),
        ('load("./model/")', "OSError", Repaired('load("/model")', ("path of the model",))),
        ('load("org/other-model")', "OSError", Repaired('load("org/other-model")', ())),
        ('open("path/to/image.png")', "FileNotFoundError", Repaired('open("Hello, world.")', ("placeholder input",))),
        ('ask("<your text>")', "ValueError", Repaired('ask("Hello, world.")', ("placeholder input",))),
        ('ask("YOUR_TEXT")', "ValueError", Repaired('ask("Hello, world.")', ("placeholder input",))),
        ('ask("mystery")', "ValueError", Repaired('ask("mystery")', ())),
    ],
)
def test_one_round_of_repair(code: str, log: str, expected: Repaired) -> None:
    assert repaired(code, log, names=("org/model", "model"), path="/model") == expected


def test_repairing_again_changes_nothing() -> None:
    first = repaired('load("org/model")', "OSError", names=("org/model",), path="/model")
    assert repaired(first.code, "OSError", names=("org/model",), path="/model") == Repaired(first.code, ())
