"""One dbt build inside a Dagster asset, by the dbt that this process has loaded.

Belongs here: the selection as dbt's arguments, and dbt's events as Dagster's while they happen. Does not: which builds
there are (`defs.warehouse`), or dbt's variables and environment (`eis.transform`).

Dagster's own way, `DbtCliResource`, starts a process for each build, which imports dbt and reads the parsed project
before it does anything: more than a month of features takes (benchmarks/README.md).
"""

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from dagster_project.line import Line
from dagster_project.manifest import target_folder
from eis.transform import DbtHere

# dbt's events that tell of something done.
RESULTS = ("LogModelResult", "LogSeedResult", "LogTestResult")


class Interrupted(BaseException):
    """Nobody waits for the build any more: raised at whatever dbt says next, it ends dbt."""


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
    for message in _listen(DbtHere(line.settings), [*arguments, *selection], variables):
        event = DbtCoreCliEventMessage(raw_event=message, event_history_metadata={})
        yield from event.to_default_asset_events(
            chosen.manifest, chosen.dagster_dbt_translator, context.op_execution_context, target_folder(line)
        )


def _listen(dbt: DbtHere, arguments: list[str], variables: list[str]) -> Iterator[dict[str, Any]]:
    """What dbt, in a thread of its own, says of what it has done. When the reader stops, so does dbt."""
    from dbt_common.events.functions import msg_to_dict

    said: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    faults: list[BaseException] = []
    is_over = threading.Event()

    def tell(message: Any) -> None:
        if is_over.is_set():
            raise Interrupted
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
    finally:
        is_over.set()
        if thread.is_alive():
            _cancel_statements()
        thread.join()
    if faults:
        raise faults[0]


def _cancel_statements() -> None:
    """End what the warehouse is doing for dbt."""
    from dbt.adapters.factory import FACTORY

    for adapter in FACTORY.adapters.values():
        adapter.cancel_open_connections()  # type: ignore[attr-defined]
