"""What the stack promises, read from its templates. Whether AWS keeps the templates' word can't be tried here."""

import json
import re
from typing import Any

import pytest

from deploy.package import ROOT
from tests.deploy.templates import NAMES, ORDER, every, imported, of_type, properties, statements, template, values


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


def test_buckets_let_in_nobody_but_services_of_this_account() -> None:
    let_in = [
        (policy["Properties"]["Bucket"]["Ref"], said["Principal"]["Service"], said["Action"], said["Resource"])
        for _, _, policy in of_type("AWS::S3::BucketPolicy")
        for said in statements(policy["Properties"])
        if said["Effect"] == "Allow"
        and said["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    ]
    assert let_in == [
        ("Static", "cloudfront.amazonaws.com", "s3:GetObject", [{"Fn::Sub": "${Static.Arn}/*"}]),
        ("Logs", "logging.s3.amazonaws.com", "s3:PutObject", [{"Fn::Sub": "${Logs.Arn}/*"}]),
    ]


def test_a_copy_in_another_region_follows_in_everything() -> None:
    (rule,) = values(properties("storage", "Packages")["ReplicationConfiguration"], "Destination")
    (marks,) = values(properties("storage", "Packages")["ReplicationConfiguration"], "DeleteMarkerReplication")
    assert (rule["Bucket"], marks) == ({"Ref": "RecoveryBucketArn"}, {"Status": "Enabled"})
    (copied,) = values(properties("database", "Plan"), "CopyActions")
    assert [copy["DestinationBackupVaultArn"] for copy in copied] == [{"Ref": "RecoveryVaultArn"}]


def lifecycle(bucket: str) -> dict[str, dict[str, Any]]:
    return {rule["Id"]: rule for rule in properties("storage", bucket)["LifecycleConfiguration"]["Rules"]}


def test_packages_go_to_glacier_after_90_days_and_can_be_read_from_it_at_once() -> None:
    rule = lifecycle("Packages")["packages-to-glacier"]
    assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 90}]
    assert (rule["Status"], set(rule)) == ("Enabled", {"Id", "Status", "Transitions"})


def test_packages_never_expire() -> None:
    expiring = {name: rule.get("Prefix") for name, rule in lifecycle("Packages").items() if "ExpirationInDays" in rule}
    assert expiring == {"staging": "staging/"}


def test_what_was_deleted_can_be_had_back_for_90_days() -> None:
    assert lifecycle("Packages")["former-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


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


def test_queues_refuse_what_is_not_encrypted_on_the_way() -> None:
    policy = properties("queue", "TlsOnly")
    (said,) = statements(policy)
    assert policy["Queues"] == [{"Ref": "Jobs"}, {"Ref": "DeadLetters"}]
    assert (said["Effect"], said["Principal"], said["Action"]) == ("Deny", "*", "sqs:*")
    assert said["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_jobs_become_dead_letters() -> None:
    let_in = properties("queue", "DeadLetters")["RedriveAllowPolicy"]
    assert let_in["redrivePermission"] == "byQueue"
    (source,) = values(let_in["sourceQueueArns"], "Fn::Sub")
    assert source.endswith(":" + properties("queue", "Jobs")["QueueName"]["Fn::Sub"])


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


def test_the_database_lies_where_nobody_gets_out_and_the_poolers_get_in() -> None:
    described = properties("database", "Database")
    assert [imported(group) for group in described["VPCSecurityGroups"]] == ["DatabaseGroup"]
    assert described["DBSubnetGroupName"] == {"Ref": "Subnets"}
    subnets = [imported(subnet) for subnet in properties("database", "Subnets")["SubnetIds"]]
    assert subnets == ["IsolatedSubnetA", "IsolatedSubnetB"]


def test_the_database_leaves_a_snapshot_behind() -> None:
    described = template("database")["Resources"]["Database"]
    assert (described["DeletionPolicy"], described["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")


def test_the_database_takes_tls_alone_and_the_poolers_alone() -> None:
    assert properties("database", "Settings")["Parameters"]["rds.force_ssl"] == "1"
    assert properties("database", "Database")["DBParameterGroupName"] == {"Ref": "Settings"}
    (let_in,) = properties("network", "DatabaseGroup")["SecurityGroupIngress"]
    assert (let_in["FromPort"], let_in["SourceSecurityGroupId"]) == (5432, {"Ref": "PoolerGroup"})


def test_poolers_stand_in_both_zones_behind_one_name() -> None:
    group = properties("pooler", "Group")
    assert [zone["Fn::ImportValue"]["Fn::Sub"][-1] for zone in group["VPCZoneIdentifier"]] == ["A", "B"]
    assert template("pooler")["Parameters"]["Number"]["MinValue"] == 2
    assert group["TargetGroupARNs"] == [{"Ref": "Targets"}]
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
    assert policy["TargetTrackingConfiguration"]["TargetValue"] == {"Ref": "JobsPerWorker"}
    group = properties("workers", "Group")
    assert group["MetricsCollection"][0]["Metrics"] == ["GroupInServiceInstances"]
    assert (group["MinSize"], group["MaxSize"]) == ({"Ref": "Fewest"}, {"Ref": "Most"})


@pytest.mark.parametrize(
    ("stack", "least"), [("workers", 1), ("pooler", {"Ref": "Number"}), ("sandbox", {"Ref": "Number"})]
)
def test_machines_are_replaced_one_at_a_time_while_others_serve(stack: str, least: object) -> None:
    rolling = template(stack)["Resources"]["Group"]["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (rolling["MinInstancesInService"], rolling["MaxBatchSize"]) == (least, 1)


def user_data(stack: str) -> tuple[str, dict[str, str]]:
    """What a machine is told at its start, and its settings with each import as a placeholder of its own name."""
    said = properties(stack, "Template")["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    text: str = said[0]
    for name, value in said[1].items():
        text = text.replace(f"${{{name}}}", f"${{{imported(value)}}}")
    return text, dict(re.findall(r"^ +([A-Z_0-9]+)=(.*)$", text, re.M))


@pytest.mark.parametrize("stack", ["worker", "pooler", "sandbox"])
def test_a_machine_runs_the_unit_of_its_kind(stack: str) -> None:
    text, _ = user_data("workers" if stack == "worker" else stack)
    started = re.findall(r"registry-(\w+)\.service", text)
    assert set(started) - {"logs"} == {stack}
    assert all((ROOT / "deploy" / "systemd" / f"registry-{unit}.service").exists() for unit in started)


def test_workers_and_the_function_are_told_the_same() -> None:
    function = json.loads((ROOT / "zappa_settings.json").read_text())["base"]["aws_environment_variables"]
    _, workers = user_data("workers")
    both = (function.keys() & workers.keys()) - {"REGISTRY_DATA_DIR"}
    assert {name: workers[name] for name in both} == {name: function[name] for name in both}
    assert {"DATABASE_URL", "REGISTRY_SECRETS", "REGISTRY_S3_BUCKET", "REGISTRY_SQS_QUEUE", "REGISTRY_SANDBOX"} <= both


def test_a_sandbox_lives_a_week() -> None:
    assert properties("sandbox", "Group")["MaxInstanceLifetime"] == 7 * 24 * 3600


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
