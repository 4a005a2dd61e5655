"""How a list treats groups of officers: rates by group with intervals, suppression, a bound, and a mitigation.

Belongs here: pure functions of lists, labels and attributes. Does not: reading them (`ml.warehouse.oversight`).
Attributes come from core.officers and reach this audit only; no model sees them. Membership of a list is a chance from
0 to 1, because officers with equal scores share the last places in expectation.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ml.intervals import Codes, Estimate, divide, estimate_rate
from ml.matrices import Dates, Flags, Scores

Texts = npt.NDArray[np.str_]
Ints = npt.NDArray[np.int64]

EVERYBODY = "everybody"
UNKNOWN = "unknown"
HIGHEST_SCORES = "highest scores"
EQUAL_RECALL = "equal recall by "

# What each rate counts, and among whom.
RATES = {
    "base_rate": "officers with the outcome, among all officers",
    "flag_rate": "officers on the list, among all officers",
    "precision": "officers with the outcome, among those on the list",
    "recall": "officers on the list, among those with the outcome",
    "false_positive_rate": "officers on the list, among those without the outcome",
    "true_negative_rate": "officers not on the list, among those without the outcome",
}


@dataclass(frozen=True)
class AuditPlan:
    """What is audited: bands, intersections, whom each group is compared with, and what is too small to say."""

    age_bands: Sequence[int]
    tenure_bands: Sequence[int]
    intersections: Sequence[Sequence[str]]
    references: Mapping[str, str]
    min_officers: int
    min_cases: int
    mitigate_by: str


@dataclass(frozen=True)
class FairnessBound:
    """How unequal a candidate may be. It is refused only where a whole interval lies beyond, which noise cannot do."""

    attributes: Sequence[str]
    min_recall_ratio: float
    max_false_positive_ratio: float


@dataclass(frozen=True)
class Roster:
    """Officers of a cohort with what the audit groups them by, in one order."""

    race: Texts
    sex: Texts
    birth_year: npt.NDArray[np.float64]
    hired_on: Dates


@dataclass(frozen=True)
class Listing:
    """One list on one or several as-of dates, row by row: who was on it, what the score was, what came of it."""

    membership: Scores
    scores: Scores
    is_positive: Flags
    officers: Codes


@dataclass(frozen=True)
class GroupRate:
    """One rate of one group, against the reference group. What is too small to say is None, with the reason."""

    attribute: str
    group_name: str
    is_reference: bool
    n_officers: int
    metric: str
    n_cases: float | None = None
    value: float | None = None
    value_low: float | None = None
    value_high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    suppressed_because: str | None = None


@dataclass(frozen=True)
class Share:
    """A rate before anybody judged whether it may be told: of how many officers, and a share of how many cases."""

    n_officers: int
    n_cases: float
    estimate: Estimate | None

    def explain_suppression(self, plan: AuditPlan) -> str | None:
        """Why it says nothing: the group is small, or it is a share of too few."""
        if self.n_officers < plan.min_officers:
            return f"fewer than {plan.min_officers} officers"
        if self.n_cases < plan.min_cases:
            return f"a share of fewer than {plan.min_cases}"
        return None


def describe_groups(roster: Roster, date: dt.date, plan: AuditPlan) -> dict[str, Texts]:
    """Attribute -> group of each officer, as at a date; what is not known is a group of its own."""
    groups = {
        "race": roster.race,
        "sex": roster.sex,
        # Only the year of birth is on record: the age that the officer reaches in the year.
        "age_band": cut(date.year - roster.birth_year, plan.age_bands, "years old"),
        "tenure_band": cut(count_years(roster.hired_on, date), plan.tenure_bands, "years of service"),
    }
    for parts in plan.intersections:
        joined = groups[parts[0]]
        for part in parts[1:]:
            joined = np.char.add(np.char.add(joined, ", "), groups[part])
        groups[" and ".join(parts)] = joined
    return groups


def count_years(since: Dates, date: dt.date) -> npt.NDArray[np.float64]:
    """Whole months from each day to the first day of a month, in years; what is not known is NaN."""
    started = since.astype("datetime64[M]")
    months = (np.datetime64(date, "M") - started).astype(np.float64) - (started < since)
    return np.where(np.isnat(since), np.nan, months / 12)


def cut(values: npt.NDArray[np.float64], edges: Sequence[int], unit: str) -> Texts:
    """Each value's band: below the first edge, between two, from the last on."""
    names = [f"under {edges[0]} {unit}"]
    names += [f"{low} to {high - 1} {unit}" for low, high in pairwise(edges)]
    names += [f"{edges[-1]} {unit} and more"]
    bands = np.array([*names, UNKNOWN])[np.where(np.isnan(values), len(names), np.digitize(values, edges))]
    return bands.astype(np.str_)


