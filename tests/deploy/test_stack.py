"""deploy/stack.sh, with a stand-in for the AWS command line that answers from files and notes what it was asked."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.package import ROOT

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq isn't installed")

_AWS = """#!/bin/sh
echo "$*" >> "$NOTES/asked"
case "$*" in
*describe-stacks*StackStatus*) cat "$NOTES/status" ;;
*describe-stacks*ParameterKey*) printf 'Stage\\tDomain\\tRecoveryBucketArn\\n' ;;
*get-template-summary*) printf 'Stage\\tDomain\\tRecoveryBucketArn\\tNew\\n' ;;
*"wait change-set-create-complete"*) test ! -s "$NOTES/reason" ;;
*StatusReason*) cat "$NOTES/reason" ;;
*describe-change-set*) cat "$NOTES/changes" ;;
esac
"""


@dataclass
class Cloud:
    """A stack in `status` ("" is none), whose change set says `changes`, or was not made for `reason`."""

    notes: Path

    def deploy(
        self, *, status: str = "UPDATE_COMPLETE", reason: str = "", changes: object = (), **more: str
    ) -> tuple[int, str]:
        """The exit status of `deploy/stack.sh storage Domain=…`, and what it said."""
        (self.notes / "status").write_text(status)
        (self.notes / "reason").write_text(reason)
        (self.notes / "changes").write_text(json.dumps(changes))
        environment = {"STAGE": "staging", "BUILDER_ARN": "arn:builder", "NOTES": str(self.notes)} | more
        done = subprocess.run(
            [str(ROOT / "deploy" / "stack.sh"), "storage", "Domain=registry.example.org"],
            env={"PATH": f"{self.notes}:{os.environ['PATH']}"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def asked(self) -> str:
        return (self.notes / "asked").read_text()


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    program = tmp_path / "aws"
    program.write_text(_AWS)
    program.chmod(0o755)
    return Cloud(tmp_path)


def change(action: str, kind: str, replacement: str | None) -> dict[str, str | None]:
    return {"action": action, "name": "It", "type": kind, "replacement": replacement}


def test_a_new_stack_is_created(cloud: Cloud) -> None:
    status, said = cloud.deploy(status="", changes=[change("Add", "AWS::S3::Bucket", None)])
    assert (status, said.splitlines()[-1]) == (0, "registry-staging-storage: done")
    assert "--change-set-type CREATE" in cloud.asked
    assert "wait stack-create-complete" in cloud.asked


def test_parameters_that_are_not_given_stay_as_they_are(cloud: Cloud) -> None:
    cloud.deploy()
    given = "ParameterKey=Stage,ParameterValue=staging ParameterKey=Domain,ParameterValue=registry.example.org"
    assert f"--parameters {given} ParameterKey=RecoveryBucketArn,UsePreviousValue=true --capabilities" in cloud.asked


def test_nothing_to_do_is_no_failure(cloud: Cloud) -> None:
    done = cloud.deploy(reason="The submitted information didn't contain changes.")
    assert done == (0, "registry-staging-storage: nothing to do\n")
    assert "execute-change-set" not in cloud.asked


def test_a_change_set_that_can_not_be_made_says_why(cloud: Cloud) -> None:
    assert cloud.deploy(reason="Template error") == (1, "registry-staging-storage: Template error\n")


@pytest.mark.parametrize(
    ("action", "kind", "replacement", "executed"),
    [
        ("Modify", "AWS::RDS::DBInstance", "False", True),
        ("Modify", "AWS::RDS::DBInstance", "True", False),
        ("Modify", "AWS::RDS::DBInstance", "Conditional", False),
        ("Remove", "AWS::S3::Bucket", None, False),
        ("Remove", "AWS::SQS::Queue", None, False),
        ("Remove", "AWS::CloudWatch::Alarm", None, True),
        ("Modify", "AWS::EC2::LaunchTemplate", "True", True),
    ],
)
def test_what_holds_data_is_not_replaced(
    cloud: Cloud, action: str, kind: str, replacement: str | None, executed: bool
) -> None:
    status, _ = cloud.deploy(changes=[change(action, kind, replacement)])
    assert (status == 0, "execute-change-set" in cloud.asked) == (executed, executed)


def test_unless_that_is_said_to_be_meant(cloud: Cloud) -> None:
    status, _ = cloud.deploy(changes=[change("Remove", "AWS::S3::Bucket", None)], ALLOW_REPLACEMENT="yes")
    assert status == 0
