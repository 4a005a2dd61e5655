"""A slice of Chicago's published files: some officers, chosen by their identifier, with all that belongs to them."""

import hashlib
from pathlib import Path

import pandas as pd

from eis.department import Department


def write_slice(files: Path, folder: Path, department: Department, one_in: int) -> None:
    """Copies of the files that the department loads, with the rows of one officer in so many."""
    tables = {name: read(files / table.file) for name, table in department.raw_tables.items()}
    officers = {uid for uid in number(tables["profiles"]["UID"]).unique() if is_chosen(uid, one_in)}
    complaints = keys_of(tables["accused"], "cr_id", officers)
    force_reports = keys_of(tables["trr_officers"], "trr_id", officers)
    folder.mkdir(parents=True)
    for name, table in tables.items():
        if "cr_id" in table:
            table = table[number(table["cr_id"]).isin(complaints)]
        if "trr_id" in table:
            table = table[number(table["trr_id"]).isin(force_reports)]
        if "UID" in table and name != "trr_statuses":  # there it is the reviewer
            table = table[number(table["UID"]).isin(officers)]
        table.to_csv(folder / department.raw_tables[name].file, index=False)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def number(identifiers: pd.Series) -> pd.Series:
    """Identifiers as all files write them: some have a fraction of zero, and older complaints a letter in front."""
    return identifiers.str.removesuffix(".0").str.removeprefix("C")


def keys_of(table: pd.DataFrame, key: str, officers: set[str]) -> set[str]:
    return set(number(table.loc[number(table["UID"]).isin(officers), key]))


def is_chosen(uid: str, one_in: int) -> bool:
    return int(hashlib.sha256(uid.encode()).hexdigest(), 16) % one_in == 0
