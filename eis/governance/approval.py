"""Models before a person: which there are, how they did, who approved or retired them.

Belongs here: queries on the registry and the two decisions. Does not: who may decide, which PostgreSQL checks
(governance.approve_model, governance.retire_model).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from eis.errors import EisError

MODELS = """
select
    models.model_id,
    models.outcome,
    models.model_group,
    models.predict_as_of_date,
    models.created_at,
    coalesce(decided.decision, case when challenger.model_id is null then 'proposed' else 'in shadow' end) as state,
    decided.mode,
    decided.decided_by,
    decided.decided_at,
    decided.reason,
    coalesce(published.status, '') as list_status,
    challenger.model_id is not null as is_challenger,
    won.champion as beaten,
    won.n_lists as n_lists_won
from ml.models
left join lateral (
    select * from governance.model_decisions
    where model_decisions.model_id = models.model_id order by decision_no desc limit 1
) as decided on true
left join lateral (
    select status from governance.lists where lists.model_id = models.model_id order by list_id desc limit 1
) as published on true
left join lateral (
    select model_id from ml.challengers where challengers.model_id = models.model_id limit 1
) as challenger on true
left join lateral (
    select champion, n_lists from governance.challenger_proposals
    where challenger_model_id = models.model_id order by proposal_no desc limit 1
) as won on true
where models.role = 'final' and models.artefact_sha256 is not null
order by models.created_at desc, models.outcome
"""

# A final model learnt from everything; how it does is what its group did when the past was replayed.
METRICS = """
select evaluations.metric, evaluations.parameter, avg(evaluations.value) as mean, count(*) as n_dates
from ml.evaluations
inner join (
    select selections.experiment_id, outcome, models.model_group
    from ml.models
    inner join ml.selections using (outcome)
    where models.model_id = %s
    -- A challenger's group may never have been selected: then the latest experiment tells of it.
    order by selections.model_group is not distinct from models.model_group desc, selected_at desc
    limit 1
) as chosen using (experiment_id, outcome, model_group)
group by 1, 2
order by 1, 2
"""


@dataclass(frozen=True)
class ModelState:
    """A model that scores, for people or in shadow, and the decision that holds."""

    model_id: str
    outcome: str
    model_group: str
    predict_as_of_date: dt.date
    created_at: dt.datetime
    state: str
    mode: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None
    list_status: str
    is_challenger: bool
    beaten: str | None
    n_lists_won: int | None

    @property
    def use(self) -> str:
        """How its latest list stands; of a challenger, whether it won against what was published."""
        if self.beaten:
            return f"won against {self.beaten} on {self.n_lists_won} lists: for a person to decide"
        return self.list_status


def list_models(connection: psycopg.Connection) -> list[ModelState]:
    """Every model that was trained to score, the newest first."""
    with connection.cursor(row_factory=class_row(ModelState)) as cursor:
        return cursor.execute(MODELS).fetchall()


def find_model(connection: psycopg.Connection, start: str) -> ModelState:
    """The model whose identifier begins like this.

    Raises:
        EisError: there is none, or several.
    """
    found = [model for model in list_models(connection) if model.model_id.startswith(start)]
    if len(found) != 1:
        fault = "No model's identifier begins" if not found else f"{len(found)} models' identifiers begin"
        raise EisError(f"{fault} with '{start}'. See: eis models list")
    return found[0]


def describe_model(connection: psycopg.Connection, model_id: str) -> dict[str, Any]:
    """The registry's row, what selection said of the group, and how often it was decided on."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """
            select
                models.outcome, models.model_group, models.train_start_date, models.train_end_date,
                models.predict_as_of_date, models.n_train_rows, models.n_train_officers, models.n_train_positives,
                cardinality(models.features) as n_features, models.estimator, models.seed, models.artefact_sha256,
                models.created_at, selections.verdict
            from ml.models
            left join lateral (
                select verdict from ml.selections
                where selections.outcome = models.outcome
                    and selections.model_group = models.model_group
                order by selected_at desc limit 1
            ) as selections on true
            where models.model_id = %s
            """,
            [model_id],
        ).fetchone()
    return row or {}


def list_decisions(connection: psycopg.Connection, model_id: str) -> list[tuple[dt.datetime, str, str, str, str]]:
    """When, what, how, by whom and why, the first decision first."""
    return connection.execute(
        "select decided_at, decision, mode, decided_by, reason from governance.model_decisions"
        " where model_id = %s order by decision_no",
        [model_id],
    ).fetchall()


def read_metrics(connection: psycopg.Connection, model_id: str) -> dict[tuple[str, str], tuple[float, int]]:
    """(metric, list size) -> mean over test dates, and how many they are."""
    rows = connection.execute(METRICS, [model_id]).fetchall()
    return {(metric, parameter): (mean, n_dates) for metric, parameter, mean, n_dates in rows}


def approve(connection: psycopg.Connection, model_id: str, reason: str) -> None:
    """Approve a model as the connection's login; PostgreSQL refuses whom the policy does not name."""
    connection.execute("select governance.approve_model(%s, %s)", [model_id, reason])


def retire(connection: psycopg.Connection, model_id: str, reason: str) -> None:
    """Retire a model; its lists stay until they expire or are withdrawn."""
    connection.execute("select governance.retire_model(%s, %s)", [model_id, reason])
