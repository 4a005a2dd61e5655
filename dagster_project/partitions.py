"""The months that assets are partitioned by: the department's as-of dates.

Belongs here: the definition, which months a run was asked for, and telling Dagster of others that it did. Does not:
what an asset does with a month.
"""

import datetime as dt
from collections.abc import Iterable

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id

from eis.department import Department

# Several months that are asked for at once are done by one run, in order.
TOGETHER = dg.BackfillPolicy.single_run()


def define_months(department: Department) -> dg.StaticPartitionsDefinition:
    """One partition an as-of date, and no other: a department may describe its officers every half-year."""
    return dg.StaticPartitionsDefinition([date.isoformat() for date in department.calendar.as_of_dates])


def chosen_months(context: dg.AssetExecutionContext) -> list[dt.date]:
    """The as-of dates that the run was started for, ascending; none where only tables without months were chosen."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return []
    return sorted(map(dt.date.fromisoformat, context.partition_keys))


def tell_months(context: dg.AssetExecutionContext, keys: Iterable[dg.AssetKey], months: Iterable[dt.date]) -> None:
    """Record that a run has built more months than the one it was started for: new facts reach back.

    Dagster's public way is `context.log_event`, one insert an event; this is what it calls, an insert a batch.
    """
    step = context.op_execution_context.get_step_execution_context()
    others = [month for month in months if month not in chosen_months(context)]
    for key in keys:
        batch = generate_event_batch_id()
        for done, month in enumerate(others, start=1):
            built = dg.AssetMaterialization(key, partition=month.isoformat())
            DagsterEvent.asset_materialization(step, built, DagsterEventBatchMetadata(batch, done == len(others)))
