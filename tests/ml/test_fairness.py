"""Fairness: rates against a slow count and against fairlearn, suppression, the bound, and lists of equal recall."""

import datetime as dt
from itertools import product

import fairlearn.metrics
import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fairness import (
    EVERYBODY,
    AuditPlan,
    FairnessBound,
    GroupRate,
    Listing,
    Roster,
    audit,
    cut,
    describe_groups,
    equalise_recall,
    expect_membership,
    list_with_places,
    refuse_unfair,
    share_places,
)

PLAN = AuditPlan(
    age_bands=[30, 40, 50],
    tenure_bands=[5, 10, 20],
    intersections=[["race", "sex"]],
    references={"race": "white"},
    min_officers=30,
    min_cases=5,
    mitigate_by="race",
)
DATE = dt.date(2020, 1, 1)


@pytest.fixture(scope="module")
def roster() -> Roster:
    random = np.random.default_rng(2)
    n = 400
    return Roster(
        race=random.choice(["white", "black", "hispanic", "asian"], n, p=[0.5, 0.3, 0.17, 0.03]),
        sex=random.choice(["male", "female"], n, p=[0.8, 0.2]),
        birth_year=random.integers(1955, 1998, n).astype(float),
        hired_on=np.datetime64("1990-01-01") + random.integers(0, 10_900, n).astype("timedelta64[D]"),
    )


@pytest.fixture(scope="module")
def listing(roster: Roster) -> Listing:
    """A list of 60 by scores without ties."""
    random = np.random.default_rng(3)
    scores = random.permutation(400) / 400
    return Listing(expect_membership(scores, 60), scores, random.random(400) < scores, np.arange(400))


def find(rates: list[GroupRate], attribute: str, group: str, metric: str) -> GroupRate:
    [rate] = [r for r in rates if (r.attribute, r.group_name, r.metric) == (attribute, group, metric)]
    return rate


class TestRates:
    def test_are_those_of_a_slow_count(self, roster: Roster, listing: Listing) -> None:
        """Officer by officer, with ties at the list's end, over two dates."""
        scores = np.floor(listing.scores * 20)
        tied = Listing(expect_membership(scores, 50), scores, listing.is_positive, listing.officers)
        groups = describe_groups(roster, DATE, PLAN)
        rates = list(audit(tied, groups, PLAN, is_probability=False))
        for attribute, names in groups.items():
            for name in set(names.tolist()):
                rows = [i for i in range(400) if names[i] == name]
                ordered = sorted(scores.tolist(), reverse=True)
                chance = {
                    i: 1.0
                    if scores[i] > ordered[49]
                    else (50 - sum(s > ordered[49] for s in ordered)) / ordered.count(ordered[49])
                    if scores[i] == ordered[49]
                    else 0.0
                    for i in rows
                }
                hits = sum(chance[i] for i in rows if tied.is_positive[i])
                false = sum(chance[i] for i in rows if not tied.is_positive[i])
                positives = sum(bool(tied.is_positive[i]) for i in rows)
                expected = {
                    "base_rate": (positives, len(rows)),
                    "flag_rate": (hits + false, len(rows)),
                    "precision": (hits, hits + false),
                    "recall": (hits, positives),
                    "false_positive_rate": (false, len(rows) - positives),
                    "true_negative_rate": (len(rows) - positives - false, len(rows) - positives),
                }
                for metric, (counted, among) in expected.items():
                    rate = find(rates, attribute, name, metric)
                    if len(rows) < 30 or among < 5:
                        assert rate.value is None
                        assert rate.suppressed_because
                    else:
                        assert rate.value == pytest.approx(counted / among)
                        assert rate.n_cases == pytest.approx(among)
                        assert rate.value_low <= rate.value <= rate.value_high

    @pytest.mark.parametrize("attribute", ["race", "sex", "age_band", "tenure_band", "race and sex"])
    def test_are_those_of_fairlearn(self, roster: Roster, listing: Listing, attribute: str) -> None:
        groups = describe_groups(roster, DATE, PLAN)
        frame = fairlearn.metrics.MetricFrame(
            metrics={
                "flag_rate": fairlearn.metrics.selection_rate,
                "precision": sklearn.metrics.precision_score,
                "recall": fairlearn.metrics.true_positive_rate,
                "false_positive_rate": fairlearn.metrics.false_positive_rate,
                "true_negative_rate": fairlearn.metrics.true_negative_rate,
            },
            y_true=listing.is_positive,
            y_pred=listing.membership == 1,
            sensitive_features=groups[attribute],
        ).by_group
        compared = 0
        for rate in audit(listing, groups, PLAN, is_probability=True):
            if rate.attribute == attribute and rate.metric in frame and rate.value is not None:
                assert rate.value == pytest.approx(frame.loc[rate.group_name, rate.metric])
                compared += 1
        assert compared >= 10

    def test_ratio_is_to_the_reference_group(self, roster: Roster, listing: Listing) -> None:
        rates = list(audit(listing, describe_groups(roster, DATE, PLAN), PLAN, is_probability=True))
        black, white = (find(rates, "race", name, "flag_rate") for name in ("black", "white"))
        assert white.is_reference
        assert white.ratio is None
        assert black.ratio == pytest.approx(black.value / white.value)
        assert black.ratio_low < black.ratio < black.ratio_high
        # Nobody set one for sex: the largest group.
        assert find(rates, "sex", "male", "flag_rate").is_reference

    def test_calibration_compares_what_happened_with_what_was_predicted(self, roster: Roster, listing: Listing) -> None:
        rates = list(audit(listing, describe_groups(roster, DATE, PLAN), PLAN, is_probability=True))
        rows = roster.sex == "female"
        expected = listing.is_positive[rows].sum() / listing.scores[rows].sum()
        assert find(rates, "sex", "female", "observed_over_predicted").value == pytest.approx(expected)
        counts = list(audit(listing, describe_groups(roster, DATE, PLAN), PLAN, is_probability=False))
        assert not [r for r in counts if r.metric in ("mean_score", "observed_over_predicted")]

    def test_everybody_is_the_whole_list(self, roster: Roster, listing: Listing) -> None:
        rates = list(audit(listing, describe_groups(roster, DATE, PLAN), PLAN, is_probability=True))
        assert find(rates, EVERYBODY, EVERYBODY, "flag_rate").value == pytest.approx(60 / 400)


