"""The report: whole, valid, readable, asking nothing of anybody, and saying what the tables say."""

import datetime as dt
import re
from dataclasses import replace

import html_pages
import pytest
from html_pages import list_colours, read
from test_oversight import PLAN

from ml import oversight, report, warehouse
from ml.errors import ModellingError
from ml.fairness import GroupRate
from ml.intervals import Estimate
from ml.report import palette
from ml.report.page import say_comparison, say_share
from ml.settings import Experiment
from ml.thresholds import AT_CAPACITY

SUBJECT = report.Subject(
    "Test & Sons Police",
    "complaint",
    "At least one <complaint> received.",
    "The Deputy Chief",
    ["Coaching."],
    ["Discipline."],
)


@pytest.fixture(scope="module")
def facts(inputs: warehouse.Connection, watched: Experiment, trained: str) -> report.Facts:
    """The facts of a small department, from stored tables."""
    inputs.execute("alter table features.feature_catalog add if not exists family text")
    inputs.execute("update features.feature_catalog set family = split_part(feature_name, '_', 1)")
    oversight.audit_fairness(inputs, watched, trained, PLAN)
    oversight.compare_thresholds(inputs, watched, trained)
    return report.collect(inputs, SUBJECT)


@pytest.fixture(scope="module")
def page(facts: report.Facts) -> str:
    return report.render(facts).content


class TestForm:
    def test_is_valid_html(self, page: str) -> None:
        html_pages.assert_valid(page)

    def test_asks_nothing_of_anybody(self, page: str) -> None:
        html_pages.assert_asks_nothing_of_anybody(page)

    def test_identifiers_are_unique_and_references_lead_somewhere(self, page: str) -> None:
        html_pages.assert_references_lead_somewhere(page)

    def test_can_be_heard(self, page: str) -> None:
        html_pages.assert_can_be_heard(page)

    def test_names_are_escaped(self, page: str) -> None:
        assert "Test &amp; Sons Police" in page
        assert "&lt;complaint&gt;" in page

    def test_same_facts_give_the_same_page(self, facts: report.Facts) -> None:
        assert report.render(facts) == report.render(facts)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class TestContrast:
    def test_is_measured_as_wcag_does(self) -> None:
        assert contrast("#ffffff", "#000000") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)

    @pytest.mark.parametrize(("ink", "ground"), palette.TEXT_PAIRS)
    def test_of_text_meets_aa(self, ink: str, ground: str) -> None:
        assert contrast(ink, ground) >= 4.5

    @pytest.mark.parametrize(("line", "ground"), palette.LINE_PAIRS)
    def test_of_lines_meets_aa(self, line: str, ground: str) -> None:
        assert contrast(line, ground) >= 3

    def test_page_uses_no_other_colour(self, page: str) -> None:
        assert list_colours(page) <= {
            value for name, value in vars(palette).items() if name.isupper() and isinstance(value, str)
        }


