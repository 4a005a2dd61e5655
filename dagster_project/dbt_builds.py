"""One dbt build inside a Dagster asset, by the dbt that this process has loaded.

Belongs here: the selection as dbt's arguments, and dbt's events as Dagster's while they happen. Does not: which builds
there are (`defs.warehouse`), or dbt's variables and environment (`eis.transform`).

Dagster's own way, `DbtCliResource`, starts a process for each build, which imports dbt and reads the parsed project
before it does anything: more than a month of features takes (benchmarks/README.md).
"""

import ctypes
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from dagster_project.columns import ColumnReader
from dagster_project.line import Line
from dagster_project.manifest import compiled_folder, target_folder
from eis.transform import DbtHere

# dbt's events that tell of something done.
RESULTS = ("LogModelResult", "LogSeedResult", "LogTestResult")


def stream_build(
    context: dg.AssetExecutionContext,
    line: Line,
    arguments: list[str],
    variables: list[str],
) -> Iterator[Any]:
    """Build what the context selects; Dagster's events of each model and test as it is done.

    Raises:
        EisError: a model or a test failed.
    """
    chosen = get_updated_cli_invocation_params_for_context(context.op_execution_context, {}, DagsterDbtTranslator())
    selection = list(chosen.selection_args)
    if chosen.indirect_selection:
        selection += ["--indirect-selection", chosen.indirect_selection]
    with psycopg.connect(line.url, autocommit=True) as connection:
        columns = ColumnReader(connection, chosen.manifest, compiled_folder(line))
        for message in _listen(DbtHere(line.settings), [*arguments, *selection], variables):
            event = DbtCoreCliEventMessage(raw_event=message, event_history_metadata={})
            for told in event.to_default_asset_events(
                chosen.manifest, chosen.dagster_dbt_translator, context.op_execution_context, target_folder(line)
            ):
                if isinstance(told, dg.Output):
                    made = message["data"]["node_info"]["node_relation"]
                    told = told.with_metadata({**told.metadata, **columns.describe((made["schema"], made["alias"]))})
                yield told


def _listen(dbt: DbtHere, arguments: list[str], variables: list[str]) -> Iterator[dict[str, Any]]:
    """What dbt, in a thread of its own, says of what it has done. When the reader stops, so does dbt."""
    from dbt_common.events.functions import msg_to_dict

    said: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    faults: list[BaseException] = []

    def tell(message: Any) -> None:
        if message.info.name in RESULTS:
            said.put(msg_to_dict(message))

    def work() -> None:
        try:
            dbt.run(arguments, variables, tell)
        except BaseException as fault:
            faults.append(fault)
        finally:
            said.put(None)

    thread = threading.Thread(target=work, name="dbt")
    thread.start()
    try:
        yield from iter(said.get, None)
    except BaseException:
        _interrupt(thread)
        raise
    finally:
        thread.join()
    if faults:
        raise faults[0]


def _interrupt(thread: threading.Thread) -> None:
    """What Ctrl-C is to a dbt of its own: an exception where it waits, an end to the statements it waits for."""
    from dbt.adapters.factory import FACTORY

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))
    for adapter in FACTORY.adapters.values():
        with adapter.connection_named("interrupt"):  # type: ignore[attr-defined]
            list(adapter.cancel_open_connections())  # type: ignore[attr-defined]
