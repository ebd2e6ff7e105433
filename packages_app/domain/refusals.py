"""The one refusal of the rules that look inside a package."""


class Unacceptable(ValueError):
    """Bytes that the registry will not take, for a reason their sender can do something about.

    `detail`: one sentence that names the file and says what is wrong. `code`: a stable word for programs.
    """

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code


def shown(name: str | bytes, longest: int = 120) -> str:
    """`name` in quotes, safe to print: what can't be seen is escaped, what is too long is cut."""
    text = name.decode("utf-8", "backslashreplace") if isinstance(name, bytes) else name
    cut = text if len(text) <= longest else text[:longest] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + '"'
