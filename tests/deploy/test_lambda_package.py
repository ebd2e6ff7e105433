"""The Lambda package, unpacked and invoked; `make package` builds it. Its secrets come from Secrets Manager, its jobs go
to SQS, its objects lie on a server that speaks S3, and its database is a real one."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import psycopg
import pytest
from django.conf import settings

from deploy.package import LEFT_OUT, ROOT, UNZIPPED_LIMIT, ZIP, ZIPPED_LIMIT, filled
from tests.deploy.lambda_function import REQUEST_ID, LambdaFunction, unpack
from tests.deploy.templates import made_secret, of_type
from tests.factories.archives import model_package
from tests.registry_project.stack.running import eventually
from tests.servers.aws import Aws, aws
from tests.servers.s3 import s3_server

PASSWORD = "correct horse battery staple"
OUTPUTS = json.loads((ROOT / "deploy" / "example-outputs.json").read_text())
JOBS = OUTPUTS["QueueName"]
LAMBDA_GLIBC = (2, 26)

pytestmark = [
    pytest.mark.skipif(not ZIP.exists(), reason="there is no package; `make package` builds it"),
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the package is for Lambda's Python 3.11"),
]


@dataclass
class Deployed:
    function: LambdaFunction
    services: Aws
    place: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty database of the tests' server."""
    server = settings.DATABASES["default"]
    name = f"lambda_{uuid4().hex[:12]}"
    reach = {"host": server["HOST"], "port": server["PORT"], "user": server["USER"], "dbname": "postgres"}
    with psycopg.connect(**reach, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"postgresql://{server['USER']}@/{name}?host={server['HOST']}&port={server['PORT']}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def stated_environment() -> dict[str, str]:
    """What zappa sets for the function itself, beside what it packs."""
    settings = json.loads(filled((ROOT / "zappa_settings.json").read_text(), OUTPUTS))
    stated: dict[str, str] = settings["base"]["aws_environment_variables"]
    return stated


@pytest.fixture(scope="module")
def deployed(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The function as the stack would run it, migrated, with one administrator."""
    place = tmp_path_factory.mktemp("task")
    unpack(ZIP, place)
    with aws() as services, s3_server(tmp_path_factory.mktemp("s3") / "served") as storage:
        services.secrets = {
            OUTPUTS[f"{name}SecretArn"]: json.dumps(made_secret(name))
            for name in ("Application", "Database", "Sandbox")
        }
        services.queues[JOBS] = []
        environment = (
            stated_environment()
            | services.environment
            | storage.environment
            | {
                "DATABASE_URL": database,
                "REGISTRY_DATA_DIR": str(tmp_path_factory.mktemp("tmp")),
                "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            }
        )
        with LambdaFunction(place, environment) as function:
            function.invoke({"manage": "migrate --verbosity 0"})
            function.invoke({"manage": "createsuperuser --no-input --username admin"})
            yield Deployed(function, services, place, environment)


def token(function: LambdaFunction) -> str:
    answer = function.post("/authenticate", {"username": "admin", "password": PASSWORD})
    assert answer.status == 200, answer.body
    return str(answer.json()["token"])


def test_package_is_within_lambdas_limits() -> None:
    with ZipFile(ZIP) as archive:
        unzipped = sum(member.file_size for member in archive.infolist())
    assert ZIP.stat().st_size < 0.9 * ZIPPED_LIMIT
    assert unzipped < 0.9 * UNZIPPED_LIMIT


def test_package_leaves_out_what_lambda_has_no_use_for() -> None:
    with ZipFile(ZIP) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert (
        tops & ({name.replace("-", "_") for name in LEFT_OUT} | {"tests", "demo", "bench", "var", ".git", "pytest"})
        == set()
    )


def test_libraries_need_no_newer_system_than_lambdas() -> None:
    with ZipFile(ZIP) as archive:
        libraries = [name for name in archive.namelist() if re.search(r"\.so(\.|$)", name)]
        wanted = {
            (name, int(minor))
            for name in libraries
            for minor in re.findall(rb"GLIBC_2\.(\d+)", archive.read(name))
            if (2, int(minor)) > LAMBDA_GLIBC
        }
    assert libraries
    assert wanted == set()


def test_health_says_which_component_is_missing(deployed: Deployed) -> None:
    answer = deployed.function.request("GET", "/health", Accept="application/json")
    assert (answer.status, answer.json()["components"]) == (
        503,
        {
            "database": "healthy",
            "storage": "healthy",
            "queue": "unhealthy: no worker has been heard of for 30 seconds",
        },
    )


def test_liveness_touches_nothing(deployed: Deployed) -> None:
    assert deployed.function.request("GET", "/health/live").json() == {"status": "alive"}


def test_sign_in_gives_a_token_that_is_good_for_search(deployed: Deployed) -> None:
    search = deployed.function.post("/packages", {"name": "bert"}, X_Auth_Token=token(deployed.function))
    assert (search.status, search.json()["packages"], search.json()["total"]) == (200, [], 0)
    assert search.headers["x-calls-remaining"] == "999"


def test_requests_go_by_the_gateways_id(deployed: Deployed) -> None:
    answer = deployed.function.request("GET", "/user/me", X_Request_ID="of the caller's own")
    assert answer.headers["x-request-id"] == REQUEST_ID


def test_requests_are_seen_in_the_last_hour_before_the_function_sleeps(deployed: Deployed) -> None:
    credential = token(deployed.function)

    def counted() -> int:
        answer = deployed.function.request("GET", "/stats", Accept="application/json", X_Auth_Token=credential)
        return int(answer.json()["last_hour"]["requests"])

    assert eventually(lambda: counted() > 0)


def test_search_without_a_token_is_refused(deployed: Deployed) -> None:
    answer = deployed.function.post("/packages", {})
    assert (answer.status, answer.json()["code"]) == (401, "not_authenticated")


def test_pages_redirect_within_the_domain(deployed: Deployed) -> None:
    answer = deployed.function.request("GET", "/admin/")
    assert (answer.status, answer.headers["location"]) == (302, "/admin/login/?next=/admin/")


def test_the_gateways_own_name_is_not_answered(deployed: Deployed) -> None:
    host = "abcdefghij.execute-api.eu-central-1.amazonaws.com"
    assert deployed.function.request("GET", "/admin/", host=host).status == 400


def test_pages_come_from_the_package(deployed: Deployed) -> None:
    answer = deployed.function.request("GET", "/login", Accept="text/html")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    (script,) = re.findall(rb'src="(/static/web/[^"]+\.js)"', answer.body)
    assert deployed.function.request("GET", script.decode()).status == 200


def test_styles_come_from_the_package(deployed: Deployed) -> None:
    answer = deployed.function.request("GET", "/static/rest_framework/css/default.css")
    assert (answer.status, answer.headers["content-type"]) == (200, 'text/css; charset="utf-8"')


@pytest.mark.parametrize("size", [4 * 1024**2 + 1, 6 * 1024**2])
def test_a_body_too_large_is_refused(deployed: Deployed, size: int) -> None:
    answer = deployed.function.post("/packages", {"name": "x" * size}, X_Auth_Token=token(deployed.function))
    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "The body is too large: without files it may have at most 4,194,304 bytes."


def upload(function: LambdaFunction, package: bytes, credential: str) -> tuple[int, dict[str, str]]:
    boundary = uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="package.zip"\r\n\r\n'
    body = io.BytesIO(head.encode() + package + f"\r\n--{boundary}--\r\n".encode()).getvalue()
    kind = f"multipart/form-data; boundary={boundary}"
    answer = function.request("POST", "/package", body=body, Content_Type=kind, X_Auth_Token=credential)
    return answer.status, answer.json()


def test_an_upload_too_large_for_lambda_is_refused(deployed: Deployed) -> None:
    status, answer = upload(deployed.function, bytes(4 * 1024**2), token(deployed.function))
    assert (status, answer["code"]) == (413, "too_large")


def test_a_job_is_queued_and_ends_when_its_message_comes_to_the_dead_letters(deployed: Deployed) -> None:
    function, credential = deployed.function, token(deployed.function)
    status, accepted = upload(function, model_package("lambda/model", "1.0.0"), credential)
    assert status == 200, accepted
    (message,) = deployed.services.queues[JOBS]
    record = {"messageId": "1", "body": message, "eventSource": "aws:sqs", "eventSourceARN": OUTPUTS["DeadLetterArn"]}
    for delivery in (record, record, record | {"body": "not one of ours"}):
        function.invoke({"Records": [delivery]})
    job = function.request(
        "GET", f"/job/{accepted['job_id']}", Accept="application/json", X_Auth_Token=credential
    ).json()
    assert (job["status"], job["error"]["code"]) == ("failed", "internal")
    deployed.services.queues[JOBS].clear()


def test_a_job_of_the_function_is_done_by_a_worker_elsewhere(deployed: Deployed, tmp_path: Path) -> None:
    """A worker as it runs on EC2: another process, that shares with the function what AWS keeps and nothing else."""
    function, credential = deployed.function, token(deployed.function)
    status, accepted = upload(function, model_package("lambda/worked", "1.0.0"), credential)
    assert status == 200, accepted
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "worker"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]}
        | deployed.environment
        | {"REGISTRY_DATA_DIR": str(tmp_path), "REGISTRY_WORKERS": "1"},
    )
    try:
        job = ended(function, accepted["job_id"], credential)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    assert (job["status"], job["error"]) == ("succeeded", None)
    assert (deployed.services.queues[JOBS], deployed.services.taken) == ([], {})
    search = function.post("/packages", {"name": "worked"}, X_Auth_Token=credential).json()
    assert [found["name"] for found in search["packages"]] == ["lambda/worked"]


def ended(function: LambdaFunction, job_id: str, credential: str) -> dict[str, Any]:
    """The job once it is over, or as it stands after a minute."""
    deadline = time.monotonic() + 60
    while True:
        job: dict[str, Any] = function.request(
            "GET", f"/job/{job_id}", Accept="application/json", X_Auth_Token=credential
        ).json()
        if job["status"] not in {"queued", "running"} or time.monotonic() > deadline:
            return job
        time.sleep(0.2)


def scheduled(function: str) -> dict[str, object]:
    rule = f"arn:aws:events:eu-central-1:123456789012:rule/registry-production-{function}"
    return {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [rule], "detail": {}}


def test_the_event_of_every_minute_sends_what_waits(deployed: Deployed) -> None:
    services = deployed.services
    services.away.add("SendMessageBatch")
    deployed.function.invoke(scheduled("registry_project.lambda_events.tidy"))
    assert services.queues[JOBS] == []
    services.away.clear()
    deployed.function.invoke(scheduled("registry_project.lambda_events.forward"))
    assert len(services.queues[JOBS]) == 1
    services.queues[JOBS].clear()


def test_the_hourly_event_has_a_worker_tidy(deployed: Deployed) -> None:
    deployed.function.invoke(scheduled("registry_project.lambda_events.tidy"))
    deployed.function.invoke(scheduled("registry_project.lambda_events.forward"))  # where the queue was away before
    assert len(deployed.services.queues[JOBS]) == 1
    deployed.services.queues[JOBS].clear()


def test_keeping_warm_does_nothing(deployed: Deployed) -> None:
    calls = len(deployed.services.calls)
    (rule,) = (rule["Properties"] for _, _, rule in of_type("AWS::Events::Rule"))
    name = rule["Name"]["Fn::Sub"].removeprefix("registry-${Stage}-")
    assert deployed.function.invoke(scheduled(name)) is None
    assert len(deployed.services.calls) == calls


def test_nothing_is_written_beside_the_code(deployed: Deployed) -> None:
    """Lambda's disk is read-only but for /tmp."""
    with ZipFile(ZIP) as archive:
        packed = {name for name in archive.namelist() if not name.endswith("/")}
    assert {
        path.relative_to(deployed.place).as_posix() for path in deployed.place.rglob("*") if path.is_file()
    } == packed
