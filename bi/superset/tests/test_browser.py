"""Every dashboard, in headless Chromium, as the people who read it: `make test-bi`, after `make run`.

Belongs here: what only a browser shows. Does not: whether tables and columns exist (tests/dagster_project), or the
rules of reading (tests/governance). It runs in Superset's environment, and asks the project by its command line.
"""

import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

PROJECT = Path(__file__).resolve().parents[3]
EIS = PROJECT / ".venv" / "bin" / "eis"
CHROMIUM = os.environ.get("EIS_CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = os.environ.get("EIS_SCREENSHOTS")  # a folder: pictures for the documentation are kept there
WIDE = {"width": 1440, "height": 1000}
SUPERVISOR, CHIEF = "eis_bi_test_supervisor", "eis_bi_test_chief"
PATIENCE = 90_000

DASHBOARDS = {
    declared["slug"]: declared
    for path in sorted((PROJECT / "bi/superset/dashboards").glob("*.yml"))
    for declared in [yaml.safe_load(path.read_text(encoding="utf-8"))]
}


def eis(*arguments: str) -> str:
    done = subprocess.run([EIS, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(query: str) -> list[tuple]:
    """Rows, as the operator."""
    with closing(psycopg2.connect(eis("warehouse", "url").strip())) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


@contextmanager
def person(login: str, role: str) -> Iterator[str]:
    """The password of a login that is closed at the end."""
    url = eis("access", "add", login, "--role", role).strip().removeprefix("EIS_USER_URL=")
    try:
        yield url.split(":")[2].split("@")[0]
    finally:
        eis("access", "remove", login)


@pytest.fixture(scope="session")
def units() -> list[str]:
    """Two units with officers on today's list, and not the only ones."""
    found = [unit for (unit,) in ask("select unit_id from scores.list_units where list_status = 'current' group by 1"
                                     " having sum(n_on_list) > 0 order by 1")]  # fmt: skip
    assert len(found) > 2
    return found[:2]


@pytest.fixture(scope="session")
def passwords(units: list[str]) -> Iterator[dict[str, str]]:
    with person(SUPERVISOR, "eis_supervisor") as one, person(CHIEF, "eis_command") as other:
        eis("access", "units", SUPERVISOR, *(word for unit in units for word in ("--unit", unit)))
        yield {SUPERVISOR: one, CHIEF: other}


@pytest.fixture(scope="session")
def address(passwords: dict[str, str]) -> Iterator[str]:
    """Superset as `eis bi` starts it, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([EIS, "bi", "--port", str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            assert server.poll() is None, "eis bi ended"
            try:
                urllib.request.urlopen(f"{url}/health", timeout=2)
                break
            except OSError:
                time.sleep(1)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Reader:
    """Somebody at the browser, and what Superset has answered to the charts since the last page was opened."""

    page: Page
    answers: list[Response] = field(default_factory=list)

    def remember(self, response: Response) -> None:
        if "/api/v1/chart/data" in response.url:
            self.answers.append(response)

    def open(self, slug: str) -> None:
        """Open a dashboard as tall as it is, so that each chart is drawn, and wait until all have answered."""
        self.answers.clear()
        self.page.set_viewport_size(WIDE | {"height": 4_000})
        self.page.goto(f"/superset/dashboard/{slug}/")
        self.page.wait_for_selector(".dashboard-grid", timeout=PATIENCE)
        self.settle()
        box = self.page.locator(".grid-content").bounding_box()
        assert box
        self.page.set_viewport_size(WIDE | {"height": int(box["y"] + box["height"]) + 24})
        self.settle()

    def settle(self) -> None:
        """Until nothing is being loaded."""
        self.page.wait_for_timeout(2_000)
        expect(self.page.locator(".loading")).to_have_count(0, timeout=PATIENCE)
        self.page.wait_for_timeout(1_500)

    def choose(self, filter_number: int, value: str) -> None:
        """Choose a value of a filter at the side, and apply it."""
        self.answers.clear()
        box = self.page.locator("[data-test='filter-bar'] input[role=combobox]").nth(filter_number)
        box.click(force=True)  # what is chosen lies over it
        box.fill(value)
        self.page.locator(f".ant-select-item-option[title='{value}']").first.click()
        self.page.keyboard.press("Escape")
        self.page.locator("[data-test='filter-bar__apply-button']").click()
        self.settle()

    def rows(self) -> list[dict[str, Any]]:
        """What the charts were given."""
        charts = [answer for answer in self.answers if "slice_id" in answer.url]  # filters ask for their choices too
        results = [result for answer in charts for result in answer.json()["result"]]
        return [row for result in results for row in result["data"]]

    def faults(self) -> list[str]:
        """What went wrong, as charts were told and as they tell."""
        told = [f"{answer.status} {answer.text()[:300]}" for answer in self.answers if not answer.ok]
        shown = self.page.locator("[role=alert], .ant-alert-error").all_inner_texts()
        return told + [text for text in shown if text.strip()]


@contextmanager
def logged_in(browser: Browser, address: str, login: str, password: str) -> Iterator[Reader]:
    context = browser.new_context(viewport=WIDE, base_url=address)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/login/")
    page.locator("#username").fill(login)
    page.locator("#password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(re.compile("welcome"))
    reader = Reader(page)
    page.on("response", reader.remember)
    yield reader
    context.close()


@pytest.fixture(scope="session")
def supervisor(browser: Browser, address: str, passwords: dict[str, str]) -> Iterator[Reader]:
    with logged_in(browser, address, SUPERVISOR, passwords[SUPERVISOR]) as reader:
        yield reader


@pytest.fixture(scope="session")
def chief(browser: Browser, address: str, passwords: dict[str, str]) -> Iterator[Reader]:
    with logged_in(browser, address, CHIEF, passwords[CHIEF]) as reader:
        yield reader


def find_listed_officer() -> str:
    """An officer on today's list in the supervisor's first unit."""
    [(officer,)] = ask(f"""
        select officer_id from scores.current_officer_scores
        where is_on_list and unit_id in (select unit_id from governance.supervisor_units where login = '{SUPERVISOR}')
        order by rank limit 1
    """)
    return officer


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_question_is_answered_without_a_fault(request: pytest.FixtureRequest, slug: str) -> None:
    dashboard = DASHBOARDS[slug]
    reader: Reader = request.getfixturevalue("supervisor" if dashboard["login"] == "own-login" else "chief")
    reader.open(slug)
    if slug == "officer-detail":
        reader.choose(0, find_listed_officer())
    if SCREENSHOTS:
        reader.page.screenshot(path=Path(SCREENSHOTS) / f"{slug}.png")
    assert reader.faults() == []
    assert reader.rows()
    shown = reader.page.locator("body").inner_text()
    for chart in dashboard["charts"]:
        assert chart["question"] in shown
    assert "What it is never for" in shown


def test_a_filter_changes_what_every_chart_is_given(chief: Reader) -> None:
    [(other,)] = ask("select max(outcome) from scores.published_lists where status = 'current'")
    chief.open("command-overview")
    assert other not in {row.get("outcome") for row in chief.rows()}
    chief.choose(0, other)
    assert {row["outcome"] for row in chief.rows() if "outcome" in row} == {other}


def test_a_supervisor_is_given_officers_of_the_own_units_alone(supervisor: Reader, units: list[str]) -> None:
    supervisor.open("supervisors-list")
    given = {row["unit_id"] for row in supervisor.rows() if "unit_id" in row}
    assert given == set(units)
    officers = {row["officer_id"] for row in supervisor.rows() if "officer_id" in row}
    elsewhere = ask(
        "select officer_id from scores.current_officer_scores where unit_id is null"
        f" or unit_id not in ('{units[0]}', '{units[1]}')"
    )
    assert officers
    assert not officers & {officer for (officer,) in elsewhere}


def test_opening_a_file_is_on_record_as_that_officers(supervisor: Reader) -> None:
    officer = find_listed_officer()
    supervisor.open("officer-detail")
    supervisor.choose(0, officer)
    read = ask(f"select distinct officer_id, purpose from governance.score_reads where login = '{SUPERVISOR}'"
               " and via = 'officer'")  # fmt: skip
    assert read == [(officer, "Officer detail, a dashboard of Superset")]


def test_a_supervisor_finds_no_other_dashboard(supervisor: Reader) -> None:
    listed = supervisor.page.request.get("/api/v1/dashboard/?q=(page_size:100)").json()["result"]
    own = {slug for slug, declared in DASHBOARDS.items() if declared["login"] == "own-login"}
    assert {dashboard["slug"] for dashboard in listed} == own
    assert supervisor.page.request.get("/api/v1/dashboard/command-overview").status in (403, 404)


@pytest.mark.parametrize(
    ("login", "password"), [(SUPERVISOR, "wrong"), ("eis_bi", "wrong"), ("eis", ""), ("admin", "x")]
)
def test_a_wrong_password_lets_nobody_in(browser: Browser, address: str, login: str, password: str) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/login/", timeout=PATIENCE)
    page.locator("#username").fill(login)
    page.locator("#password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_timeout(3_000)
    assert context.request.get("/api/v1/me/").status == 401
    context.close()
