"""A look-alike's upload over HTTP: found by the worker, decided by an administrator, and all of it in the audit trail."""

import os
import subprocess
import sys
import time

from tests.factories.archives import model_package
from tests.flows.conftest import ROOT, Registry


def test_lookalike_is_found_decided_and_recorded(registry: Registry, name: str) -> None:
    admin, uploader = registry.admin, registry.user("upload", "search")
    original = admin.publish(model_package(name, "1.0.0"))
    owner, base = name.split("/")
    newcomer = uploader.publish(model_package(f"{owner}/{base.replace('model', 'mode1')}", "1.0.0"))

    every = admin.get(f"/package/{newcomer}/audit").json()["findings"]
    found = [one for one in every if one["lookalike_id"] == original]  # other tests' packages have the same weights
    assert [(one["pattern"], one["severity"], one["lookalike_id"], one["state"]) for one in found] == [
        ("homoglyph", "high", original, "open")
    ]
    newer = [one["lookalike_id"] for one in admin.get(f"/package/{original}/audit").json()["findings"]]
    assert newcomer not in newer
    assert "looks_like_another" in uploader.get(f"/package/{newcomer}/metadata").json()["flags"]
    assert uploader.put(f"/audits/{found[0]['id']}", json={"decision": "confirmed"}).status_code == 403
    decided = admin.put(f"/audits/{found[0]['id']}", json={"decision": "dismissed", "note": "a test"})
    assert (decided.status_code, decided.json()["state"], decided.json()["decided_by"]) == (200, "dismissed", "admin")
    still_open = admin.get(f"/package/{newcomer}/audit", params={"state": "open"}).json()["findings"]
    assert found[0]["id"] not in [one["id"] for one in still_open]

    time.sleep(7)  # the worker links what was written every five seconds
    environment = os.environ | {"REGISTRY_DATA_DIR": str(registry.data_dir)}
    verified, exported = (
        subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for command in ("verify_audit", "export_audit")
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    about = [line for line in exported.stdout.splitlines() if f'"package {newcomer}"' in line]
    assert [line.split('"action":"')[1].split('"')[0] for line in about] == [
        "package_uploaded",
        "job_ended",
        "finding_decided",
    ]
