"""The whole line in this process, a line of text for each stage as it happens: what `make run` shows.

Belongs here: running the Dagster job and telling a person about it. Does not: any stage's work, or the summary of the
results (`eis.summary`).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError

from dagster_project.assembly import assemble
from dagster_project.automation import WHOLE_LINE
from dagster_project.line import open_line
from dagster_project.runs import belong_to_job, close_dead_runs, open_instance
from eis.errors import EisError
from eis.progress import reporting_to
from eis.settings import Settings
from ml.errors import ModellingError

STAGES = {
    "demo_raw_files": "Make the demo department's files",
    "governance__policy": "Put the policy in force",
    "raw_tables": "Load raw tables",
    "raw_expectations": "Check raw arrivals",
    "dbt_core": "Build the department model",
    "core_expectations": "Check the department model",
    "dbt_features": "Build features and labels",
    "feature_expectations": "Check features and labels",
    "replays": "Replay deployment: train, predict, evaluate",
    "selection": "Select models by rule",
    "ml__final_models": "Train on everything knowable",
    "scores": "Score the latest cohort, with reasons",
    "shadow": "Score with challengers, in shadow",
    "drift": "Measure how far features have moved",
    "ml__proxy_audits": "Audit features for proxies of race and sex",
    "ml__fairness_audits": "Audit lists for fairness",
    "ml__threshold_comparisons": "Compare with the threshold system",
    "lists": "Draw up today's lists",
    "ml__list_effects": "Follow up earlier lists",
    "ml__reports": "Write model cards and reports",
    "governance__proposed_scores": "Propose scores",
    "score_expectations": "Check proposed scores",
    "dbt_reasons": "Put reasons into words",
    "publication": "Publish what the policy allows",
    "dbt_scores": "Build score and monitoring tables",
    "signals": "Look for open alerts",
    "briefing__command": "Write the briefing for command",
}

# Errors whose words name place and remedy; what caused them says less.
MEANT_FOR_PEOPLE = {EisError.__name__, ModellingError.__name__}


def run_line(settings: Settings, console: Console, job: str = WHOLE_LINE) -> dict[str, float]:
    """Run every stage of a job that is not up to date, for the latest month.

    Returns:
        Stage -> seconds, in the order in which they ran.

    Raises:
        EisError: a stage failed, or another run is under way; what was published before still is.
    """
    line = open_line(settings)
    instance = open_instance(line)
    with (
        line.turn.held(),
        StageDisplay(console) as display,
        reporting_to(display.advance),
        written_to(settings.state / "logs" / "run.log"),
    ):
        try:
            definition = assemble(line, loggers={"console": display.as_logger()}).resolve_job_def(job)
            close_dead_runs(instance, line)
            result = definition.execute_in_process(
                run_config={"loggers": {"console": {}}},
                partition_key=line.department.calendar.last_as_of.isoformat(),
                instance=instance,
                tags=belong_to_job(line),
                raise_on_error=False,
            )
        except Exception as error:
            if line.turn.is_lost():  # Dagster keeps its records there too, and gives up after some seconds
                raise EisError("The warehouse went away during the run. Look at its log, then run again.") from error
            if isinstance(error, OperationalError):  # a full disk, for one
                raise EisError(f"The run cannot be recorded in the warehouse: {error.orig}") from error
            raise
    if not result.success:
        raise EisError(describe_failure(result))
    return display.seconds


@contextmanager
def written_to(log: Path) -> Iterator[None]:
    """What dbt and Dagster print goes to a file; the console is for the stages."""
    log.parent.mkdir(parents=True, exist_ok=True)
    file = log.open("w", encoding="utf-8")
    with redirect_stdout(file), redirect_stderr(file):
        try:
            yield
        finally:
            with suppress(OSError):  # a full disk takes the log's last lines, not the words about it
                file.close()


class StageDisplay:
    """Shows stages as Dagster's events tell of them, a bar for the one under way, and remembers how long each took."""

    def __init__(self, console: Console) -> None:
        """Show on this console."""
        self.console = console
        self.seconds: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("[dim]{task.fields[what]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("Getting ready", total=None, what="")

    def __enter__(self) -> "StageDisplay":
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def advance(self, what: str, done: int, total: int) -> None:
        """Move the bar of the stage under way."""
        self._progress.update(self._task, completed=done, total=total, what=what)

    def as_logger(self) -> dg.LoggerDefinition:
        """The Dagster logger that feeds this display."""
        handler = logging.Handler()
        handler.emit = self._receive  # type: ignore[method-assign]

        @dg.logger
        def stage_logger(_: dg.InitLoggerContext) -> logging.Logger:
            logger = logging.Logger("eis.stages", logging.DEBUG)
            logger.addHandler(handler)
            return logger

        return stage_logger

    def _receive(self, record: logging.LogRecord) -> None:
        event: dg.DagsterEvent | None = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None or event.step_key not in STAGES:
            return
        if event.event_type == dg.DagsterEventType.STEP_START:
            self._started[event.step_key] = time.monotonic()
            self._progress.reset(self._task, total=None, description=STAGES[event.step_key], what="")
        elif event.event_type in (dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE):
            seconds = self.seconds[event.step_key] = time.monotonic() - self._started[event.step_key]
            mark = "[green]done[/]" if event.event_type == dg.DagsterEventType.STEP_SUCCESS else "[red]failed[/]"
            self.console.print(f"{mark} {STAGES[event.step_key]:<55}{seconds:7.1f} s")


def describe_failure(result: dg.ExecuteInProcessResult) -> str:
    """What went wrong, for the operator: the failed checks, and each failed stage's error that says most."""
    lines = []
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                table = ".".join(check.asset_key.path)
                lines.append(f"{table}: {check.check_name} failed: {check.description}")
                lines.append("  Mend what was delivered or, where a rule asks too much, its suite under expectations/.")
        elif event.is_step_failure:
            error = event.step_failure_data.error
            while error and error.cause and error.cls_name not in MEANT_FOR_PEOPLE:
                error = error.cause
            if error and error.cls_name != "DagsterAssetCheckFailedError":
                message = error.message.partition(": ")[2].strip() or "it was interrupted"
                lines.append(f"{STAGES.get(event.step_key or '', event.step_key)}: {message}")
    lines.append("What was published before still is. The run with all its logs: `eis up`, then Runs.")
    return "\n".join(lines)