def expect_membership(scores: Scores, size: int) -> Scores:
    """The chance of each officer to be among the `size` highest, over all orders of officers with equal scores."""
    threshold = np.partition(scores, len(scores) - size)[len(scores) - size]
    above, tied = scores > threshold, scores == threshold
    return np.where(above, 1.0, np.where(tied, (size - above.sum()) / tied.sum(), 0.0))


def join_listings(listings: Sequence[Listing]) -> Listing:
    """Lists of several dates as one."""
    return Listing(
        np.concatenate([listing.membership for listing in listings]),
        np.concatenate([listing.scores for listing in listings]),
        np.concatenate([listing.is_positive for listing in listings]),
        np.concatenate([listing.officers for listing in listings]),
    )


def join_groups(parts: Sequence[Mapping[str, Texts]]) -> dict[str, Texts]:
    """Groups of several dates as one, in the order in which their lists are joined."""
    return {attribute: np.concatenate([groups[attribute] for groups in parts]) for attribute in parts[0]}


def audit(listing: Listing, groups: Mapping[str, Texts], plan: AuditPlan, is_probability: bool) -> Iterator[GroupRate]:
    """Every rate of every group of every attribute, and of everybody.

    `is_probability` says that scores are predicted probabilities, so that calibration can be judged.
    """
    for attribute, names in {EVERYBODY: np.full(len(listing.membership), EVERYBODY), **groups}.items():
        sizes = {str(name): int(count) for name, count in zip(*np.unique(names, return_counts=True), strict=True)}
        reference = choose_reference(attribute, sizes, plan)
        shares = {name: measure_group(listing, names == name, is_probability) for name in sizes}
        for name in [reference, *sorted(set(sizes) - {reference})]:
            for metric, share in shares[name].items():
                against = None if name == reference else shares[reference].get(metric)
                yield compare(attribute, name, metric, share, against, plan)


def choose_reference(attribute: str, sizes: Mapping[str, int], plan: AuditPlan) -> str:
    """The group that the others are compared with: the one that is set, or else the largest known one."""
    wanted = plan.references.get(attribute)
    if wanted in sizes:
        return str(wanted)
    return max(sorted(sizes), key=lambda name: (UNKNOWN not in name, sizes[name]))


def measure_group(listing: Listing, rows: Flags, is_probability: bool) -> dict[str, Share]:
    """Metric -> its estimate among these rows."""
    listed, outcome = listing.membership[rows], listing.is_positive[rows].astype(np.float64)
    _, officers = np.unique(listing.officers[rows], return_inverse=True)
    n_officers, everyone = int(officers.max()) + 1, np.ones_like(listed)
    parts = {
        "base_rate": (outcome, everyone),
        "flag_rate": (listed, everyone),
        "precision": (listed * outcome, listed),
        "recall": (listed * outcome, outcome),
        "false_positive_rate": (listed * (1 - outcome), 1 - outcome),
        "true_negative_rate": ((1 - listed) * (1 - outcome), 1 - outcome),
    }
    shares = {
        metric: Share(n_officers, float(among.sum()), estimate_rate(counted, among, officers))
        for metric, (counted, among) in parts.items()
    }
    predicted = float(listing.scores[rows].mean())
    observed = shares["base_rate"].estimate
    if is_probability and observed and predicted > 0:
        cases = float(len(listed))
        shares["mean_score"] = Share(n_officers, cases, Estimate(predicted, None, None))
        shares["observed_over_predicted"] = Share(n_officers, cases, observed.over(predicted))
    return shares


def compare(attribute: str, name: str, metric: str, share: Share, against: Share | None, plan: AuditPlan) -> GroupRate:
    """A rate beside the reference group's; without one it is the reference's own."""
    told = GroupRate(attribute, name, is_reference=against is None, n_officers=share.n_officers, metric=metric)
    if reason := share.explain_suppression(plan):
        return replace(told, suppressed_because=reason)
    if share.estimate is None:
        return replace(told, suppressed_because="nobody to count")
    value, low, high = share.estimate
    told = replace(told, n_cases=share.n_cases, value=value, value_low=low, value_high=high)
    if metric not in RATES or against is None or against.estimate is None or against.explain_suppression(plan):
        return told
    ratio, ratio_low, ratio_high = divide(share.estimate, against.estimate) or (None, None, None)
    return replace(told, ratio=ratio, ratio_low=ratio_low, ratio_high=ratio_high)


