"""The briefing: valid, readable, asking nothing of anybody, and saying no more than it was given.

What the pages of the demo say, and who may have them: tests/end_to_end/test_briefing_of_the_line.py.
"""

import datetime as dt
import shutil
import stat
from collections import Counter
from dataclasses import replace
from pathlib import Path

import html_pages
import pytest

from eis.briefing.facts import CommandFacts, Evidence, Officer, PublishedList, Reason, Unit, Visible
from eis.briefing.files import choose_units, write
from eis.briefing.page import RECORDS, Setting, render_command, render_unit
from eis.briefing.paper import print_pdf
from eis.errors import EisError
from eis.governance.use import DueReview
from eis.settings import PROJECT
from ml.report import palette

TODAY, EARLIER, DUE = dt.date(2026, 1, 1), dt.date(2025, 12, 1), dt.date(2026, 1, 22)
LIST = PublishedList(
    9, "adverse", TODAY, 150, 20, "manual", "eis_alice", DUE, dt.date(2026, 2, 15), 4, 6, 10, True, "Told.", 12, 3,
    dt.date(2022, 1, 1), dt.date(2024, 1, 1), 0.314, 0.22, 0.131, 0.183, 0.467,
)  # fmt: skip
SETTING = Setting(
    "Test & Sons Police", "A <finding> in the window.", "The Deputy Chief", ["Discipline.", "Promotion."], 20, True
)
OFFICERS = [
    Officer("1042", None, "D04", 3, True, DUE, "clear", 1, 9, 31, EARLIER, 7, True),
    Officer("1077", "Jo <Doe>", "D04", 18, True, DUE, "tie", 6, 60, 12, EARLIER, 55, False),
    Officer("1078", None, "D04", 19, True, DUE, "likely", 6, 40, 12, EARLIER, None, None),
    Officer("1080", None, "D04", 61, False, None, "likely", 30, 90, 60, EARLIER, 12, True),
    Officer("1090", None, "D05", 70, False, None, "clear", 50, 90, 60, EARLIER, 71, False),
]
REASONS = [
    Reason("1042", "raises", 1, "Complaints: 7; officers in comparable posts: 1. Raises the score.", "own", 7, True),
    Reason(
        "1042",
        "raises",
        2,
        "Nights: 40; officers in comparable posts: 12. Raises the score.",
        "context",
        0,
        False,
    ),
    Reason("1042", "lowers", 1, "Arrests: 2; officers in comparable posts: 9. Lowers the score.", "own", 2, False),
]
EVIDENCE = [
    *(Evidence("1042", "raises", 1, "complaints", f"C{n}", None, dt.date(2025, 12, 20 - n), n == 1) for n in range(7)),
    Evidence("1042", "raises", 2, "complaints", "C0", None, dt.date(2025, 12, 20), False),
    Evidence("1042", "raises", 2, "uses_of_force", "F1", dt.date(2025, 3, 1), dt.date(2025, 3, 2), False),
    Evidence("1042", "lowers", 1, "arrests", "A1", dt.date(2025, 12, 29), dt.date(2025, 12, 30), False),
]
BEFORE = DueReview(
    "1042", None, "D04", "adverse", EARLIER, 5, EARLIER, "late", 3, EARLIER, "eis_sgt", True, "peer_support", None
)
UNITS = [Unit("D04", 30, 3, 1, 1, 2, 1, EARLIER), Unit("D05", 25, 0, 0, 0, 0, 0, EARLIER)]
VISIBLE = Visible(LIST, OFFICERS, REASONS, EVIDENCE, [BEFORE])
COMMAND = CommandFacts(LIST, UNITS, Counter({"in time": 1, "overdue": 2, "open": 0}), None, None)


def unit_page(visible: Visible = VISIBLE, unit: str = "D04") -> str:
    return render_unit(visible, unit, SETTING, "eis_sgt", TODAY)


