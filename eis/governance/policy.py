"""`departments/<d>/policy.yml` as typed, validated settings: what the department allows, and who answers for it.

Belongs here: the schema of that file, and what it has to agree on with `department.yml`. Does not: applying it
(`publication`, `approval`, `access`, and the SQL that they call, which reads it from `governance.policy`).
"""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from eis.department import Department, Name, Strict, load_department, month_number, refuse_gaps
from eis.errors import EisError
from eis.settings import Settings

Role = Literal["eis_engineer", "eis_scientist", "eis_command", "eis_supervisor", "eis_auditor", "eis_bi"]

Readable = Literal[
    "raw", "quarantine", "staging", "core", "events", "features", "labels", "ml", "scores", "monitoring", "governance"
]

Sentence = Annotated[str, Field(min_length=10)]

# What is watched, each in models/monitoring/signals.sql; docs/methodology/monitoring.md says what each asks.
SignalName = Literal[
    "input_volume",
    "input_delay",
    "feature_drift",
    "feature_missing",
    "score_drift",
    "list_churn",
    "rank_correlation",
    "calibration",
    "realised_precision",
    "group_share",
    "label_maturity",
    "force_reporting",
]
SIGNALS: tuple[SignalName, ...] = get_args(SignalName)


class Owner(Strict):
    """Who answers for the system."""

    name: str = Field(min_length=2, description="a person or an office, not a team of nobody")
    position: str = Field(min_length=2)
    contact: str = Field(min_length=5)


class Powers(Strict):
    """Which database roles may do what is recorded in the audit log; PostgreSQL checks it at every call."""

    approve: list[Role] = Field(min_length=1, description="approve and retire models")
    withdraw: list[Role] = Field(min_length=1, description="take a published list back; the operator may too")
    review: list[Role] = Field(
        min_length=1, description="review listed officers and enter interventions, of the units whose scores they read"
    )
    mark_records: list[Role] = Field(
        min_length=1, description="mark a record of the department as disputed or expunged, or as standing again"
    )
    export: list[Role] = Field(min_length=1, description="export everything held about one officer")
    close_alerts: list[Role] = Field(min_length=1, description="close an alert of the monitoring, with what was found")
    read_all_units: list[Role] = Field(description="read the current scores of every unit, logged")
    read_own_units: list[Role] = Field(description="read the current scores of the units they are given, logged")
    read_names: list[Role] = Field(description="see officers' names beside their identifiers, where names are loaded")

    @model_validator(mode="after")
    def _tools_have_no_powers(self) -> "Powers":
        for power in ("approve", "withdraw", "review", "mark_records", "export", "close_alerts", "read_names"):
            if "eis_bi" in getattr(self, power):
                raise ValueError(f"{power} names eis_bi, a login that a tool shares among people: nobody would answer")
        return self


class OfficerList(Strict):
    """The list that reaches people."""

    outcome: Name = Field(description="outcome whose list supervisors review; lists of other outcomes stand beside it")
    capacity: int = Field(ge=1, description="officers that supervisors can review in a month: the list size k")
    lifetime_days: int = Field(ge=1, le=366, description="days from the as-of date after which a score expires")
    review_days: int = Field(
        ge=1, description="days from publication within which each officer on that list is reviewed"
    )

    @model_validator(mode="after")
    def _reviewed_while_valid(self) -> "OfficerList":
        if self.review_days > self.lifetime_days:
            raise ValueError(f"review_days {self.review_days} is longer than lifetime_days {self.lifetime_days}")
        return self


class DataBounds(Strict):
    """What the data must be like for a list to be published."""

    max_age_days: int = Field(ge=0, description="days between the as-of date and today")
    min_volume_share: float = Field(
        ge=0, le=1, description="rows of a core table in its last month, as a share of its usual month (median of 12)"
    )
    min_usual_rows: int = Field(ge=1, description="core tables whose usual month is smaller are not judged")


class PerformanceBounds(Strict):
    """What the backtest must have shown."""

    metric: Literal["lift", "precision", "recall", "auc", "average_precision"] = "lift"
    parameter: str = Field("5%", description="list size as monitoring.backtest_metrics names it; empty where none")
    min_ratio_to_best_baseline: float = Field(ge=0, description="mean over test dates, against the best baseline's")
    standard_errors: float = Field(
        ge=0, le=3, description="allowed for noise: standard errors, over test dates, of the gap to the baseline"
    )


