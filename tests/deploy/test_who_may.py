"""Who may do what, and who may speak to whom, read from the templates: all of it, so that nothing can be added unseen."""

import json
from typing import Any

import pytest

from registry_project import secrets_manager
from tests.deploy.templates import every, imported, made_secret, of_type, properties, statements, values


def grants(stack: str, role: str) -> list[dict[str, Any]]:
    return [
        said
        for policy in properties(stack, role)["Policies"]
        for said in statements(policy)
        if said["Effect"] == "Allow"
    ]


@pytest.mark.parametrize(("stack", "nameless"), [("api", {"Nameless"}), ("workers", set()), ("pooler", set())])
def test_the_registrys_roles_name_what_they_may_touch(stack: str, nameless: set[str]) -> None:
    everywhere = {said.get("Sid") for said in grants(stack, "Role") if said["Resource"] == "*"}
    actions = json.dumps([said["Action"] for said in grants(stack, "Role")])
    assert everywhere == nameless
    assert "*" not in actions


@pytest.mark.parametrize(
    ("stack", "secrets"),
    [
        ("api", {"ApplicationSecretArn", "DatabaseSecretArn", "SandboxSecretArn"}),
        ("workers", {"ApplicationSecretArn", "DatabaseSecretArn", "SandboxSecretArn"}),
        ("pooler", {"DatabaseSecretArn"}),
    ],
)
def test_each_role_reads_its_own_secrets(stack: str, secrets: set[str]) -> None:
    (read,) = (said for said in grants(stack, "Role") if said["Action"] == "secretsmanager:GetSecretValue")
    assert {name["Fn::Sub"].rpartition("-")[2] for name in values(read["Resource"], "Fn::ImportValue")} == secrets


@pytest.mark.parametrize("name", ["Application", "Database", "Sandbox"])
def test_what_the_secrets_hold_is_read(name: str) -> None:
    variables = {variable for variable in made_secret(name) if variable.isupper()}
    assert variables
    assert variables <= secrets_manager.NAMES


def test_no_secret_stands_in_a_template() -> None:
    for _, _, secret in of_type("AWS::SecretsManager::Secret"):
        assert "SecretString" not in secret["Properties"]
        assert secret["Properties"]["GenerateSecretString"]["PasswordLength"] >= 40


OBJECTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
LISTING = {"s3:ListBucket", "s3:ListBucketMultipartUploads"}
SECRETS = {"secretsmanager:GetSecretValue"}


@pytest.mark.parametrize(
    ("stack", "allowed"),
    [
        (
            "api",
            {
                "Objects": OBJECTS,
                "Listing": LISTING,
                "Jobs": {"sqs:GetQueueUrl", "sqs:SendMessage"},
                "DeadLetters": {"sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage"},
                "Secrets": SECRETS,
                "Records": {"logs:CreateLogStream", "logs:PutLogEvents"},
                "Nameless": {
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:UnassignPrivateIpAddresses",
                    "xray:PutTraceSegments",
                    "xray:PutTelemetryRecords",
                },
            },
        ),
        (
            "workers",
            {
                "Objects": OBJECTS,
                "Listing": LISTING,
                "Queue": {
                    "sqs:GetQueueUrl",
                    "sqs:GetQueueAttributes",
                    "sqs:SendMessage",
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                },
                "Secrets": SECRETS,
                "Records": {"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
            },
        ),
    ],
)
def test_a_role_may_do_what_it_needs_and_no_more(stack: str, allowed: dict[str, set[str]]) -> None:
    assert {said["Sid"]: listed(said["Action"]) for said in grants(stack, "Role")} == allowed


def listed(actions: str | list[str]) -> set[str]:
    return {actions} if isinstance(actions, str) else set(actions)


def test_the_functions_code_may_not_use_what_lambda_needs_for_it() -> None:
    (policy,) = properties("api", "Role")["Policies"]
    (denied,) = (said for said in statements(policy) if said["Effect"] == "Deny")
    (nameless,) = (said for said in grants("api", "Role") if said["Sid"] == "Nameless")
    assert set(denied["Action"]) == {action for action in nameless["Action"] if action.startswith("ec2:")}
    assert set(denied["Condition"]["ArnEquals"]) == {"lambda:SourceFunctionArn"}


# The delivery -------------------------------------------------------------------------------------------------------


def said_by(role: str) -> dict[str, dict[str, Any]]:
    (policy,) = properties("delivery", role)["Policies"]
    return {said["Sid"]: said for said in statements(policy)}


def test_only_the_workflow_of_the_repository_and_stage_deploys() -> None:
    (trusted,) = properties("delivery", "Deployer")["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Federated": {"Ref": "ProviderArn"}}
    assert trusted["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {"Fn::Sub": "repo:${Repository}:environment:${Stage}"},
        }
    }


