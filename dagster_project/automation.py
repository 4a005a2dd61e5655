"""What runs, and when: jobs, the monthly schedule, and sensors.

Belongs here: selections of assets with a name, and what starts them. Does not: assets (`defs`), or how a run is held to
be the only one (`runs`).
"""

import datetime as dt
import json
from dataclasses import asdict
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagster_project.defs.modeling import SCORED
from dagster_project.line import Line
from dagster_project.runs import close_dead_runs
from eis.arrivals import Sight, look, read_loads
from eis.department import Department

WHOLE_LINE, LOAD, SCORE, BACKTEST, RETRAIN = (
    "whole_line",
    "load_and_validate",
    "score_month",
    "backtest",
    "retrain",
)

UNDER_WAY = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])

LEARNING = dg.AssetSelection.groups("modeling") - dg.AssetSelection.assets(*(["ml", table] for table in SCORED))
# Of replays and features, not of the month's scores.
AUDITS = dg.AssetSelection.assets(
    *(["ml", table] for table in ("proxy_audits", "fairness_audits", "threshold_comparisons"))
)


def define_jobs() -> list[UnresolvedAssetJobDefinition]:
    """The jobs that an operator starts; each has the checks of its assets with it."""
    everything = dg.AssetSelection.all()
    trained = dg.AssetSelection.assets(["ml", "final_models"])
    return [
        dg.define_asset_job(WHOLE_LINE, everything, description="From raw file to published score, learning included."),
        dg.define_asset_job(
            LOAD,
            dg.AssetSelection.groups("raw", "staging", "core"),
            description="Delivered files into the department model, checked. Nothing is published.",
        ),
        dg.define_asset_job(
            SCORE,
            everything - LEARNING - AUDITS,
            description="A month, from delivered files to published list, by the models in force. Trains nothing.",
        ),
        dg.define_asset_job(
            BACKTEST,
            (LEARNING - trained) | AUDITS | dg.AssetSelection.groups("monitoring"),
            description="Replay deployment, select by rule, show it in the monitoring tables. Changes no score.",
        ),
        dg.define_asset_job(
            RETRAIN,
            trained,
            description="After job backtest: train what it selected on all that is knowable. Scores nothing.",
        ),
    ]


def define_schedules(department: Department) -> list[dg.ScheduleDefinition]:
    """Monthly scoring, on if the department says when."""
    operations = department.operations

    @dg.schedule(
        name="monthly_scoring",
        job_name=SCORE,
        cron_schedule=operations.score_on or "0 6 2 * *",
        execution_timezone=department.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if operations.score_on else dg.DefaultScheduleStatus.STOPPED,
        description="The month that has begun, once; off unless department.yml says when.",
    )
    def monthly_scoring(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        month = begin_of_month(context.scheduled_execution_time, department.timezone)
        if month not in department.calendar.as_of_dates:
            last = department.calendar.last_as_of
            return dg.SkipReason(f"{month} is no as-of date: the calendar of department.yml ends at {last}.")
        return dg.RunRequest(run_key=month.isoformat(), partition_key=month.isoformat())

    return [monthly_scoring]


def define_sensors(line: Line) -> list[dg.SensorDefinition]:
    """New deliveries are loaded and checked; runs whose process is gone are closed."""
    department = line.department
    is_watched = department.operations.watch_files

    @dg.sensor(
        job_name=LOAD,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING if is_watched else dg.DefaultSensorStatus.STOPPED,
        description="Loads and checks delivered files that are whole and new; on if department.yml says so.",
    )
    def new_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        last = {name: Sight(**sight) for name, sight in json.loads(context.cursor or "{}").items()}
        found = look(line.settings.raw_files, department.raw_tables, last)
        cursor = json.dumps({name: asdict(sight) for name, sight in found.sights.items()})
        if found.missing:
            return dg.SensorResult(skip_reason="\n".join(found.missing.values()), cursor=cursor)
        if found.unfinished:
            return dg.SensorResult(skip_reason=f"May still be coming: {', '.join(found.unfinished)}", cursor=cursor)
        if context.instance.get_runs_count(UNDER_WAY):  # it may be loading, table by table, what is new here
            return dg.SensorResult(skip_reason="A run is under way: what is new is seen after it.", cursor=cursor)
        loads = read_loads(line.url)
        new = found.list_new(loads)
        if not new:
            return dg.SensorResult(skip_reason="Every file is loaded.", cursor=cursor)
        request = dg.RunRequest(run_key=found.identify(loads), tags={"eis/new_files": ", ".join(new)})
        return dg.SensorResult(run_requests=[request], cursor=cursor)

    @dg.sensor(
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Closes the records of runs that were killed, so that they do not keep the next one waiting.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        closed = close_dead_runs(context.instance, line)
        return dg.SkipReason(f"Closed: {', '.join(closed)}" if closed else "Every run under way lives.")

    return [new_files, dead_runs]


def begin_of_month(instant: dt.datetime, timezone: str) -> dt.date:
    """First day of the month that it then was where the department is."""
    return instant.astimezone(ZoneInfo(timezone)).date().replace(day=1)
