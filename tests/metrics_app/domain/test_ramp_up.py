from dataclasses import replace

import pytest

from metrics_app.domain.evidence import ArchiveEvidence
from metrics_app.domain.ramp_up import score
from metrics_app.domain.result import Status

PROSE = "This package computes the distance between two words by counting the letters that differ. " * 5
TEMPLATE = """---
license: mit
---
# Model Card for Model ID

<!-- Provide a quick summary of what the model is/does. -->

## Model Details

### Model Description

<!-- Provide a longer summary of what this model is. -->

This is the model card of a 🤗 transformers model that has been pushed on the Hub. This model card has been automatically generated.

- **Developed by:** [More Information Needed]
- **Funded by [optional]:** [More Information Needed]
- **Model type:** [More Information Needed]
- **Language(s) (NLP):** [More Information Needed]
- **License:** [More Information Needed]
- **Finetuned from model [optional]:** [More Information Needed]

### Model Sources [optional]

- **Repository:** [More Information Needed]
- **Demo [optional]:** [More Information Needed]

## Uses

### Direct Use

[More Information Needed]

## Bias, Risks, and Limitations

[More Information Needed]

### Recommendations

Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model. More information needed for further recommendations.

## How to Get Started with the Model

Use the code below to get started with the model.

[More Information Needed]

#### Training Hyperparameters

- **Training regime:** [More Information Needed] <!--fp32, fp16 mixed precision -->

## Environmental Impact

Carbon emissions can be estimated using the [Machine Learning Impact calculator](https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700).

- **Hardware Type:** [More Information Needed]
- **Hours used:** [More Information Needed]

## Technical Specifications [optional]

[More Information Needed]

## Model Card Contact

[More Information Needed]
"""  # noqa: E501 # the lines of the template as they are


def archive(readme: str | None, path: str = "README.md") -> ArchiveEvidence:
    return ArchiveEvidence(kind="model", readme=readme, readme_path=path)


@pytest.mark.parametrize(
    ("readme", "value"),
    [
        ("", 0.0),
        ("# Name\n\nToo little.", 0.0),
        (PROSE, 0.2),
        ("## Installation\n\nRun it.", 0.15),
        ("## Installation\n", 0.0),
        ("```sh\nnpm install it\n```", 0.15),
        ("```\n$ pip install it\n```", 0.15),
        ("```sh\npython -m pip install it\n```", 0.15),
        ("```js\nconst it = require('it')\nit()\n```", 0.25),
        ("    var it = require('it')\n", 0.25),
        ("<pre><code>const it = require('it')</code></pre>", 0.25),
        ("<h2>Installation</h2>\n<p>Run it.</p>", 0.15),
        ("## 安装\n\n运行。", 0.15),
        ("```python\n# your code here\n```", 0.0),
        ("```json\n{}\n```", 0.0),
        ("## API\n\n### it(a)\n\nReturns a.", 0.15),
        ("## Configuration\n\n| name |\n|---|\n| a |", 0.15),
        ("## API\n", 0.0),
        ("## Examples\n\nSee below.", 0.15),
        ("[![Open](b.svg)](https://colab.research.google.com/x)", 0.15),
        ("[use](use.ipynb)", 0.15),
        ("# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n\n# D\n\nd", 0.1),
        (TEMPLATE, 0.0),
    ],
)
def test_score_of_a_readme(readme: str, value: float) -> None:
    result = score(archive(readme))
    assert result.value == pytest.approx(value)
    assert result.status == Status.MEASURED


def test_no_readme_is_zero_and_measured() -> None:
    result = score(archive(None))
    assert (result.value, result.status, result.flags) == (0.0, Status.MEASURED, ("no_readme",))


@pytest.mark.parametrize(
    ("fields", "examples", "value"),
    [
        ((), (), 0.0),
        (("license", "tags"), (), 0.0),
        (("license", "tags", "datasets"), (), 0.1),
        ((), ("examples/a.py",), 0.15),
    ],
)
def test_files_and_metadata_count_too(fields: tuple[str, ...], examples: tuple[str, ...], value: float) -> None:
    assert score(replace(archive(""), card_fields=fields, examples=examples)).value == pytest.approx(value)


def test_complete_readme_scores_one_and_needs_no_advice() -> None:
    readme = f"""# It\n\n{PROSE}\n\n## Installation\n\n```sh\nnpm i it\n```\n\n## Usage\n\n```js\nit()\n```\n
## API\n\nit() returns it.\n\n## Examples\n\nMany.\n"""
    result = score(archive(readme))
    assert (result.value, result.advice) == (1.0, "")
    assert result.reason == "README.md offers prose, install, usage, api, examples, metadata."


def test_restructured_text_is_read_too() -> None:
    readme = (
        "It\n~~~\n\nInstallation\n~~~~~~~~~~~~\n\n.. code:: sh\n\n    pip install it\n\nAPI\n^^^\n\nit() returns it.\n"
    )
    result = score(archive(readme, "README.rst"))
    assert result.evidence["signals"] == {
        "prose": False,
        "install": True,
        "usage": False,
        "api": True,
        "examples": False,
        "metadata": False,
    }


def test_advice_starts_with_what_weighs_most() -> None:
    assert score(archive(PROSE)).advice.startswith("Show code that uses it; ")