class DriftBounds(Strict):
    """How far a list may be from the one before."""

    max_score_psi: float = Field(
        gt=0, description="population stability index of the scores against those of the model's last list"
    )


class FairnessBounds(Strict):
    """How unequally a list may fall on groups of officers."""

    attributes: list[Literal["race", "sex"]] = Field(description="columns of core.officers by which it is looked at")
    max_flag_ratio: float = Field(
        ge=1, description="share of a group on the list, against everybody else's; beyond it with its whole interval"
    )
    min_officers: int = Field(ge=1, description="smaller groups are not judged")


class Publication(Strict):
    """Bounds of the publication gate: what is outside of them is refused, and the last list stays."""

    data: DataBounds
    performance: PerformanceBounds
    drift: DriftBounds
    fairness: FairnessBounds


class Retraining(Strict):
    """When a model is due to be trained anew; reported with every decision, and past `max_age_months` refused."""

    due_months: int = Field(ge=1, description="months since the model's last training after which it is due")
    max_age_months: int = Field(ge=1, description="months after which its scores are not published")
    due_score_psi: float = Field(gt=0, description="score drift from which on a model is due")

    @model_validator(mode="after")
    def _due_before_refused(self) -> "Retraining":
        if self.due_months > self.max_age_months:
            raise ValueError(f"due_months {self.due_months} is after max_age_months {self.max_age_months}")
        return self


class Signal(Strict):
    """Bounds of one thing that is watched, and what happens when a measurement is beyond them."""

    at_least: float | None = Field(None, description="alert below it; with its whole interval where it has one")
    at_most: float | None = Field(None, description="alert above it; with its whole interval where it has one")
    min_cases: int = Field(1, ge=1, description="measurements that rest on fewer are kept, and not judged")
    owner: str = Field(min_length=2, description="who gets the alert")
    due_days: int = Field(ge=1, le=366, description="days within which the owner has said what it was")

    @model_validator(mode="after")
    def _bounded(self) -> "Signal":
        if self.at_least is None and self.at_most is None:
            raise ValueError("at_least or at_most is needed: a signal without a bound never alerts")
        if self.at_least is not None and self.at_most is not None and self.at_least >= self.at_most:
            raise ValueError(f"at_least {self.at_least:g} is not below at_most {self.at_most:g}")
        return self


class Challengers(Strict):
    """Runner-up candidates that score in shadow, and when one of them is proposed to a person."""

    count: int = Field(ge=0, le=3, description="challengers of each outcome; each is trained with the champion")
    min_gain: float = Field(
        ge=0, description="officers found more than by the published lists, as a share of what those found"
    )
    min_lists: int = Field(ge=1, description="matured published lists on which it has to be so, taken together")


class Monitoring(Strict):
    """What is watched, and what competes with the model in force."""

    signals: dict[SignalName, Signal]
    challengers: Challengers

    @field_validator("signals")
    @classmethod
    def _nothing_is_forgotten(cls, signals: dict[SignalName, Signal]) -> dict[SignalName, Signal]:
        if missing := [name for name in SIGNALS if name not in signals]:
            raise ValueError(f"no bounds for {', '.join(missing)}: each signal has an owner, wanted or not")
        return signals


class Retention(Strict):
    """How long what is kept."""

    features_years: int = Field(
        ge=1, description="as-of dates for which officers are described; older rows are deleted"
    )
    training_years: int = Field(ge=1, description="as-of dates that models learn from; of older ones none does")
    scores_months: int = Field(ge=1, description="published scores, from the as-of date; older ones are deleted")
    score_reads_months: int = Field(ge=1, description="who read whose score; older entries are deleted")


class Policy(Strict):
    """What a department has decided about its use of the system."""

    owner: Owner
    intended_use: list[Sentence] = Field(min_length=1)
    forbidden_use: list[Sentence] = Field(min_length=1)
    approval: Literal["manual", "automatic"] = Field(
        description="automatic: the run approves what selection chose; for demos, and stamped on every score"
    )
    clock: Literal["calendar", "data"] = Field(
        description="what `today` is: the calendar's, or, for a department whose data do not move, the last as-of date"
    )
    powers: Powers
    readers: dict[Role, list[Readable]] = Field(description="role -> schemas whose tables it may read as they are")
    lists: OfficerList
    publication: Publication
    retraining: Retraining
    monitoring: Monitoring
    retention: Retention

    @field_validator("readers")
    @classmethod
    def _supervisors_read_through_the_log(cls, readers: dict[str, list[str]]) -> dict[str, list[str]]:
        if open_to := sorted(set(readers.get("eis_supervisor", [])) - {"monitoring"}):
            raise ValueError(
                f"eis_supervisor would read {', '.join(open_to)} of all officers, unlogged. "
                "Supervisors have scores.visible_officer_scores; name them in powers.read_own_units"
            )
        return readers


