"""The annual evaluation's page: whole, self-contained, and saying no more than the figures do."""

import datetime as dt
import re
from dataclasses import replace

import html5lib
import pytest

from eis.annual.facts import (
    ActionCount,
    AlertCount,
    Decisions,
    Effect,
    FairnessFinding,
    GroupRates,
    Mark,
    ModelDecision,
    PolicyVersion,
    PublishedList,
    Reason,
    Reviews,
    Year,
)
from eis.annual.page import render, say_share
from eis.governance.audit_log import Verification
from eis.governance.policy import parse_policy
from eis.settings import PROJECT

DAY, MOMENT = dt.date(2026, 1, 1), dt.datetime(2026, 1, 2, 9, tzinfo=dt.UTC)
EFFECT = Effect("issued", "outcome", 12, "cannot tell", "Too little.", 0.2, -0.05, -0.3, 0.2, 0.35, 0.4, 0.2, 0.3, 0.2)


@pytest.fixture(scope="module")
def year() -> Year:
    policy = parse_policy(PROJECT / "departments" / "demo" / "policy.yml").model_dump(mode="json")
    listed = PublishedList("adverse", DAY, 50, 1000, "manual", "eis_cmd", "superseded", None, None)
    return Year(
        year=2026,
        today=dt.date(2026, 12, 1),
        outcome="adverse",
        policies=[PolicyVersion(1, MOMENT, policy)],
        lists=[
            listed,
            replace(listed, status="withdrawn", withdrawn_by="eis_aud", withdrawal_reason="<b>Wrong</b> hours"),
        ],
        decisions=[Decisions("adverse", 2, 1, {"drift": 1})],
        models=[ModelDecision(MOMENT, "3f2a91bc", "adverse", "approved", "manual", "eis_cmd", "The backtest was read")],
        alerts=[AlertCount("feature_drift", 3, 1, 1, "team:data-science")],
        reviews_by_list=[Reviews("2026-01-01", 50, 40, 30, 2, 8, 35, 20, 20)],
        reviews_by_unit=[Reviews("D04", 10, 0, 0, 10, 0, 0, 0, 0)],
        actions=[ActionCount("none", 20), ActionCount("peer_support", 20)],
        interventions=[ActionCount("peer_support", 12, 9, 1)],
        reasons=[Reason("complaints_reported", 30, 0.9)],
        effects=[EFFECT, replace(EFFECT, measure="arrests", verdict="fewer", explanation="A third fewer.")],
        fairness=[
            GroupRates("race", "white", True, 600, 0.05, 0.3, None, None, 0.04, None),
            GroupRates("race", "black", False, 300, 0.06, 0.2, 0.5, 0.9, 0.05, None),
            GroupRates("race", "asian", False, 9, None, None, None, None, None, "fewer than 30 officers"),
        ],
        fairness_of_lists=[FairnessFinding(DAY, "On the list most often: race black")],
        marks=[Mark(DAY, "complaints", "expunged", "Court order 26-113", "Sealed by the court", "eis_cmd")],
        audit=Verification(41, "9f86d0", []),
    )


def test_page_is_valid_and_asks_nothing_of_any_machine(year: Year) -> None:
    page = render(year, "Demo")
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page)
    assert not re.findall(r"<script|<link|@import|url\(|https?://", page)
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)
    assert "&lt;b&gt;Wrong&lt;/b&gt; hours" in page


def test_every_part_of_the_year_is_told(year: Year) -> None:
    words = " ".join(re.sub(r"<[^>]+>", " ", render(year, "Demo")).split())
    for told in (
        "2 lists of adverse reached supervisors",
        "2 were published and 1 refused",
        "40 of 50 (80 %) listed officers were reviewed, 30 of them in time; 8 reviews were missed, 2 are waiting",
        "Nobody can tell from so few officers. Too little.",
        "Arrests: fewer. A third fewer.",
        "Adverse of 1 January 2026, by eis_aud",
        "drift (1)",
        "The backtest was read",
        "peer support 12 (9 completed, 1 declined or broken off)",
        "Found less often than the reference group when they have the outcome: black.",
        "Too few to be told about: asian.",
        "feature drift 3 1 1 team:data-science",
        "Court order 26-113",
        "41 entries, the last with hash 9f86d0",
    ):
        assert told in words, told


def test_what_is_not_there_is_said_to_be_missing(year: Year) -> None:
    empty = replace(
        year, lists=[], models=[], alerts=None, reviews_by_list=[], reviews_by_unit=[], effects=[], fairness=[],
        marks=[], audit=Verification(41, "9f86d0", ["Entry 7 was changed."]),
    )  # fmt: skip
    page = render(empty, "Demo")
    html5lib.HTMLParser(strict=True).parse(page)
    for told in (
        "No list was published.",
        "This warehouse has no table of alerts.",
        "Lists have not been followed up",
        "No record was contested.",
        "Groups are too small",
        "The audit log was tampered with: Entry 7 was changed.",
    ):
        assert told in page, told


def test_a_share_of_nothing_is_a_dash() -> None:
    assert (say_share(0, 0), say_share(1, 4)) == ("\u2013", "1 of 4 (25\u00a0%)")
