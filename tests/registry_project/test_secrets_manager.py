import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_project.secrets_manager import SecretUnreadable, environment_from
from tests.servers.aws import Aws, aws

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with aws() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_secrets_are_added_up_and_other_names_passed_over(services: Aws) -> None:
    services.secrets = {
        "one": json.dumps({"SECRET_KEY": "k", "PYTHONPATH": "/elsewhere", "DJANGO_DEBUG": "1"}),
        "two": json.dumps({"PGPASSWORD": "p", "username": "registry", "port": 5432}),
    }
    assert environment_from(["one", "two"]) == {"SECRET_KEY": "k", "PGPASSWORD": "p"}


def test_no_secrets_ask_nobody(services: Aws) -> None:
    assert environment_from([]) == {}
    assert services.calls == []


@pytest.mark.parametrize("held", ["not JSON: hunter2", '["hunter2"]', '"hunter2"'])
def test_a_secret_of_another_shape_is_refused_without_showing_it(services: Aws, held: str) -> None:
    services.secrets = {"one": held}
    with pytest.raises(SecretUnreadable) as refused:
        environment_from(["one"])
    assert str(refused.value) == "The secret one must hold a JSON object of texts."


def test_a_secret_that_is_not_there_is_named(services: Aws) -> None:
    with pytest.raises(SecretUnreadable, match=r"^The secret nowhere can't be fetched: "):
        environment_from(["nowhere"])


def settings_with(services: Aws, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What a process says that loads the settings in this environment alone."""
    shown = "from django.conf import settings as s; print(s.SECRET_KEY, s.DATABASES['default']['HOST'])"
    kept = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "registry_project.settings"}
    return subprocess.run(
        [sys.executable, "-c", shown],
        cwd=ROOT,
        env=kept | services.environment | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_settings_come_from_secrets_and_the_environment_goes_first(services: Aws) -> None:
    services.secrets = {
        "one": json.dumps({"SECRET_KEY": "kept", "DATABASE_URL": "postgresql://registry@kept/registry"})
    }
    said = settings_with(services, REGISTRY_SECRETS="one", DATABASE_URL="postgresql://registry@given/registry")
    assert (said.stdout, said.returncode) == ("kept given\n", 0)


def test_settings_say_which_secret_can_not_be_read(services: Aws) -> None:
    said = settings_with(services, REGISTRY_SECRETS="nowhere")
    assert said.returncode != 0
    assert said.stderr.splitlines()[-1].startswith(
        "django.core.exceptions.ImproperlyConfigured: REGISTRY_SECRETS: The secret nowhere can't be fetched: "
    )
