"""The commands that scripts, workflows and documents give: whether the programs know them, and each of their options."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from django.core.management import get_commands

from deploy.package import ROOT

SOURCES = [*sorted((ROOT / "deploy").glob("*.sh")), *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
DOCUMENTS = [ROOT / "deploy" / "RUNBOOK.md", ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
#: Of the command line itself, whatever the service; and its own commands, which are no single call.
GLOBAL = {"query", "output", "cli-binary-format", "cli-read-timeout"}
OWN = {("s3", "cp"), ("s3", "sync"), ("s3", "presign"), ("cloudformation", "deploy")}
_AWS = re.compile(r"\baws ([a-z0-9]+) ((?:wait )?(?!wait )[a-z0-9-]+)([^\n`;|&>]*)")


def lines(path: Path) -> str:
    """The text with what a line break cuts put together again: after a backslash, and in code between backquotes."""
    text = re.sub(r"\\\n\s*", " ", path.read_text())
    return re.sub(r"`[^`\n]*\n[^`\n]*`", lambda code: re.sub(r"\n\s*", " ", code.group()), text)


def calls() -> Iterator[tuple[str, str, str]]:
    """Service, command and options of every call of AWS's command line."""
    for path in (*SOURCES, *DOCUMENTS):
        for service, command, rest in _AWS.findall(lines(path)):
            if (service, command) not in OWN:
                yield service, command, " ".join(re.findall(r"--[a-z-]+", rest))


@cache
def options_of(service: str, command: str) -> set[str]:
    """What AWS's own description lets the command be given."""
    service = {"s3api": "s3"}.get(service, service)
    session = botocore.session.get_session()
    model = session.get_service_model(service)
    operations = {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
    if command.startswith("wait "):
        waiters = session.get_waiter_model(service)
        waits = {xform_name(name, "-"): waiters.get_waiter(name).operation for name in waiters.waiter_names}
        command = xform_name(waits[command.removeprefix("wait ")], "-")
    shape = operations[command].input_shape
    return {xform_name(name, "-") for name in shape.members} if shape else set()


@pytest.mark.parametrize(("service", "command", "given"), sorted(set(calls())))
def test_aws_knows_the_command_and_its_options(service: str, command: str, given: str) -> None:
    assert {option.removeprefix("--") for option in given.split()} - GLOBAL <= options_of(service, command)


def test_calls_are_found_and_unknown_ones_told() -> None:
    assert {"lambda", "rds", "cloudformation", "ec2", "logs"} <= {service for service, *_ in calls()}
    with pytest.raises(UnknownServiceError):
        options_of("lambada", "invoke")
    with pytest.raises(KeyError):
        options_of("lambda", "invoque")
    assert "function-nam" not in options_of("lambda", "invoke")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_commands_that_there_are(path: Path) -> None:
    named = set(re.findall(r"manage\.py(?: \\)? +([a-z_]+)", lines(path)))
    assert named - get_commands().keys() - {"help"} == set()
