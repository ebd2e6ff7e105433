"""The image and the composition, as far as they can be read; there is no engine here to run them."""

import re
from typing import Any

import pytest
import yaml

from deploy.package import PAGES, ROOMS, ROOT

DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_every_room_is_in_the_image_and_in_the_context() -> None:
    copied = set(re.findall(r"^COPY (?!--)(\S+)", DOCKERFILE, re.M))
    assert copied == {*ROOMS, PAGES, "requirements.txt"}
    assert copied & set((ROOT / ".dockerignore").read_text().split()) == set()


def test_the_volume_belongs_to_who_runs_in_the_image() -> None:
    """A volume takes its owner from the directory in the image, and is root's where there is none."""
    (volume,) = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.M)
    (user,) = re.findall(r"^USER (\S+)$", DOCKERFILE, re.M)
    made = DOCKERFILE.index(f"install --directory --owner {user} {volume}")
    assert made < DOCKERFILE.index(f"USER {user}") < DOCKERFILE.index(f"VOLUME {volume}")
    assert f"REGISTRY_DATA_DIR={volume}" in DOCKERFILE


@pytest.mark.parametrize(("service", "command"), [("web", ["serve", "web"]), ("worker", ["serve", "worker"])])
def test_a_part_waits_for_the_tables_and_keeps_its_objects(service: str, command: list[str]) -> None:
    described = COMPOSE["services"][service]
    assert described["command"] == command
    assert described["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert described["volumes"] == ["data:/var/lib/registry/data"]
    assert COMPOSE["services"]["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
