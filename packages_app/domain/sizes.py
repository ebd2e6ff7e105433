"""Numbers of bytes as people read them."""

_UNITS = ("kB", "MB", "GB")


def in_words(count: float) -> str:
    """1.5 GB for 1,500,000,000: decimal, as disks and networks are sold."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1000
        if round(count, 1) < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"
