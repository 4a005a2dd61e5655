"""What `eis doctor` looks at before anybody has to search: one function a question, each answered with a remedy.

Belongs here: checks that change nothing. Does not: mending what they find.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from eis.department import load_department
from eis.errors import EisError
from eis.governance.policy import load_policy
from eis.onboarding.checking import find_faulty_files
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings

PYTHON_NEEDED = (3, 11)
FREE_BYTES_NEEDED = 5 * 2**30
# Packages with compiled parts: installed is not yet proof that they fit this machine.
COMPILED_PACKAGES = ("numpy", "pandas", "pyarrow", "sklearn", "psycopg", "psycopg2")


@dataclass(frozen=True)
class Finding:
    """The answer to one question."""

    question: str
    is_good: bool
    answer: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Ask every question in turn; a fault met on the way is that question's answer."""
    for question, check in CHECKS.items():
        try:
            yield Finding(question, True, check(settings))
        except EisError as error:
            yield Finding(question, False, str(error))


def check_python(_: Settings) -> str:
    """Python is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_NEEDED:
        raise EisError(f"{found} is too old. Install Python {'.'.join(map(str, PYTHON_NEEDED))} or newer.")
    return found


def check_packages(_: Settings) -> str:
    """The environment holds what requirements.lock pins, and the compiled packages load."""
    from packaging.requirements import Requirement

    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.rstrip("\\")) for line in lines if "==" in line and not line.startswith((" ", "#"))]
    wanted = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    if wrong := [str(pin) for pin in wanted if not is_installed(pin.name, str(pin.specifier).removeprefix("=="))]:
        raise EisError(f"Not installed as locked: {', '.join(wrong)}. Run: make clean && make run")
    for name in COMPILED_PACKAGES:
        try:
            import_module(name)
        except ImportError as error:
            raise EisError(f"{name} does not load on this machine: {error}") from error
    return f"{len(wanted)} as locked"


def is_installed(name: str, wanted: str) -> bool:
    """Whether exactly that version of the package is there."""
    try:
        return version(name) == wanted
    except PackageNotFoundError:
        return False


def check_disk(settings: Settings) -> str:
    """There is room for raw files, warehouse and models."""
    home = settings.home.resolve()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < FREE_BYTES_NEEDED:
        raise EisError(f"{free / 2**30:.1f} GB free at {place}; {FREE_BYTES_NEEDED / 2**30:.0f} GB are needed.")
    return f"{free / 2**30:.0f} GB free at {place}"


def check_warehouse(settings: Settings) -> str:
    """The warehouse answers."""
    import psycopg

    warehouse = Warehouse(settings)
    try:
        with psycopg.connect(warehouse.url(), connect_timeout=10) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}, {warehouse.status().address}"
    except psycopg.Error as error:
        raise EisError(
            f"{warehouse.status().address} does not answer: {error}\nStart it: eis warehouse start"
        ) from error


def check_department(settings: Settings) -> str:
    """The department's file is valid."""
    department = load_department(settings)
    return f"{department.title}: {len(department.raw_tables)} raw tables, {len(department.outcomes)} outcomes"


def check_policy(settings: Settings) -> str:
    """The department says who answers for the system, and what it allows."""
    policy = load_policy(settings)
    return f"{policy.owner.name} answers; approval is {policy.approval}, lists of {policy.lists.capacity}"


def check_raw_files(settings: Settings) -> str:
    """Every file that the department names is where a run finds it, with its columns."""
    tables, folder = load_department(settings).raw_tables, settings.raw_files
    if settings.department == "demo" and settings.raw_path is None and not folder.is_dir():
        raise EisError(f"{folder} does not exist. Make it, and all that follows: eis run")
    if faults := list(find_faulty_files(settings, tables)):
        raise EisError("\n".join(faults))
    return f"{len(tables)} files in {folder}"


CHECKS: dict[str, Callable[[Settings], str]] = {
    "Python": check_python,
    "Locked packages": check_packages,
    "Disk space": check_disk,
    "Warehouse": check_warehouse,
    "Department": check_department,
    "Policy": check_policy,
    "Raw files": check_raw_files,
}