def load_policy(settings: Settings) -> Policy:
    """The chosen department's policy, in agreement with its `department.yml`.

    Raises:
        EisError: there is none, it is not valid, or the two contradict each other; names file, line and field.
    """
    path = settings.department_folder / "policy.yml"
    if not path.exists():
        raise EisError(
            f"{path} is missing. No list is made for a department that has not said who answers for it and what it is "
            "for: begin with a copy of departments/demo/policy.yml."
        )
    policy = parse_policy(path)
    check_agreement(policy, load_department(settings), path)
    return policy


def parse_policy(path: Path) -> Policy:
    """Read and validate one policy.yml.

    Raises:
        EisError: not YAML, or a value is missing, unknown or wrong; one line for each, with its line in the file.
    """
    text = path.read_text(encoding="utf-8")
    try:
        choices = yaml.safe_load(text)
        refuse_gaps(choices, path)
        return Policy.model_validate(choices)
    except yaml.YAMLError as error:
        raise EisError(f"{path} is not valid YAML: {error}") from error
    except ValidationError as error:
        faults = [
            f"  line {find_line(text, fault['loc'])}: {'.'.join(map(str, fault['loc'])) or '(file)'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise EisError("\n".join([f"{path} is not valid:", *faults])) from error


def find_line(text: str, place: tuple[int | str, ...]) -> int:
    """Line on which a field stands, or where it would have to: that of the nearest block around it."""
    node, line = yaml.compose(text, Loader=yaml.SafeLoader), 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if step not in pairs:
                break
            key, node = pairs[str(step)]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def load_kept_department(settings: Settings) -> Department:
    """The chosen department, with no as-of date that its policy does not keep or lets nobody learn from.

    Raises:
        EisError: as `load_policy`.
    """
    return keep_within_retention(load_department(settings), load_policy(settings))


def keep_within_retention(department: Department, policy: Policy) -> Department:
    """Calendar and training from the first as-of dates on that are within the years of retention."""
    calendar, backtest, kept = department.calendar, department.backtest, policy.retention
    first = find_first_kept(calendar.as_of_dates, kept.features_years)
    train_from = max(first, backtest.train_from, find_first_kept(calendar.as_of_dates, kept.training_years))
    return department.model_copy(
        update={
            "calendar": calendar.model_copy(update={"first_as_of": first}),
            "backtest": backtest.model_copy(update={"train_from": train_from}),
        }
    )


def find_first_kept(dates: list[dt.date], years: int) -> dt.date:
    """The first as-of date that is no more than so many years before the last one."""
    return next(date for date in dates if month_number(dates[-1]) - month_number(date) <= 12 * years)


def check_agreement(policy: Policy, department: Department, path: Path) -> None:
    """What the policy says of other settings.

    Raises:
        EisError: an outcome that is not declared, or a test date of the backtest for which retention leaves nothing.
    """
    faults = []
    if policy.lists.outcome not in {outcome.name for outcome in department.outcomes}:
        faults.append((("lists", "outcome"), f"'{policy.lists.outcome}' is not an outcome of department.yml"))
    kept = keep_within_retention(department, policy)
    first, train_from = kept.calendar.first_as_of, kept.backtest.train_from
    for outcome, dates in department.backtest.test_dates.items():
        where = f"backtest.test_dates.{outcome} of department.yml has {dates[0]}"
        if dates[0] < first:
            faults.append((("retention", "features_years"), f"nothing before {first} is kept, and {where}"))
        elif month_number(dates[0]) - month_number(train_from) < department.backtest.horizon_months:
            fault = f"nothing before {train_from} is learnt from, and {where}: no window before it has ended"
            faults.append((("retention", "training_years"), fault))
    if faults:
        text = path.read_text(encoding="utf-8")
        lines = [f"  line {find_line(text, place)}: {'.'.join(place)}: {fault}" for place, fault in faults]
        raise EisError("\n".join([f"{path} and department.yml contradict each other:", *lines]))
