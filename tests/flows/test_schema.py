"""Requests made up from our own schema, good and bad: every answer is one it describes, and none is a fault of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.factories.archives import model_package
from tests.flows.conftest import Registry, start_registry, stop_registry

#: No text of ours may hold a NUL, which a schema has no short way to say.
CONFIG = SchemathesisConfig.from_dict({"generation": {"allow-x00": False}})
SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True), config=CONFIG)  # type: ignore[no-untyped-call]
#: All but the reset, after which nobody could sign in.
OPERATIONS = [found.ok() for found in SCHEMA.exclude(path="/reset").get_all_operations()]  # type: ignore[union-attr]
#: The one check left out. A schema tells shapes; weak passwords and files that are no archives are refused all the same.
REFUSED_FOR_SENSE = positive_data_acceptance
BOUNDED = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry of its own: what is made up may well delete or lock somebody."""
    running = start_registry(
        tmp_path_factory.mktemp("fuzzed"),
        REGISTRY_CALLS_PER_SECOND="0",
        REGISTRY_TOKEN_CALLS="1000000",
        REGISTRY_SIGN_IN_FAILURES="1000000",
    )
    yield running
    stop_registry(running)


@pytest.fixture(scope="module")
def ids(fuzzed: Registry) -> dict[str, str]:
    """What there is, so that not every made-up identifier leads nowhere."""
    admin = fuzzed.admin
    package_id = admin.publish(model_package("org/fuzzed", "1.0.0"))
    body = {"username": "somebody", "password": "a long enough passphrase"}
    user_id = admin.post("/user/register", json=body).json()["user_id"]
    job = admin.upload(model_package("org/fuzzed", "2.0.0")).json()["job_id"]
    return {"package_id": package_id, "user_id": user_id, "job_id": job}


@pytest.fixture
def token(fuzzed: Registry) -> str:
    return fuzzed.admin.token


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_answers_are_as_described(
    operation: Any, mode: GenerationMode, fuzzed: Registry, ids: dict[str, str], token: str
) -> None:
    if not has_input(operation) and mode is GenerationMode.NEGATIVE:
        return

    @given(case=operation.as_strategy(generation_mode=mode))
    @BOUNDED
    def check(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and case.method != "DELETE":
            case.path_parameters |= {name: ids[name] for name in set(case.path_parameters) & set(ids)}
        headers = {"X-Auth-Token": token, "Accept": "application/json"}
        case.call_and_validate(base_url=fuzzed.url, headers=headers, excluded_checks=[REFUSED_FOR_SENSE], timeout=10)

    check()


def has_input(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)
