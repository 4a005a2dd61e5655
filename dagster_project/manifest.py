"""The dbt project as Dagster sees it: its manifest, parsed anew only when the project or the department changed.

Belongs here: the manifest. Does not: building models (`defs.warehouse`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_project.line import Line
from eis.transform import DbtHere


def target_folder(line: Line) -> Path:
    """Where dbt keeps what it compiled for this department."""
    return line.settings.state / "target"


def compiled_folder(line: Line) -> Path:
    """Where the SQL of each model is, as it was last run."""
    return target_folder(line) / "compiled"


def load_manifest(line: Line) -> Mapping[str, Any]:
    """The parsed dbt project.

    Raises:
        EisError: dbt cannot parse it; its own words follow.
    """
    manifest, stamp = target_folder(line) / "manifest.json", target_folder(line) / "parsed.sha256"
    if not manifest.exists() or not stamp.exists() or stamp.read_text(encoding="utf-8") != line.project_fingerprint:
        stamp.unlink(missing_ok=True)
        DbtHere(line.settings).parse()
        stamp.write_text(line.project_fingerprint, encoding="utf-8")
    parsed: Mapping[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return parsed
