"""Monitoring on the finished demo line: quiet without cause, and loud about what is planted."""

from collections.abc import Iterator

import psycopg
import pytest
from place import Built
from time_travel import open_copy

from eis.governance.policy import SIGNALS
from ml.drift import measure_drift
from ml.warehouse import list_as_of_dates

pytestmark = pytest.mark.slow

DATABASE = "eis_monitoring"
REBUILT = ("--select", "feature_drift", "force_reporting", "signals+")
# These need lists of earlier months, which a first run has not got.
WAIT_FOR_MONTHS = {"score_drift", "list_churn", "rank_correlation", "calibration", "realised_precision"}
ALERTS = "select signal, subject, as_of_date from monitoring.alerts where status = 'open' order by 1, 2"

BUSIEST_UNIT = """
select unit_id from monitoring.force_reporting
where as_of_date = (select max(as_of_date) from features.as_of_dates)
order by n_expected desc limit 1
"""


class TestQuiet:
    def test_every_signal_that_can_be_measured_is_and_none_alerts(self, demo: Built) -> None:
        current = demo.place.query("select signal, state, subject, finding from monitoring.signals where is_current")
        assert {signal for signal, *_ in current} == set(SIGNALS) - WAIT_FOR_MONTHS
        assert [row for row in current if row[1] == "beyond"] == []
        assert demo.place.query(ALERTS) == []

    def test_each_feature_was_measured_once(self, demo: Built) -> None:
        assert demo.place.query("select count(*), count(distinct as_of_date) from monitoring.feature_drift") == [
            (demo.place.number("select count(*) from features.feature_catalog where is_available"), 1)
        ]

    def test_each_outcome_has_a_challenger_that_scored_in_shadow_and_reaches_no_list(self, demo: Built) -> None:
        scored = demo.place.query(
            "select outcome, count(distinct model_id), count(*) from ml.shadow_scores group by 1 order by 1"
        )
        cohort = demo.place.number(
            "select count(*) from features.officer_cohort where as_of_date = (select max(as_of_date) from ml.scores)"
        )
        assert scored == [(outcome, 1, cohort) for outcome in sorted(demo.place.configuration.backtest.test_dates)]
        shadows = "select count(*) from {} inner join ml.challengers using (model_id)"
        for published in ("governance.published_lists", "ml.scores", "governance.model_decisions"):
            assert demo.place.number(shadows.format(published)) == 0
        contenders = demo.place.query("select distinct contender_kind from monitoring.champion_challenger order by 1")
        assert contenders == [("challenger",), ("published",), ("threshold system",)]


class TestPlanted:
    @pytest.fixture(scope="class")
    def copy(self, demo: Built) -> Iterator[psycopg.Connection]:
        with open_copy(demo.place, DATABASE) as copy:
            yield copy

    def test_a_changed_column_and_a_unit_that_stops_reporting_raise_one_alert_each(
        self, demo: Built, copy: psycopg.Connection
    ) -> None:
        last = list_as_of_dates(copy)[-1]
        [(unit,)] = copy.execute(BUSIEST_UNIT).fetchall()
        # A column in another unit than before.
        moved = "update features.feat_activity set activity_stops_12m = 60 * activity_stops_12m where as_of_date = %s"
        copy.execute(moved, [last])
        copy.execute(
            """
            delete from core.uses_of_force using features.officer_cohort as cohort
            where uses_of_force.officer_id = cohort.officer_id and cohort.as_of_date = %(last)s
                and cohort.unit_id = %(unit)s
                and occurred_on between cast(%(last)s as date) - interval '3 months' and %(last)s
            """,
            {"last": last, "unit": unit},
        )
        planted = [("feature_drift", "activity", last), ("force_reporting", f"unit {unit}", last)]
        measure_drift(copy, "with a changed column", [last])
        demo.place.build(*REBUILT, database=DATABASE)
        assert copy.execute(ALERTS).fetchall() == planted
        assert copy.execute("select governance.raise_alerts()").fetchone() == (0,)  # once is enough
        assert copy.execute(ALERTS).fetchall() == planted
        [(finding,)] = copy.execute("select finding from monitoring.alerts where signal = 'feature_drift'").fetchall()
        assert finding.startswith("activity_stops_12m has PSI ")
