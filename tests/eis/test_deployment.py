"""What runs in production, as far as it can be read without a container engine."""

import re
from typing import Any

import pytest
import yaml

from eis.settings import PROJECT

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
FILES = ("compose.yaml", "Containerfile", "dagster_project/dagster.yaml")


@pytest.mark.parametrize("name", FILES)
def test_no_secret_stands_in_a_file(name: str) -> None:
    lines = [line for line in (PROJECT / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert not [line for line in lines if re.search(r"://[^/\s]*:[^/\s]*@|(?i:password|token):\s*['\"]?\w", line)]


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_a_service_is_reached_from_this_machine_only(service: str) -> None:
    ports = COMPOSE["services"][service].get("ports", [])
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("service", ["ui", "daemon"])
def test_the_line_runs_with_no_more_rights_than_it_needs(service: str) -> None:
    settings = COMPOSE["services"][service]
    assert settings["read_only"]
    assert settings["cap_drop"] == ["ALL"]
    assert [volume for volume in settings["volumes"] if volume.endswith(":/raw:ro")]


def test_every_secret_that_a_service_reads_is_a_file_outside_git() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    assert "secrets/" in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "secrets" in (PROJECT / ".containerignore").read_text(encoding="utf-8").splitlines()


def test_the_image_is_nobodys_root() -> None:
    users = re.findall(r"^USER (\S+)$", (PROJECT / "Containerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert users
    assert users[-1] not in ("0", "root")
