"""Apache Superset, prepared and started: what `eis bi` does.

Belongs here: Superset's environment, folder and secrets, and bringing the dashboards in. Does not: what they show, or
any of Superset's settings (`bi/superset/superset_config.py`).

Superset lives in an environment of its own, `.venv-bi`, and is talked to as a program: nothing of it is imported here.
"""

import os
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eis.bi.assets import COLOURS, write_assets
from eis.bi.declarations import load_dashboards
from eis.department import load_department
from eis.errors import EisError
from eis.governance.policy import load_policy
from eis.postgres import Warehouse
from eis.settings import PROJECT, Settings
from eis.stages import hash_files, hash_values

PROGRAMS = PROJECT / ".venv-bi" / "bin"
CONFIGURATION = PROJECT / "bi" / "superset"
THREADS = 8  # one process: passwords of sessions are in its memory


@dataclass(frozen=True)
class Superset:
    """The Superset of one department."""

    settings: Settings

    @property
    def state(self) -> Path:
        """Superset's records and secrets, readable by their owner alone."""
        return self.settings.state / "superset"

    @property
    def administrator_password_file(self) -> Path:
        """The password of Superset's own administrator."""
        return self.state / "admin.password"

    def prepare(self, manifest: Mapping[str, Any]) -> None:
        """Bring dashboards, roles and administrator to what the project says; nothing happens where they are.

        Raises:
            EisError: Superset is not installed, or refuses what it is given; its log is named.
        """
        if not (PROGRAMS / "superset").exists():
            raise EisError("Apache Superset is not installed. Run: make bi")
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_secret(self.state / "secret_key")
        keep_secret(self.administrator_password_file)
        assets, stamp = self.state / "assets", self.state / "prepared.sha256"
        outcomes = [outcome.name for outcome in load_department(self.settings).outcomes]
        write_assets(assets, load_dashboards(), manifest, load_policy(self.settings), outcomes)
        wanted = hash_values(hash_files([assets, CONFIGURATION]))
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        log = self.state / "prepare.log"
        with log.open("w", encoding="utf-8") as file:
            done = subprocess.run(
                [PROGRAMS / "python", CONFIGURATION / "prepare.py", assets],
                env=self.environment(), stdout=file, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        if done.returncode:
            raise EisError(f"Superset could not be prepared. Its log: {log}")
        stamp.write_text(wanted, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What superset_config.py and eis_login.py read, beside this process's own environment."""
        return os.environ | {
            "SUPERSET_CONFIG_PATH": str(CONFIGURATION / "superset_config.py"),
            "PYTHONPATH": str(CONFIGURATION),
            "EIS_BI_COLOURS": " ".join(COLOURS),
            "EIS_BI_STATE": str(self.state),
            "EIS_BI_URL": find_bi_url(self.settings),
            "EIS_BI_ADMIN_PASSWORD": self.administrator_password_file.read_text(),
        }

    def serve_command(self, host: str, port: int) -> list[str]:
        """The server that people's browsers talk to."""
        return [
            str(PROGRAMS / "gunicorn"),
            *("--bind", f"{host}:{port}", "--workers", "1", "--threads", str(THREADS), "--timeout", "120"),
            "--no-control-socket",
            "superset.app:create_app()",
        ]


def find_bi_url(settings: Settings) -> str:
    """The login that a BI tool shares, with its password.

    Raises:
        EisError: the server is not ours, and nobody has said how its BI login connects.
    """
    if settings.bi_url:
        return settings.bi_url.get_secret_value()
    warehouse = Warehouse(settings)
    if warehouse.external:
        raise EisError(
            f"The BI login of {warehouse.external.address} is its administrator's to give: put its connection, like "
            "postgresql://eis_bi:password@host:5432/database, in EIS_BI_URL."
        )
    return warehouse.bi_url(with_password=True)


def keep_secret(path: Path) -> None:
    """Make up a secret where there is none."""
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(42))