class TestWords:
    def test_what_it_gets_wrong_is_that_of_the_predictions(
        self,
        registry: warehouse.Connection,
        facts: report.Facts,
        page: str,
    ) -> None:
        """Counted in SQL by somebody else: of the ten highest at each test date, who had no complaint."""
        false, missed = registry.execute(
            """
            select avg(in_vain), avg(missed) from (
                select
                    sum((rank <= 10 and label_value = 0)::int) / 10.0 as in_vain,
                    sum((rank > 10 and label_value = 1)::int)::float8 / sum(label_value) as missed
                from ml.predictions
                inner join ml.models using (model_id, outcome)
                inner join labels.officer_labels as labels using (officer_id, as_of_date, outcome)
                where outcome = 'complaint' and role = 'test' and model_group = %s and labels.horizon_months = 12
                group by model_id
            ) as dates
            """,
            [facts.group],
        ).fetchone()
        text = read(page).text
        assert f"{float(false) * 100:.0f} of 100 officers on the list will" in text
        assert f"{float(missed) * 100:.0f} of 100 officers who will have one are not on the list of 10" in text

    def test_figures_are_those_of_the_tables(
        self,
        registry: warehouse.Connection,
        facts: report.Facts,
        page: str,
    ) -> None:
        text = read(page).text
        for group, value in registry.execute(
            "select model_group, value from ml.evaluations where outcome = 'complaint' and metric = 'auc'"
            " and model_group in (%s, 'threshold_system')",
            [facts.group],
        ):
            assert f"{value:.3f}" in text, group
        for found, rules, more in registry.execute(
            "select found, found_by_thresholds, more_found from ml.threshold_comparisons"
            " where outcome = 'complaint' and model_group = %s",
            [facts.group],
        ):
            assert f"{found:.1f} {rules:.1f} {more:+.1f} (".replace("-", "\u2212") in text
        told = registry.execute(
            "select group_name, value, value_low, value_high from ml.fairness_audits where outcome = 'complaint'"
            " and model_group = %s and test_as_of_date is null and metric = 'recall' and attribute = 'race'",
            [facts.group],
        ).fetchall()
        assert len(told) == 2
        for _, value, low, high in told:
            assert f"{100 * value:.0f}\u00a0% ({100 * low:.0f} to {100 * high:.0f})".replace("\u00a0", " ") in text
        assert facts.chosen.artefact_sha256 in text
        assert f"{facts.chosen.n_train_rows:,} rows of {facts.chosen.n_train_officers:,} officers" in text

    def test_lists_are_compared_at_the_length_that_is_told(self, facts: report.Facts) -> None:
        """The rules may flag nobody: then there is no list of their own length."""
        assert say_comparison(facts).startswith("On lists as long as the threshold system's own (")
        at_capacity = [fact for fact in facts.comparisons if fact.list_kind == AT_CAPACITY]
        assert say_comparison(replace(facts, comparisons=at_capacity)).startswith("On lists of 10 officers (20 flags")

    def test_small_groups_are_not_told(self, facts: report.Facts) -> None:

        hidden = [
            replace(
                fact, rate=GroupRate(*list(vars(fact.rate).values())[:5], suppressed_because="fewer than 30 officers")
            )
            if fact.rate.group_name == "female"
            else fact
            for fact in facts.fairness
        ]
        text = read(report.render(replace(facts, fairness=hidden)).content).text
        assert re.search(r"Not told about, because each holds fewer than 30 officers: female \(\d+\)\.", text)

    def test_no_officer_is_named(
        self,
        registry: warehouse.Connection,
        page: str,
    ) -> None:
        text = read(page).text
        names = [name for (name,) in registry.execute("select distinct officer_id from core.officers")]
        assert [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)] == []

    def test_outcome_without_a_model_is_told_with_the_remedy(
        self,
        registry: warehouse.Connection,
        trained: str,
    ) -> None:
        with pytest.raises(ModellingError, match="Run the line first"):
            report.collect(registry, replace(SUBJECT, outcome="nothing"))


def test_page_is_kept_once(registry: warehouse.Connection, facts: report.Facts) -> None:
    page = report.render(facts)
    assert warehouse.keep_report(registry, facts.chosen, page.sha256, page.content)
    assert not warehouse.keep_report(registry, facts.chosen, page.sha256, page.content)
    assert warehouse.read_report(registry, "complaint") == (page.content, page.sha256)
    assert facts.test_dates == [dt.date(2013, 1, 1), dt.date(2014, 1, 1)]


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (Estimate(0.46, 0.4, 0.52), "46\u00a0% (40 to 52)"),
        (Estimate(0.0289, 0.026, 0.0321), "2.9\u00a0% (2.6 to 3.2)"),
        (Estimate(0.0018, 0.001, 0.0032), "0.18\u00a0% (0.10 to 0.32)"),
        (Estimate(0.0, 0.0, 0.08), "0\u00a0% (0 to 8)"),
        (None, "\u2013"),
    ],
)
def test_small_rates_are_told_with_figures_that_say_something(estimate: Estimate | None, words: str) -> None:
    assert say_share(estimate) == words