class TestGroups:
    def test_age_and_tenure_are_those_at_the_date(self) -> None:
        roster = Roster(
            race=np.array(["white", "unknown"]),
            sex=np.array(["male", "female"]),
            birth_year=np.array([1980.0, np.nan]),
            hired_on=np.array(["2010-01-01", "2015-01-02"], dtype="datetime64[D]"),
        )
        for year, age, tenure in ((2019, "30 to 39", "5 to 9"), (2020, "40 to 49", "10 to 19")):
            groups = describe_groups(roster, dt.date(year, 1, 1), PLAN)
            assert groups["age_band"].tolist() == [f"{age} years old", "unknown"]
            assert groups["tenure_band"].tolist() == [f"{tenure} years of service", "under 5 years of service"]
            assert groups["race and sex"].tolist() == ["white, male", "unknown, female"]

    def test_bands_hold_their_lower_edge(self) -> None:
        assert cut(np.array([29.0, 30, 39, 50, 80]), [30, 40, 50], "y").tolist() == [
            "under 30 y",
            "30 to 39 y",
            "30 to 39 y",
            "50 y and more",
            "50 y and more",
        ]


class TestSuppression:
    def test_small_group_tells_nothing_but_its_size(self, roster: Roster, listing: Listing) -> None:
        rates = list(audit(listing, describe_groups(roster, DATE, PLAN), PLAN, is_probability=True))
        asian = [r for r in rates if (r.attribute, r.group_name) == ("race", "asian")]
        assert asian
        for rate in asian:
            assert 0 < rate.n_officers < 30
            assert rate.suppressed_because == "fewer than 30 officers"
            assert (rate.value, rate.value_low, rate.value_high, rate.ratio, rate.n_cases) == (None,) * 5

    def test_share_of_too_few_is_not_told(self) -> None:
        """A large group with four on the list: how many are on it can be told, how many of those rightly cannot."""
        membership = np.r_[np.ones(4), np.zeros(96)]
        listing = Listing(membership, membership, np.arange(100) % 3 == 0, np.arange(100))
        rates = list(audit(listing, {"sex": np.full(100, "female")}, PLAN, is_probability=False))
        precision, flags = (find(rates, "sex", "female", metric) for metric in ("precision", "flag_rate"))
        assert (precision.value, precision.suppressed_because) == (None, "a share of fewer than 5")
        assert (flags.value, flags.suppressed_because) == (0.04, None)


