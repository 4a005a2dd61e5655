"""What a run ends with: how long it took, what it found, and where to look.

Belongs here: reading a few figures from the warehouse and laying them out. Does not: computing any.
"""

import psycopg
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from eis.department import Department
from eis.governance.alerts import list_alerts
from eis.governance.commands import describe_refusals, lists_table
from eis.governance.publication import list_status
from eis.postgres import Warehouse
from eis.settings import Settings

EXTENT = """
select min(as_of_date), max(as_of_date), count(*), count(distinct officer_id),
    (select count(*) from features.feature_catalog where is_available),
    (select min(known_on) from events.officer_events), (select max(known_on) from events.officer_events)
from features.officer_cohort
"""

# What was selected at each test date, and the baseline with the best list, means over the test dates.
PERFORMANCE = """
with means as (
    select
        outcome,
        model_group,
        kind = 'selected' as is_selected,
        max(value) filter (where metric = 'auc') as auc,
        max(value) filter (where metric = 'precision' and parameter = '5%') as precision_at_5,
        max(value) filter (where metric = 'recall' and parameter = '5%') as recall_at_5
    from monitoring.model_comparison
    where compared_with = '' and kind in ('selected', 'baseline')
    group by 1, 2, 3
)
select distinct on (outcome, is_selected) outcome, model_group, is_selected, auc, precision_at_5, recall_at_5
from means
order by outcome, is_selected desc, precision_at_5 desc, auc desc
"""


def print_summary(settings: Settings, department: Department, seconds: dict[str, float], console: Console) -> None:
    """Tell what the line has done, from its tables."""
    warehouse = Warehouse(settings)
    with psycopg.connect(warehouse.url()) as connection:
        first, last, rows, officers, features, oldest, newest = connection.execute(EXTENT).fetchone() or (None,) * 7
        performance = connection.execute(PERFORMANCE).fetchall()
        lists = list_status(connection)
        alerts = list_alerts(connection)

    console.rule(f"[bold]{department.title}")
    console.print(f"Events from {oldest} to {newest}; as-of dates from {first} to {last}.")
    console.print(f"{rows:,} rows of {features} features for {officers:,} officers.")
    console.print(_performance_table(performance))
    console.print("Published lists", lists_table(lists))
    for words in describe_refusals(lists):
        console.print(words, style="yellow", markup=False)
    if alerts:
        console.print(f"Open alerts of the monitoring: {len(alerts)}. See: eis alerts list", style="yellow")
    console.print(f"\nStages took {sum(seconds.values()):.0f} s in all.")
    console.print("Score tables       [bold]scores.officer_scores[/], [bold]scores.current_officer_scores[/]")
    console.print(f"BI connection      [bold]{warehouse.describe_bi_connection()}[/]", soft_wrap=True)
    if not warehouse.external:
        console.print("  with password    eis warehouse url --bi")
    console.print("SQL prompt         eis warehouse psql")
    console.print("Dagster UI         make up")


def _performance_table(rows: list[tuple[str, str, bool, float, float, float]]) -> Table:
    table = Table(
        title="Backtest: what was selected at the time, and the baseline with the best list; lists of 5 %",
        box=SIMPLE_HEAD,
    )
    for header in ("outcome", "model", "AUC", "precision", "recall"):
        table.add_column(header, no_wrap=True)
    for outcome, group, is_selected, *figures in rows:
        cells = ["" if figure is None else f"{figure:.3f}" for figure in figures]
        table.add_row(outcome, group, *cells, style="bold" if is_selected else None)
    return table
