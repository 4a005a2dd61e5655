"""Chicago: the whole line on a slice of the real files, and the protocol's own figures on all of them.

No row and no officer's figure is ever shown: assertions compare counts and shares.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from invariants import INTERFACES, INVARIANTS, count_breaches, count_repeated_keys
from place import Built, Place
from time_travel import Journey, travel

from eis.governance.schema import ensure_governance
from eis.ingest import load_raw_tables
from eis.postgres import Warehouse

pytestmark = pytest.mark.slow

# What an independent script measured on the same files with the same protocol.
COHORTS = {"2005": 12_886, "2010": 13_054, "2011": 12_658, "2013": 11_885, "2015": 12_025}
BASE_RATES = {
    "complaint": {"2011": 0.291, "2012": 0.289, "2013": 0.279, "2014": 0.268, "2015": 0.262},
    "force_complaint": {"2011": 0.100, "2012": 0.091, "2013": 0.068, "2014": 0.059},
    "sustained": {"2010": 0.022, "2011": 0.026, "2012": 0.024, "2013": 0.032},
    "force_report": {"2011": 0.245, "2012": 0.257, "2013": 0.264, "2014": 0.261, "2015": 0.245},
}


class TestSlice:
    @pytest.mark.parametrize("table", INTERFACES)
    def test_interface_has_its_columns_and_its_key(self, chicago_slice: Built, table: str) -> None:
        assert chicago_slice.place.number(f"select count(*) from {table}") > 0
        assert count_repeated_keys(chicago_slice.place, table) == 0

    @pytest.mark.parametrize("invariant", INVARIANTS)
    def test_invariant(self, chicago_slice: Built, invariant: str) -> None:
        assert count_breaches(chicago_slice.place, INVARIANTS[invariant]) == 0

    def test_models_are_better_than_chance(self, chicago_slice: Built) -> None:
        aucs = dict(
            chicago_slice.place.query(
                "select outcome, min(auc) from ("
                "  select outcome, model_group, avg(value) as auc from monitoring.backtest_metrics"
                "  where metric = 'auc' and not is_baseline group by 1, 2"
                ") as groups group by 1"
            )
        )
        assert set(aucs) == set(BASE_RATES)
        for outcome in ("complaint", "force_complaint", "force_report"):
            assert aucs[outcome] > 0.6
        assert aucs["sustained"] > 0.5  # some 30 positives a year in the slice

    def test_no_feature_knows_the_future(self, journey: Journey) -> None:
        assert journey.published.rows > 1_000
        assert journey.published.lost_or_added == 0
        assert journey.published.changed == {}  # feature -> rows in which it differs from what was known then

    def test_a_planted_leak_is_seen_in_every_family(self, journey: Journey, chicago_slice: Built) -> None:
        families = chicago_slice.place.query("select distinct family from features.feature_catalog where is_available")
        assert {name.partition("_")[0] for name in journey.leaking.changed} == {family for (family,) in families}


@pytest.fixture(scope="module")
def journey(chicago_slice: Built) -> Journey:
    return travel(chicago_slice.place, "2012-07-01")


@pytest.fixture(scope="module")
def whole(make_home: Callable[[], Path], chicago_files: Path) -> Place:
    """All of Chicago's files as far as the labels, without any check on the way."""
    place = Place(make_home(), chicago_files, "chicago")
    Warehouse(place.settings).start()
    ensure_governance(place.url())
    load_raw_tables(place.url(), place.configuration, chicago_files)
    place.build("--select", "+officer_labels")
    return place


class TestReference:
    def test_cohorts_are_those_of_the_reference(self, whole: Place) -> None:
        found = whole.query(
            "select cast(extract(year from as_of_date) as text), count(*) from features.officer_cohort"
            " where extract(month from as_of_date) = 1 group by 1"
        )
        assert {year: count for year, count in found if year in COHORTS} == COHORTS

    @pytest.mark.parametrize("outcome", BASE_RATES)
    def test_base_rates_are_those_of_the_reference(self, whole: Place, outcome: str) -> None:
        found = whole.query(
            "select cast(extract(year from as_of_date) as text), cast(round(avg(label_value), 3) as float)"
            " from labels.officer_labels where outcome = %s and horizon_months = 12"
            " and extract(month from as_of_date) = 1 group by 1",
            [outcome],
        )
        assert {year: rate for year, rate in found if year in BASE_RATES[outcome]} == BASE_RATES[outcome]
