"""Which stages are up to date: a ledger of what each was last completed with, so that a re-run does only what changed.

Belongs here: fingerprints and the ledger. Does not: the stages themselves (`dagster_project`).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

DEFINITION = """
create schema if not exists monitoring;
create table if not exists monitoring.stage_runs (
    stage text primary key,
    fingerprint text not null,
    completed_at timestamptz not null default now()
);
comment on table monitoring.stage_runs is 'What each stage of the line was last completed with. One row per stage.';
comment on column monitoring.stage_runs.stage is 'Stage of the line.';
comment on column monitoring.stage_runs.fingerprint is 'Digest of its inputs and code.';
comment on column monitoring.stage_runs.completed_at is 'When it was completed.';
"""


def hash_files(roots: Iterable[Path]) -> str:
    """Hash of names and contents of all files below the roots; a root may be a file."""
    digest = hashlib.sha256()
    for root in roots:
        files = sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else [root]
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(root.parent)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def hash_values(*values: Any) -> str:
    """Hash of plain data."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class StageLedger:
    """The ledger in the department's warehouse."""

    url: str

    def is_current(self, stage: str, fingerprint: str) -> bool:
        """Whether the stage was last completed with exactly this input and code."""
        with psycopg.connect(self.url) as connection:
            connection.execute(DEFINITION)
            query = "select fingerprint from monitoring.stage_runs where stage = %s"
            return connection.execute(query, (stage,)).fetchone() == (fingerprint,)

    def begin(self, stage: str) -> None:
        """Strike the entry: from now until `complete` the stage is not up to date, whatever happens."""
        with psycopg.connect(self.url) as connection:
            connection.execute(DEFINITION)
            connection.execute("delete from monitoring.stage_runs where stage = %s", (stage,))

    def complete(self, stage: str, fingerprint: str) -> None:
        """Enter that the stage was completed with this input and code."""
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "insert into monitoring.stage_runs (stage, fingerprint) values (%s, %s) on conflict (stage) do update"
                " set fingerprint = excluded.fingerprint, completed_at = now()",
                (stage, fingerprint),
            )

    def raw_fingerprint(self) -> str:
        """Hash of what is loaded in schema `raw`, of what validation left there, and of what of it is expunged."""
        return hash_values(
            self._hash_rows("select table_name, sha256, columns from raw._loads order by table_name"),
            self._hash_rows(
                "select table_name, description, quarantined_count, sample_rows from monitoring.validation_results"
                " where quarantined_count > 0 and (table_name, run_id) in ("
                "  select distinct on (table_name) table_name, run_id from monitoring.validation_results"
                "  where schema_name = 'raw' order by table_name, validated_at desc"
                " ) order by table_name, description"
            ),
            self._hash_rows(
                "select table_name, record_hash from governance.current_marks where mark = 'expunged' order by 1, 2"
            ),
        )

    def scoring_fingerprint(self) -> str:
        """Hash of what is loaded in schema `raw`, and of what `ml/` and the gate have done on it."""
        return hash_values(
            self.raw_fingerprint(),
            self._hash_rows("select outcome, model_id, max(scored_at) from ml.scores group by 1, 2 order by 1, 2"),
            self._hash_rows("select as_of_date, max(audited_at) from ml.proxy_audits group by 1 order by 1"),
            self._hash_rows("select audit_id, max(audited_at) from ml.fairness_audits group by 1 order by 1"),
            self._hash_rows("select experiment_id, max(compared_at) from ml.threshold_comparisons group by 1"),
            self._hash_rows("select max(drawn_up_at) from ml.list_rules"),
            self._hash_rows("select list_kind, max(evaluated_at) from ml.list_effects group by 1 order by 1"),
            self._hash_rows("select outcome, max(selected_at) from ml.selections group by 1 order by 1"),
            self._hash_rows("select max(mark_no) from governance.record_marks"),
            self._hash_rows("select as_of_date, max(measured_at) from ml.feature_drift group by 1 order by 1"),
            self._hash_rows("select model_id, max(scored_at) from ml.shadow_scorings group by 1 order by 1"),
            self._hash_rows("select max(policy_version) from governance.policy"),
            self._hash_rows("select max(list_id) from governance.published_lists"),
            self._hash_rows("select max(list_id), count(*) from governance.withdrawals"),
        )

    def _hash_rows(self, query: LiteralString) -> str:
        with psycopg.connect(self.url) as connection:
            return hash_values(connection.execute(query).fetchall())
