"""Great Expectations as blocking asset checks: nothing downstream runs on a table that failed a critical rule.

Belongs here: a check for each table that has a suite under expectations/. Does not: the rules (expectations/), or keys
and relationships, which dbt tests own.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_project.line import Line
from dagster_project.outages import surviving_outages
from eis.department import Department
from eis.progress import report
from eis.settings import PROJECT
from eis.validation import RuleResult, Suite, TableValidation, load_suites, validate

CHECK = "expectations"


def define_gates(department: Department) -> list[dg.AssetChecksDefinition]:
    """The gates of the line: raw arrivals; core tables; what is learnt from; what is to be published."""
    core = [
        suite
        for suite in load_suites(PROJECT / "expectations" / "core")
        if suite.schema_name != "core" or suite.table_name in department.supplied_tables
    ]
    raw = load_suites(PROJECT / "expectations" / department.name)
    return [
        _define_gate("raw_expectations", raw),
        _define_gate("core_expectations", [suite for suite in core if suite.schema_name == "core"]),
        _define_gate("feature_expectations", [suite for suite in core if suite.schema_name in ("features", "labels")]),
        _define_gate("score_expectations", [suite for suite in core if suite.schema_name == "governance"]),
    ]


def _define_gate(name: str, suites: Sequence[Suite]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(CHECK, asset=suite.table.split("."), blocking=True, description="Great Expectations suite.")
        for suite in suites
    ]

    @dg.multi_asset_check(name=name, specs=specs, can_subset=True)
    def gate(context: dg.AssetCheckExecutionContext, line: dg.ResourceParam[Line]) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
        chosen = [suite for suite in suites if suite.table.replace(".", "/") in wanted]
        shares = {table: raw.quarantine_max_share for table, raw in line.department.raw_tables.items()}
        with surviving_outages(context, line):
            for done, result in enumerate(validate(line.url, chosen, line.settings.state, shares), start=1):
                report(result.table, done, len(chosen))
                yield _as_check_result(result)

    return gate


def _as_check_result(result: TableValidation) -> dg.AssetCheckResult:
    failed = result.critical_failures or result.warnings
    return dg.AssetCheckResult(
        check_name=CHECK,
        asset_key=result.table.split("."),
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN if result.passed else dg.AssetCheckSeverity.ERROR,
        description="; ".join(map(_describe, failed)) or "Every rule is met.",
        metadata={
            "rules": len(result.results),
            "critical_failures": len(result.critical_failures),
            "warnings": len(result.warnings),
            "quarantined_rows": result.quarantined,
            "was_run": result.was_run,
        },
    )


def _describe(rule: RuleResult) -> str:
    """The rule, how many rows break it, and where some of them stand: in a raw table, the lines of its file."""
    parts = [f"{rule.unexpected_count:,} of {rule.element_count:,} rows break it"] if rule.unexpected_count else []
    parts += [f"such as line {', '.join(map(str, rule.sample_rows))}"] if rule.sample_rows else []
    return f"{rule.description} ({', '.join(parts)})" if parts else rule.description
