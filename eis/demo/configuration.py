"""Settings of a department like the demo, with some of them changed: `department.yml` and `policy.yml` in a folder.

Belongs here: writing what `EIS_CONFIGURATION` names. Does not: raw files (`eis.demo.generate`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from eis.settings import PROJECT

ORIGINAL = PROJECT / "departments" / "demo"
# Replaced as it is, because its keys are names that the original may not keep.
WHOLE = "test_dates"


def configure(folder: Path, department: Mapping[str, Any], policy: Mapping[str, Any]) -> Path:
    """Write the demo department's settings with these changes; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, changes in (("department.yml", department), ("policy.yml", policy)):
        original = yaml.safe_load((ORIGINAL / name).read_text(encoding="utf-8"))
        text = yaml.safe_dump(change(original, changes), sort_keys=False, allow_unicode=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def change(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with what is changed, block by block."""
    merged = dict(settings)
    for name, value in changes.items():
        is_block = isinstance(value, Mapping) and isinstance(settings.get(name), Mapping) and name != WHOLE
        merged[name] = change(settings[name], value) if is_block else value
    return merged
