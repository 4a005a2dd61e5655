"""The time-travel test on the demo department; Chicago's is in test_chicago_slice.py, the way in time_travel.py."""

import pytest
from place import Built
from time_travel import Journey, travel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def journey(demo: Built) -> Journey:
    return travel(demo.place, "2023-01-01")


def test_no_feature_knows_the_future(journey: Journey) -> None:
    assert journey.published.rows > 1_000
    assert journey.published.lost_or_added == 0
    assert journey.published.changed == {}  # feature -> rows in which it differs from what was known then


def test_a_planted_leak_is_seen_in_every_family(journey: Journey, demo: Built) -> None:
    families = {family for (family,) in demo.place.query("select distinct family from features.feature_catalog")}
    assert {name.partition("_")[0] for name in journey.leaking.changed} == families
