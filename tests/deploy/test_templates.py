"""What the stack promises, read from its templates. Whether AWS keeps the templates' word can't be tried here."""

import json
import re
from typing import Any

import pytest

from deploy.package import ROOT
from registry_project import secrets_manager
from tests.deploy.templates import NAMES, ORDER, made_secret, of_type, properties, template, values


def every(kind: str) -> list[Any]:
    """Each resource of a type, as a parameter with its name."""
    return [pytest.param(stack, resource, id=f"{stack}.{name}") for stack, name, resource in of_type(kind)]


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def test_every_template_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == NAMES


@pytest.mark.parametrize("name", ORDER)
def test_a_stack_uses_only_what_is_deployed_before_it(name: str) -> None:
    before = ORDER[: ORDER.index(name)]
    exported = {export["Fn::Sub"] for stack in before for export in values(template(stack).get("Outputs"), "Name")}
    assert {wanted["Fn::Sub"] for wanted in values(template(name), "Fn::ImportValue")} <= exported


def test_zappas_settings_are_filled_by_the_stacks() -> None:
    """Every placeholder is an output of a stack that is deployed before the function."""
    asked = set(re.findall(r"\$\{(\w+)\}", (ROOT / "zappa_settings.json").read_text()))
    outputs = {name for stack in ORDER[: ORDER.index("gateway")] for name in template(stack).get("Outputs", {})}
    assert asked - {"Region"} <= outputs
    assert asked == set(json.loads((ROOT / "deploy" / "example-outputs.json").read_text()))


