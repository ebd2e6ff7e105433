from dataclasses import dataclass


@dataclass(frozen=True)
class Scan:
    verdict: str = "not_scanned"
    findings: tuple[str, ...] = ()


def scan_file(archive, member):
    return Scan()
