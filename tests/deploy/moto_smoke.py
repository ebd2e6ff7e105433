"""The templates deployed to moto, in their order: `make templates` runs it, in the environment of requirements-templates.txt.

It smokes and doesn't prove: moto reports success and passes over much of what it is given, policies, alarms and secrets
among it. test_templates.py reads every promise from the templates themselves.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.deploy.templates import STACKS

os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing") | {
    "AWS_DEFAULT_REGION": "eu-central-1"
}
#: As far as moto goes: it breaks at a database with settings of its own, and the other stacks need that one.
DEPLOYED = {"network": {}, "storage": {"Domain": "registry.example.org"}, "queue": {}, "secrets": {}}


@pytest.fixture(scope="module", autouse=True)
def outputs() -> Iterator[dict[str, str]]:
    """What the stacks put out, once all of them are there."""
    with mock_aws():
        cloudformation = boto3.client("cloudformation")
        found: dict[str, str] = {}
        for name, given in DEPLOYED.items():
            parameters = [
                {"ParameterKey": key, "ParameterValue": value} for key, value in {"Stage": "staging", **given}.items()
            ]
            cloudformation.create_stack(
                StackName=f"registry-staging-{name}",
                TemplateBody=_without_cidr((STACKS / f"{name}.yaml").read_text()),
                Parameters=parameters,
                Capabilities=["CAPABILITY_IAM"],
            )
            (stack,) = cloudformation.describe_stacks(StackName=f"registry-staging-{name}")["Stacks"]
            assert stack["StackStatus"] == "CREATE_COMPLETE"
            found |= {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        yield found


def _without_cidr(template: str) -> str:
    """The template with its subnets' ranges worked out: moto has no Fn::Cidr."""
    return re.sub(r"!Select \[(\d), !Cidr \[!Ref Range, 6, 8\]\]", r"10.20.\1.0/24", template)


def test_the_buckets_are_there(outputs: dict[str, str]) -> None:
    storage: Any = boto3.client("s3")
    for name in ("PackageBucket", "StaticBucket", "ArtifactBucket"):
        assert storage.head_bucket(Bucket=outputs[name])["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_message_taken_three_times_goes_to_the_dead_letters(outputs: dict[str, str]) -> None:
    queues: Any = boto3.client("sqs")
    jobs = queues.get_queue_url(QueueName=outputs["QueueName"])["QueueUrl"]
    dead = queues.get_queue_url(QueueName=outputs["DeadLetterName"])["QueueUrl"]
    queues.send_message(QueueUrl=jobs, MessageBody="poison")
    for _ in range(4):
        queues.receive_message(QueueUrl=jobs, VisibilityTimeout=0)
    (message,) = queues.receive_message(QueueUrl=dead)["Messages"]
    assert message["Body"] == "poison"