def test_the_workflow_hands_on_two_roles_and_reads_no_package() -> None:
    said = said_by("Deployer")
    passed = {sid: one["Resource"] for sid, one in said.items() if "iam:PassRole" in listed(one["Action"])}
    assert passed == {
        "HandTheBuilderOn": [{"Fn::GetAtt": ["Builder", "Arn"]}],
        "HandTheFunctionItsRoleOn": [
            {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/registry-${Stage}-api-*"}
        ],
    }
    denied = said["NotThePackages"]
    assert (denied["Effect"], denied["Action"]) == ("Deny", "s3:*")
    assert properties("storage", "Packages")["BucketName"]["Fn::Sub"].startswith("registry-${Stage}-packages-")
    assert all("registry-${Stage}-packages-*" in name["Fn::Sub"] for name in denied["Resource"])
    assert "*" not in {action for one in said.values() for action in listed(one["Action"])}


def test_the_builder_makes_roles_of_the_registrys_and_none_of_the_deliverys() -> None:
    said = said_by("Builder")
    denied = said["NotThoseOfTheDelivery"]
    assert (denied["Effect"], denied["Action"]) == ("Deny", "iam:*")
    assert {name["Fn::Sub"].rpartition("/")[2] for name in denied["Resource"]} == {
        "registry-${Stage}-builder",
        "registry-${Stage}-deployer",
    }
    made = [one for one in said.values() if one["Effect"] == "Allow" and "iam:*" in listed(one["Action"])]
    assert [{name["Fn::Sub"].rpartition("/")[2] for name in one["Resource"]} for one in made] == [
        {"registry-${Stage}-*"}
    ]


# Who may speak to whom ----------------------------------------------------------------------------------------------

NOBODY = {"-1 127.0.0.1/32"}
AWS_AND_SOURCES = "443 0.0.0.0/0"


@pytest.mark.parametrize(
    ("stack", "group", "let_in", "let_out"),
    [
        ("network", "ApiGroup", set(), {AWS_AND_SOURCES, "6432-6433 Range"}),
        ("network", "WorkerGroup", set(), {AWS_AND_SOURCES, "6432-6433 Range"}),
        ("network", "PoolerGroup", {"6432 Range"}, {AWS_AND_SOURCES, "5432 Range"}),
        ("network", "DatabaseGroup", {"5432 PoolerGroup"}, NOBODY),
        ("network", "SandboxGroup", {"6433 ApiGroup", "6433 WorkerGroup"}, NOBODY),
        ("sandbox", "BalancerGroup", {"6433 ApiGroup", "6433 WorkerGroup"}, {"6433 SandboxGroup"}),
    ],
)
def test_a_group_speaks_to_whom_it_has_to(stack: str, group: str, let_in: set[str], let_out: set[str]) -> None:
    described = properties(stack, group)
    assert {spoken(rule) for rule in described.get("SecurityGroupIngress", [])} == let_in
    assert {spoken(rule) for rule in described["SecurityGroupEgress"]} == let_out


def spoken(rule: dict[str, Any]) -> str:
    """A rule in short: its ports, and who is at the other end."""
    ends = ("CidrIp", "SourceSecurityGroupId", "DestinationSecurityGroupId")
    (other,) = (rule[end] for end in ends if end in rule)
    if isinstance(other, dict):
        other = other["Ref"] if "Ref" in other else imported(other)
    first, last = rule.get("FromPort", rule["IpProtocol"]), rule.get("ToPort", rule["IpProtocol"])
    return f"{first if first == last else f'{first}-{last}'} {other}"


def test_there_is_no_group_beside_these() -> None:
    assert len(of_type("AWS::EC2::SecurityGroup")) == 6


@pytest.mark.parametrize(
    ("stack", "group"), [("workers", "WorkerGroup"), ("pooler", "PoolerGroup"), ("sandbox", "SandboxGroup")]
)
def test_machines_belong_to_their_group(stack: str, group: str) -> None:
    launched = properties(stack, "Template")["LaunchTemplateData"]
    assert [imported(each) for each in launched["SecurityGroupIds"]] == [group]


@pytest.mark.parametrize(("stack", "balancer"), every("AWS::ElasticLoadBalancingV2::LoadBalancer"))
def test_balancers_are_for_inside(stack: str, balancer: dict[str, Any]) -> None:
    assert balancer["Properties"]["Scheme"] == "internal"


def test_refused_connections_are_written_down() -> None:
    assert properties("network", "Flows")["TrafficType"] == "REJECT"