def refuse_unfair(rates: Mapping[str, Iterable[GroupRate]], bound: FairnessBound) -> dict[str, list[str]]:
    """Model group -> why it is refused; groups that may be chosen are left out.

    `rates` maps model groups to their audit over all test dates. A candidate is refused where it is certain that a
    group is found less often, or flagged in vain more often, than the reference group by more than the bound: the
    whole interval lies beyond it.
    """
    refused = {group: [*_find_breaches(audited, bound)] for group, audited in rates.items()}
    return {group: reasons for group, reasons in refused.items() if reasons}


def _find_breaches(audited: Iterable[GroupRate], bound: FairnessBound) -> Iterator[str]:
    for rate in audited:
        if rate.attribute not in bound.attributes or rate.ratio is None:
            continue
        low, high = rate.ratio_low or 0.0, np.inf if rate.ratio_high is None else rate.ratio_high
        found = f"{rate.ratio:.2f} of the reference group's ({low:.2f} to {high:.2f})"
        if rate.metric == "recall" and high < bound.min_recall_ratio:
            yield (
                f"{rate.attribute} '{rate.group_name}': recall is {found}, "
                f"the bound is at least {bound.min_recall_ratio:g}"
            )
        if rate.metric == "false_positive_rate" and low > bound.max_false_positive_ratio:
            yield (
                f"{rate.attribute} '{rate.group_name}': the false-positive rate is {found}, "
                f"the bound is at most {bound.max_false_positive_ratio:g}"
            )


# A mitigation: places on the list shared out among groups so that each group's recall is the same.


def equalise_recall(ranks: Ints, is_positive: Flags, groups: Texts, size: int, min_cases: int) -> dict[str, int]:
    """How many of each group go on a list of this size so that no group is ahead in recall by more than one officer.

    The next place goes to the group with the least recall so far, until that group has found one more officer. Groups
    with fewer than `min_cases` officers with the outcome teach nothing: they keep the places that they have without
    mitigation.
    """
    names = [str(name) for name in np.unique(groups)]
    by_rank = {name: is_positive[groups == name][np.argsort(ranks[groups == name])] for name in names}
    cases = {name: int(by_rank[name].sum()) for name in names}
    places = {name: int((groups[ranks <= size] == name).sum()) for name in names if cases[name] < min_cases}
    learning = [name for name in names if name not in places]
    places |= dict.fromkeys(learning, 0)
    found = dict.fromkeys(learning, 0)
    hits = {name: np.flatnonzero(by_rank[name]) + 1 for name in learning}
    left = size - sum(places.values())
    while left > 0 and (open_groups := [name for name in learning if found[name] < cases[name]]):
        name = min(open_groups, key=lambda group: (found[group] / cases[group], group))
        step = min(int(hits[name][found[name]]) - places[name], left)
        places[name] += step
        left -= step
        found[name] = int(by_rank[name][: places[name]].sum())
    # Everybody with the outcome is found: what is left of the list goes by rank.
    if left:
        taken = _take_best(ranks, groups, places)
        rest = groups[~taken][np.argsort(ranks[~taken])][:left]
        for name in rest.tolist():
            places[name] += 1
    return places


def share_places(
    learnt: Mapping[str, int], learnt_sizes: Mapping[str, int], sizes: Mapping[str, int], size: int
) -> dict[str, int]:
    """Places of each group today, in proportion to the share of the group that was flagged where it was learnt.

    Rounded by largest remainder. A group that was not there then gets the mean share.
    """
    mean = sum(learnt.values()) / sum(learnt_sizes.values())
    wanted = {
        name: count * (learnt[name] / learnt_sizes[name] if learnt_sizes.get(name) else mean)
        for name, count in sizes.items()
    }
    total = sum(wanted.values())
    exact = {name: size * part / total for name, part in wanted.items()}
    places = {name: min(int(part), sizes[name]) for name, part in exact.items()}
    for name in sorted(exact, key=lambda group: (places[group] - exact[group], group)) * size:
        if sum(places.values()) >= size:
            break
        if places[name] < sizes[name]:
            places[name] += 1
    return places


def list_with_places(ranks: Ints, groups: Texts, places: Mapping[str, int]) -> Scores:
    """Membership of the list that takes each group's highest ranks, as many as it has places."""
    return _take_best(ranks, groups, places).astype(np.float64)


def _take_best(ranks: Ints, groups: Texts, places: Mapping[str, int]) -> Flags:
    taken = np.zeros(len(ranks), dtype=bool)
    for name, count in places.items():
        rows = np.flatnonzero(groups == name)
        taken[rows[np.argsort(ranks[rows])[:count]]] = True
    return taken
