import pytest

from metrics_app.domain.readme import CodeBlock, Section, read, without_comments


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("", 0),
        ("plain words", 11),
        ("# Title\n\nwords", 5),
        ("---\nlicense: mit\n---\nwords", 5),
        ("---\r\nlicense: mit\r\n---\r\nwords\r\n", 5),
        ("**bold** [link](https://example.org/long) `code`", 14),
        ("![a picture](a.png)", 0),
        ("<img src='a.png' width='100'>", 0),
        ("| a | table |\n|---|---|\n| 1 | 2 |", 0),
        ("```\ncode that is no prose\n```", 0),
        ("    indented code\n", 0),
        ("<!-- a comment -->words", 5),
        ("<!-- one that never ends", len("<!-- one that never ends")),
        ("[More Information Needed]", 0),
        ("[more information needed]", 0),
        ("- **Developed by:** [More Information Needed]", 0),
        ("- **Developed by:** Ada", len("Developed by: Ada")),
        ("TODO", 0),
        ("Use the code below to get started with the model.", 0),
    ],
)
def test_prose_is_what_a_reader_reads(text: str, prose: int) -> None:
    assert read(text).prose_characters == prose


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("words", ()),
        ("# A\n\nwords", (Section("A", filled=True),)),
        ("# A\n", (Section("A", filled=False),)),
        ("# A\n\n## B ##\n\nwords", (Section("A", filled=True), Section("B", filled=True))),
        ("A\n===\nwords\n\nB\n---\n", (Section("A", filled=True), Section("B", filled=False))),
        ("## `npm` **install**\n\n```sh\nnpm i\n```", (Section("npm install", filled=True),)),
        ("# A\n\n# B\n\nb", (Section("A", filled=False), Section("B", filled=True))),
        ("## Uses\n\n<!-- how -->\n\n[More Information Needed]", (Section("Uses", filled=False),)),
        ("## Table\n\n| a |\n|---|\n", (Section("Table", filled=True),)),
        ("```sh\n# no heading\n```", ()),
        ("#hashtag", ()),
    ],
)
def test_sections_are_headings_with_or_without_text(text: str, sections: tuple[Section, ...]) -> None:
    assert read(text).sections == sections


@pytest.mark.parametrize(
    ("text", "blocks", "indented"),
    [
        ("```python\na\n```", (CodeBlock("python", "a"),), ()),
        ("```\na\n```\n~~~js\nb\n~~~", (CodeBlock("", "a"), CodeBlock("js", "b")), ()),
        ("````md\n```js\na\n```\n````", (CodeBlock("md", "```js\na\n```"),), ()),
        ("``` {.Python .numberLines}\na\n```", (CodeBlock("python", "a"),), ()),
        ("```py\nnever closed", (CodeBlock("py", "never closed"),), ()),
        ("1. do\n\n   ```sh\n   a\n   b\n   ```", (CodeBlock("sh", "a\nb"),), ()),
        ("text:\n\n    a\n\n    b\n\nmore", (), (CodeBlock("", "a\n\nb"),)),
        ("text\n    that only goes on", (), ()),
        ("- item\n\n    that goes on", (), ()),
    ],
)
def test_code_blocks(text: str, blocks: tuple[CodeBlock, ...], indented: tuple[CodeBlock, ...]) -> None:
    found = read(text)
    assert (found.blocks, found.indented) == (blocks, indented)


@pytest.mark.parametrize(
    ("language", "code", "runs"),
    [
        ("python", "import torch", True),
        ("python", "model = load('a')", True),
        ("python", "# only a comment", False),
        ("python", "", False),
        ("js", "const a = require('a')", True),
        ("bash", "npm install a", False),
        ("bash", "$ npm install a\n$ cd a", False),
        ("bash", "pip install a\npython run.py", True),
        ("bash", "curl -X POST localhost", True),
        ("json", '{"a": 1}', False),
        ("yaml", "a: b", False),
        ("bibtex", "@misc{a}", False),
        ("", "import a", True),
        ("", "some words", False),
    ],
)
def test_block_that_could_run(language: str, code: str, runs: bool) -> None:
    assert CodeBlock(language, code).could_run is runs


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a", "a"),
        ("a<!--b-->c", "ac"),
        ("<!--a--><!--b-->", ""),
        ("a<!--b", "a<!--b"),
        ("<!-->-->", ""),
        ("a-->b", "a-->b"),
    ],
)
def test_without_comments(text: str, kept: str) -> None:
    assert without_comments(text) == kept


HOSTILE = (
    "<!--",
    "![",
    "<",
    "](",
    "\n",
    " ",
    "[ ",
    "#",
    "`",
    "```\n",
    "    a\n",
    "| ",
    "f(",
    "- [More",
    "from ",
    "$ \n",
    "carbon emissions can be estimated using the ",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_readme_is_read_in_linear_time(piece: str) -> None:
    assert read(piece * (100_000 // len(piece))).text != "?"


def test_html_headings_and_code_are_read_as_markdown_ones() -> None:
    text = """<h1 align="center">Tool</h1>
<p>Words.</p>
<h2>Usage of <code>tool</code></h2>
<pre><code class="language-js">const tool = require(&quot;tool&quot;);
tool(1);</code></pre>

```html
<pre>inside</pre>
```
<pre>
npm install <b>tool</b>
</pre>
<pre>without an end
"""
    found = read(text)
    assert [section.heading for section in found.sections] == ["Tool", "Usage of tool"]
    assert [block.code for block in found.indented] == ['const tool = require("tool");\ntool(1);', "npm install tool"]
    assert [(block.language, block.code.strip()) for block in found.blocks] == [("html", "inside")]
