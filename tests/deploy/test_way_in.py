"""How requests come in, read from the templates: CloudFront, the wall, the gateway and what they call."""

import re
from typing import Any

import pytest

from tests.deploy.templates import of_type, properties, template, values


def test_the_gateway_takes_10_000_requests_a_second_in_all() -> None:
    (setting,) = properties("gateway", "Live")["MethodSettings"]
    assert (setting["HttpMethod"], setting["ResourcePath"]) == ("*", "/*")
    assert (setting["ThrottlingRateLimit"], setting["ThrottlingBurstLimit"]) == (10_000, 5_000)


def test_the_gateway_waits_as_long_as_it_may_and_takes_any_bytes() -> None:
    assert values(template("gateway"), "TimeoutInMillis") == [29_000, 29_000]
    assert properties("gateway", "Api")["BinaryMediaTypes"] == ["*/*"]


def test_the_gateways_log_has_the_id_that_the_registrys_has() -> None:
    assert '"requestId":"$context.requestId"' in properties("gateway", "Live")["AccessLogSetting"]["Format"]


def test_the_wall_stands_before_all_of_the_gateway() -> None:
    assert properties("gateway", "WallOfApi") == {
        "WebACLArn": {"Fn::GetAtt": ["Wall", "Arn"]},
        "ResourceArn": {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Live}"},
    }
    assert properties("gateway", "Wall")["DefaultAction"] == {"Allow": {}}


def test_metrics_are_not_public() -> None:
    rule = rules()["metrics-are-not-public"]
    matched = rule["Statement"]["ByteMatchStatement"]
    assert rule["Action"] == {"Block": {}}
    assert (matched["SearchString"], matched["PositionalConstraint"]) == ("/metrics", "ENDS_WITH")


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


def test_nothing_of_the_gateway_is_cached_and_all_of_a_request_reaches_it() -> None:
    """By the numbers that AWS gave to its own policies."""
    behaviour = properties("pages", "Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behaviour["OriginRequestPolicyId"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"


def test_the_way_in_is_encrypted_from_end_to_end() -> None:
    described = properties("pages", "Distribution")["DistributionConfig"]
    origins = {origin["Id"]: origin for origin in described["Origins"]}
    assert described["Aliases"] == [{"Ref": "Domain"}]
    assert described["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert origins["gateway"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert properties("gateway", "Name")["SecurityPolicy"] == "TLS_1_2"
    assert origins["static"]["OriginAccessControlId"] == {"Ref": "Reader"}
    assert properties("pages", "Reader")["OriginAccessControlConfig"]["SigningBehavior"] == "always"