# Buckets ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stack", "bucket"), every("AWS::S3::Bucket"))
def test_every_bucket_is_closed_encrypted_and_versioned(stack: str, bucket: dict[str, Any]) -> None:
    described = bucket["Properties"]
    assert set(described["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(described["PublicAccessBlockConfiguration"]) == 4
    assert described["VersioningConfiguration"] == {"Status": "Enabled"}
    assert values(described["BucketEncryption"], "SSEAlgorithm") == ["AES256"]
    assert described["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_every_bucket_refuses_what_is_not_encrypted_on_the_way() -> None:
    covered = {
        policy["Properties"]["Bucket"]["Ref"]
        for _, _, policy in of_type("AWS::S3::BucketPolicy")
        for said in statements(policy["Properties"])
        if (said["Effect"], said["Principal"], said["Action"]) == ("Deny", "*", "s3:*")
        and said["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and len(said["Resource"]) == 2
    }
    assert covered == {name for _, name, _ in of_type("AWS::S3::Bucket")}


def lifecycle(bucket: str) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in properties("storage", bucket)["LifecycleConfiguration"]["Rules"]}


def test_packages_go_to_glacier_after_90_days_and_can_be_read_from_it_at_once() -> None:
    rule = lifecycle("Packages")["packages-to-glacier"]
    assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 90}]
    assert (rule["Status"], set(rule)) == ("Enabled", {"Id", "Status", "Transitions"})


def test_packages_never_expire() -> None:
    expiring = {name: rule.get("Prefix") for name, rule in lifecycle("Packages").items() if "ExpirationInDays" in rule}
    assert expiring == {"staging": "staging/"}


def test_uploads_cut_short_are_cleared_away() -> None:
    rule = lifecycle("Packages")["uploads-cut-short"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_pages_may_upload_parts_and_read_their_tags() -> None:
    (rule,) = properties("storage", "Packages")["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == [{"Fn::Sub": "https://${Domain}"}]
    assert rule["AllowedMethods"] == ["GET", "HEAD", "PUT"]
    assert "ETag" in rule["ExposedHeaders"]


def test_logs_are_kept_for_30_days() -> None:
    assert lifecycle("Logs")["logs"]["ExpirationInDays"] == 30
    kept = {name: group["Properties"].get("RetentionInDays") for _, name, group in of_type("AWS::Logs::LogGroup")}
    assert set(kept.values()) == {30}
    logging = [bucket["Properties"].get("LoggingConfiguration") for _, _, bucket in of_type("AWS::S3::Bucket")]
    assert [said["DestinationBucketName"] for said in logging if said] == [{"Ref": "Logs"}] * 3


@pytest.mark.parametrize(("stack", "resource"), [("storage", "Packages"), ("storage", "Logs"), ("secrets", "Database")])
def test_what_holds_data_outlives_its_stack(stack: str, resource: str) -> None:
    described = template(stack)["Resources"][resource]
    assert (described["DeletionPolicy"], described["UpdateReplacePolicy"]) == ("Retain", "Retain")


# Queue --------------------------------------------------------------------------------------------------------------


def test_messages_nobody_ends_go_to_the_dead_letters() -> None:
    policy = properties("queue", "Jobs")["RedrivePolicy"]
    assert policy == {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 3}


def test_both_queues_keep_messages_two_weeks_encrypted() -> None:
    for _, _, queue in of_type("AWS::SQS::Queue"):
        assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queue["Properties"]["SqsManagedSseEnabled"] is True


def test_messages_are_hidden_as_long_as_the_settings_say_and_no_longer_than_sqs_can() -> None:
    assert properties("queue", "Jobs")["VisibilityTimeout"] == 12 * 3600
    assert properties("queue", "DeadLetters")["VisibilityTimeout"] >= 6 * 29


# Database -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Engine", "postgres"),
        ("EngineVersion", "18"),
        ("MultiAZ", True),
        ("BackupRetentionPeriod", 14),
        ("DeleteAutomatedBackups", False),
        ("DeletionProtection", True),
        ("StorageEncrypted", True),
        ("PubliclyAccessible", False),
        ("ManageMasterUserPassword", True),
    ],
)
def test_the_database_is_doubled_backed_up_and_closed(name: str, value: object) -> None:
    assert properties("database", "Database")[name] == value


def test_the_database_takes_tls_alone_and_the_poolers_alone() -> None:
    assert properties("database", "Settings")["Parameters"]["rds.force_ssl"] == "1"
    (let_in,) = properties("network", "DatabaseGroup")["SecurityGroupIngress"]
    assert (let_in["FromPort"], let_in["SourceSecurityGroupId"]) == (5432, {"Ref": "PoolerGroup"})


def test_poolers_stand_in_both_zones_behind_one_name() -> None:
    group = properties("pooler", "Group")
    assert [zone["Fn::ImportValue"]["Fn::Sub"][-1] for zone in group["VPCZoneIdentifier"]] == ["A", "B"]
    assert template("pooler")["Parameters"]["Number"]["MinValue"] == 2
    assert properties("pooler", "Listener")["Port"] == properties("pooler", "Targets")["Port"] == 6432


# Workers and sandbox ------------------------------------------------------------------------------------------------


def test_workers_follow_the_queue() -> None:
    policy = properties("workers", "FollowsTheQueue")
    asked = policy["TargetTrackingConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    metrics = {metric["Id"]: metric.get("MetricStat", {}).get("Metric", {}).get("MetricName") for metric in asked}
    assert policy["AutoScalingGroupName"] == {"Ref": "Group"}
    assert metrics == {
        "waiting": "ApproximateNumberOfMessagesVisible",
        "underway": "ApproximateNumberOfMessagesNotVisible",
        "machines": "GroupInServiceInstances",
        "jobs": None,
    }
    assert [metric["Expression"] for metric in asked if metric["ReturnData"]] == [
        "(waiting + underway) / FILL(machines, 1)"
    ]
    assert properties("workers", "Group")["MetricsCollection"][0]["Metrics"] == ["GroupInServiceInstances"]


def test_sandboxes_have_no_credentials_and_no_way_out() -> None:
    launched = properties("sandbox", "Template")["LaunchTemplateData"]
    assert "IamInstanceProfile" not in launched
    assert properties("network", "SandboxGroup")["SecurityGroupEgress"] == [
        {"Description": "nobody", "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}
    ]
    subnets = [zone["Fn::ImportValue"]["Fn::Sub"] for zone in properties("sandbox", "Group")["VPCZoneIdentifier"]]
    assert subnets == ["registry-${Stage}-IsolatedSubnetA", "registry-${Stage}-IsolatedSubnetB"]


def test_isolated_subnets_have_no_route_anywhere() -> None:
    routed = {route["Properties"]["RouteTableId"]["Ref"] for _, _, route in of_type("AWS::EC2::Route")}
    assert routed == {"PublicRoutes", "PrivateRoutesA", "PrivateRoutesB"}
    assert {"Ref": "IsolatedRoutes"} not in properties("network", "ObjectsEndpoint")["RouteTableIds"]
    for zone in "AB":
        assert properties("network", f"IsolatedRoutesOf{zone}")["RouteTableId"] == {"Ref": "IsolatedRoutes"}


def test_sandboxes_are_called_by_the_registry_alone() -> None:
    sources = {
        rule["SourceSecurityGroupId"]["Ref"] for rule in properties("network", "SandboxGroup")["SecurityGroupIngress"]
    }
    assert sources == {"ApiGroup", "WorkerGroup"}
    assert properties("sandbox", "FromBalancer")["SourceSecurityGroupId"] == {"Ref": "BalancerGroup"}


@pytest.mark.parametrize(("stack", "launch"), every("AWS::EC2::LaunchTemplate"))
def test_machines_keep_their_metadata_and_disks_to_themselves(stack: str, launch: dict[str, Any]) -> None:
    data = launch["Properties"]["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert values(data["BlockDeviceMappings"], "Encrypted") == [True]


@pytest.mark.parametrize(("stack", "group"), every("AWS::EC2::SecurityGroup"))
def test_nothing_is_open_to_the_world(stack: str, group: dict[str, Any]) -> None:
    assert "0.0.0.0/0" not in values(group["Properties"].get("SecurityGroupIngress", []), "CidrIp")
    assert group["Properties"]["SecurityGroupEgress"]


# The way in ---------------------------------------------------------------------------------------------------------


def test_the_gateway_takes_10_000_requests_a_second_in_all() -> None:
    (setting,) = properties("gateway", "Live")["MethodSettings"]
    assert (setting["HttpMethod"], setting["ResourcePath"]) == ("*", "/*")
    assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (10_000, 5_000)


def test_everything_calls_the_version_that_was_switched_to() -> None:
    """By its alias; a release is uploaded, migrated, and only then answers."""
    called = [
        method["Properties"]["Integration"]["Uri"]["Fn::Sub"] for _, _, method in of_type("AWS::ApiGateway::Method")
    ]
    called += [target["Arn"]["Fn::Sub"] for target in properties("gateway", "KeepWarm")["Targets"]]
    called += [may["Properties"]["FunctionName"]["Fn::Sub"] for _, _, may in of_type("AWS::Lambda::Permission")]
    assert [re.findall(r"registry-\$\{Stage\}(:live)?", each)[-1] for each in called] == [":live"] * 5


def rules() -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in properties("gateway", "Wall")["Rules"]}


@pytest.mark.parametrize(("rule", "header"), [("each-token", "x-auth-token"), ("each-bearer", "authorization")])
def test_each_user_makes_100_requests_a_second(rule: str, header: str) -> None:
    """Roughly, before they cost anything; the registry itself counts exactly (REGISTRY_CALLS_PER_SECOND)."""
    limit = rules()[rule]["Statement"]["RateBasedStatement"]
    assert limit["Limit"] / limit["EvaluationWindowSec"] == 100
    assert values(limit["CustomKeys"], "Name") == [header]
    assert values(rules()[rule]["Action"], "ResponseCode") == [429]


def test_nobody_comes_in_beside_cloudfront() -> None:
    first = min(properties("gateway", "Wall")["Rules"], key=lambda rule: int(rule["Priority"]))
    asked = first["Statement"]["NotStatement"]["Statement"]["ByteMatchStatement"]
    (origin,) = (each for each in values(template("pages"), "Origins")[0] if each["Id"] == "gateway")
    (said,) = origin["OriginCustomHeaders"]
    assert first["Action"] == {"Block": {}}
    assert asked["FieldToMatch"] == {"SingleHeader": {"Name": said["HeaderName"]}}
    assert asked["SearchString"] == said["HeaderValue"]
    assert properties("gateway", "Api")["DisableExecuteApiEndpoint"] is True


def test_static_files_come_from_their_bucket_and_all_else_from_the_gateway() -> None:
    described = properties("pages", "Distribution")["DistributionConfig"]
    (static,) = described["CacheBehaviors"]
    assert (static["PathPattern"], static["TargetOriginId"]) == ("/static/*", "static")
    assert described["DefaultCacheBehavior"]["TargetOriginId"] == "gateway"
    for behaviour in (static, described["DefaultCacheBehavior"]):
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"


# Who may do what ----------------------------------------------------------------------------------------------------


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


# Watching -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stack", "alarm"), every("AWS::CloudWatch::Alarm"))
def test_every_alarm_tells_somebody_what_to_do(stack: str, alarm: dict[str, Any]) -> None:
    described = alarm["Properties"]
    assert described["AlarmActions"] == [{"Ref": "Alarms"}]
    assert described["AlarmDescription"].endswith((".", "?"))


@pytest.mark.parametrize("name", NAMES)
def test_every_waiver_gives_its_reason(name: str) -> None:
    for resource in template(name)["Resources"].values():
        for waiver in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert set(waiver) == {"id", "comment"}
            assert len(waiver["comment"]) > 10
