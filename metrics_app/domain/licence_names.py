"""Names of licences as people write them, brought to one spelling."""

import re

#: Words and one remark in brackets, as in `The MIT License (MIT)`; anything else is no name.
NAME = re.compile(r"[\w .,\"'-]+(\([\w .-]+\))?")
WORD = re.compile(r"[a-z]+\d*|\d+(?:\.\d+)*")
#: `GPLv3`, `LGPL2.1`, `Apache v2`.
VERSION = re.compile(r"(?<=pl)v?(?=\d)|\bv\.? ?(?=\d)")
FILLING = {"the", "gnu", "license", "licence", "licensed", "version"}


def plain_name(text: str) -> str:
    """The words of a name that tell it from others, each once, in lower case with hyphens: `Apache License, Version 2.0`
    and `Apache 2.0` are both `apache-2.0`. Empty for what is no name."""
    words = WORD.findall(VERSION.sub(" ", text.lower())) if NAME.fullmatch(text) else []
    return "-".join(dict.fromkeys(word for word in words if word not in FILLING))