PAGES = {
    "command": render_command(COMMAND, SETTING),
    "unit": unit_page(),
    "unit without anybody": unit_page(unit="D05"),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
class TestForm:
    def test_is_valid_html(self, page: str) -> None:
        html_pages.assert_valid(page)

    def test_asks_nothing_of_anybody(self, page: str) -> None:
        html_pages.assert_asks_nothing_of_anybody(page)

    def test_identifiers_are_unique_and_references_lead_somewhere(self, page: str) -> None:
        html_pages.assert_references_lead_somewhere(page)

    def test_can_be_heard(self, page: str) -> None:
        html_pages.assert_can_be_heard(page)

    def test_uses_only_colours_whose_contrast_is_tested(self, page: str) -> None:
        known = {value for name, value in vars(palette).items() if name.isupper() and isinstance(value, str)}
        assert html_pages.list_colours(page) <= known

    def test_says_what_it_is_not_for(self, page: str) -> None:
        text = html_pages.read(page).text
        assert "no basis for discipline" in text
        assert all(sentence in text for sentence in SETTING.forbidden_use)

    def test_names_are_escaped(self, page: str) -> None:
        assert "Test &amp; Sons Police" in page
        assert "A &lt;finding&gt;" in page
        assert "<Doe>" not in page


class TestCommand:
    def test_names_no_officer(self) -> None:
        text = html_pages.read(PAGES["command"]).text
        assert not [officer.officer_id for officer in OFFICERS if officer.officer_id in text]

    def test_says_how_large_how_sure_what_is_new_and_what_is_due(self) -> None:
        text = html_pages.read(PAGES["command"]).text
        for words in (
            "20 officers are on the list, of 150 in service.",
            "2 new since 1 December 2025; 1 no longer on the list.",
            "10 of 20 places are clear (4) or likely (6); in the other 10 somebody else could as well stand.",
            "Of 100 officers on such lists, 31 had the event within 12 months; of 100 officers in service, 13 had it.",
            "78\u00a0% of those with the event were not on the list".replace("\u00a0", " "),
            "That is 60 places on lists: 18 to 47 of 100 would fit it as well.",
            "Reviews: 1 of 20 are done; the last day is 22 January 2026. 2 are overdue.",
            "this one expires after 15 February 2026",
            "Its model was approved by eis_alice.",
            "1 other unit has nobody on it.",
        ):
            assert words in text

    def test_says_that_a_list_tells_nothing(self) -> None:
        unsure = replace(LIST, is_told=False, why="Fewer than a quarter of its places are sure.")
        text = html_pages.read(render_command(replace(COMMAND, published=unsure), SETTING)).text
        assert "Cannot tell Fewer than a quarter of its places are sure. Use your own judgement alone." in text
        assert "places are clear" not in text

    def test_says_so_where_there_was_no_list_before_or_no_replay_or_a_refusal(self) -> None:
        first = [replace(unit, earlier_as_of_date=None) for unit in UNITS]
        facts = CommandFacts(replace(LIST, precision_of_lists=None), first, Counter(), "Scores drifted.", "It is old.")
        text = html_pages.read(render_command(facts, SETTING)).text
        assert "First list There is no earlier one to compare with." in text
        assert "No longer listed" not in text
        assert "none was replayed" in text
        assert "the latest scores were refused, and this list stands. Scores drifted." in text
        assert "The model: It is old." in text

    def test_says_no_interval_where_no_officers_were_drawn(self) -> None:
        record = replace(LIST, precision_low=None, precision_high=None)
        text = html_pages.read(render_command(replace(COMMAND, published=record), SETTING)).text
        assert "Of 100 officers on such lists, 31 had the event" in text
        assert "would fit it as well" not in text

    def test_says_that_nobody_looked_at_the_model(self) -> None:
        facts = replace(COMMAND, published=replace(LIST, approval="automatic"))
        assert "Nobody looked at the model" in render_command(facts, SETTING)


class TestUnit:
    def test_says_place_interval_certainty_change_post_and_review(self) -> None:
        text = html_pages.read(PAGES["unit"]).text
        for words in (
            "3 of 4 officers of the unit are on the list of 20.",
            "3 of 150; nine in ten of the model's refits put the officer between 1 and 9",
            "Clear: on the list almost whichever officers the model learns from.",
            "A tie: somebody else could as well stand in this place.",
            "On the list of 1 December 2025 too: place 7 then, 3 now.",
            "New on the list: place 55 on 1 December 2025, 18 now.",
            "New on the list: not scored on 1 December 2025.",
            "the place would be 31, which is not on the list: look at the post before you look at the officer",
            "By 22 January 2026. On the list of 1 December 2025: eis_sgt agreed, peer support.",
            "No longer on the list since 1 December 2025: Officer 1080 (place 12 then, 61 now).",
        ):
            assert words in text

    def test_tells_reasons_by_the_numbers_with_which_they_are_reviewed(self) -> None:
        page = PAGES["unit"]
        assert '<li value="1">Complaints: 7; officers in comparable posts: 1. Were this as usual' in page
        assert '<li value="2">Nights: 40; officers in comparable posts: 12. <span class="tag">comes with the' in page
        assert "Raises the score." not in page

    def test_points_at_the_latest_three_records_of_a_reason_each_once(self) -> None:
        text = html_pages.read(PAGES["unit"]).text
        assert [f"C{n}" in text for n in range(7)] == [True, True, True, False, False, False, False]
        assert "complaint C0 not known 20 December 2025 new 1, 2" in text
        assert "use of force F1 1 March 2025 2 March 2025 2" in text
        assert "A1" not in text, "what lowers the score is not what to look at"
        assert "On record since, among what stands behind the reasons: arrest (1), complaint (7)." in text

    def test_says_which_record_is_disputed(self) -> None:
        text = html_pages.read(PAGES["unit"]).text
        assert "complaint disputed, not decided yet C1 not known" in text
        assert text.count("disputed") == 1

    def test_shows_a_name_where_it_was_given_one(self) -> None:
        text = html_pages.read(PAGES["unit"]).text
        assert "Jo <Doe> (1077)" in text
        assert "Officer 1042" in text

    def test_tells_of_no_officer_of_another_unit(self) -> None:
        assert "1090" not in PAGES["unit"]
        assert not [number for number in ("1042", "1077", "1080") if number in PAGES["unit without anybody"]]

    def test_says_that_nobody_is_on_the_list_and_that_this_says_little(self) -> None:
        text = html_pages.read(PAGES["unit without anybody"]).text
        assert "Nobody of this unit is on the list. That does not say that nobody needs support." in text

    def test_says_what_a_review_found(self) -> None:
        done = replace(BEFORE, list_id=LIST.list_id, as_of_date=TODAY, agrees=False, action="none", status="in time")
        page = unit_page(replace(VISIBLE, reviews=[done]))
        assert "Done: eis_sgt did not agree, nothing followed." in page


class TestFiles:
    def test_are_their_owners_alone(self, tmp_path: Path) -> None:
        path = write(tmp_path / "briefings" / "page.html", "words")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o644)
        assert stat.S_IMODE(write(path, "other words").stat().st_mode) == 0o600

    def test_are_of_units_that_are_concerned(self) -> None:
        assert choose_units(VISIBLE, only_listed=True) == ["D04"]
        assert choose_units(VISIBLE, only_listed=False) == ["D04", "D05"]

    def test_are_printed_by_an_installed_browser(self, tmp_path: Path) -> None:
        if not (shutil.which("chromium") or shutil.which("google-chrome")):
            pytest.skip("no Chromium is installed here")
        pdf = print_pdf(write(tmp_path / "command.html", PAGES["command"]))
        assert pdf.read_bytes().startswith(b"%PDF-")

    def test_without_a_browser_are_to_be_printed_by_hand(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(EisError, match=r"open .*command\.html in any browser and print it"):
            print_pdf(tmp_path / "command.html")


def test_every_kind_of_evidence_has_a_name() -> None:
    """The tables that reasons rest on are those of the department model with a key to point at."""
    keys = (
        (PROJECT / "macros" / "keys.sql").read_text(encoding="utf-8").split("{% endmacro")[0].split("{%- endmacro")[0]
    )
    tables = {line.split("'")[1] for line in keys.splitlines() if line.strip().startswith("'")}
    assert tables - {"officers", "assignments", "ranks"} <= set(RECORDS)