class TestBound:
    BOUND = FairnessBound(attributes=["race"], min_recall_ratio=0.8, max_false_positive_ratio=1.25)

    @staticmethod
    def rate(metric: str, ratio: float, low: float, high: float | None, attribute: str = "race") -> GroupRate:
        return GroupRate(attribute, "black", False, 99, metric, 9, 0.1, 0.1, 0.1, ratio, low, high)

    @pytest.mark.parametrize(
        ("rate", "is_refused"),
        [
            (("recall", 0.5, 0.3, 0.79), True),
            (("recall", 0.5, 0.3, 0.81), False),  # it may be noise
            (("recall", 3.0, 2.0, None), False),  # found more often is no harm
            (("false_positive_rate", 1.6, 1.26, 2.0), True),
            (("false_positive_rate", 1.6, 1.26, None), True),
            (("false_positive_rate", 1.6, 1.2, 2.0), False),
            (("false_positive_rate", 0.5, 0.3, 0.7), False),
            (("flag_rate", 3.0, 2.0, 4.0), False),  # base rates may differ
            (("recall", 0.5, 0.3, 0.79, "age_band"), False),  # not bounded
        ],
    )
    def test_refuses_only_what_is_certain(self, rate: tuple, is_refused: bool) -> None:
        refused = refuse_unfair({"logistic": [self.rate(*rate)], "other": []}, self.BOUND)
        assert list(refused) == (["logistic"] if is_refused else [])

    def test_reason_names_group_rate_and_bound(self) -> None:
        [reason] = refuse_unfair({"logistic": [self.rate("recall", 0.5, 0.3, 0.7)]}, self.BOUND)["logistic"]
        assert (
            reason == "race 'black': recall is 0.50 of the reference group's (0.30 to 0.70), the bound is at least 0.8"
        )


def recalls(ranks: np.ndarray, is_positive: np.ndarray, groups: np.ndarray, listed: np.ndarray) -> dict[str, tuple]:
    """Group -> officers found, officers with the outcome."""
    return {
        name: (int((listed & is_positive & (groups == name)).sum()), int((is_positive & (groups == name)).sum()))
        for name in np.unique(groups).tolist()
    }


class TestMitigation:
    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 10_000), st.integers(5, 150))
    def test_keeps_the_size_and_equalises_recall_within_one_officer(self, seed: int, size: int) -> None:
        random = np.random.default_rng(seed)
        groups = random.choice(["a", "b", "c"], 300, p=[0.6, 0.3, 0.1])
        is_positive = random.random(300) < np.where(groups == "a", 0.15, 0.35)
        ranks = np.argsort(np.argsort(-random.random(300) - 0.4 * is_positive - 0.2 * (groups == "a"))) + 1
        places = equalise_recall(ranks, is_positive, groups, size, min_cases=1)
        listed = list_with_places(ranks, groups, places) == 1
        assert sum(places.values()) == listed.sum() == size
        found = recalls(ranks, is_positive, groups, listed)
        for (hits, cases), (others, their_cases) in product(found.values(), repeat=2):
            # Without its last officer found, no group is ahead of another that still has some to find.
            assert hits == cases or (others - 1) / their_cases <= hits / cases + 1e-12

    def test_group_that_teaches_nothing_keeps_its_places(self) -> None:
        groups = np.repeat(["a", "b"], [90, 10])
        is_positive = np.r_[np.arange(90) % 2 == 0, np.zeros(10, dtype=bool)]
        ranks = np.random.default_rng(1).permutation(100) + 1
        places = equalise_recall(ranks, is_positive, groups, 20, min_cases=5)
        assert places["b"] == (groups[ranks <= 20] == "b").sum()
        assert sum(places.values()) == 20

    def test_within_a_group_the_highest_ranks_are_listed(self) -> None:
        ranks, groups = np.array([4, 1, 3, 2, 5]), np.array(["a", "a", "b", "b", "b"])
        assert list_with_places(ranks, groups, {"a": 1, "b": 2}).tolist() == [0, 1, 1, 1, 0]

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(1, 90)), min_size=1, max_size=6),
        st.data(),
    )
    def test_places_are_shared_out_whole(self, groups: list[tuple[int, int, int]], data: st.DataObject) -> None:
        learnt = {str(i): min(places, then) for i, (then, places, _) in enumerate(groups)}
        then = {str(i): size for i, (size, _, _) in enumerate(groups)}
        now = {str(i): size for i, (_, _, size) in enumerate(groups)} | {"new": 3}
        size = data.draw(st.integers(1, sum(now.values())))
        if not sum(learnt.values()):
            return
        places = share_places(learnt, then, now, size)
        assert sum(places.values()) == size
        assert all(0 <= places[name] <= now[name] for name in now)

    def test_same_cohort_gives_the_places_that_were_learnt(self) -> None:
        learnt, sizes = {"a": 7, "b": 13}, {"a": 100, "b": 100}
        assert share_places(learnt, sizes, sizes, 20) == learnt
