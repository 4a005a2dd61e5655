"""Every dashboard, in headless Chromium, as the people who read it: `make test-bi`, after `make run`.

Belongs here: what only a browser shows. Does not: whether tables and columns exist (tests/dagster_project), or the rules
of reading (tests/governance). Runs in Superset's environment and talks to the project by its command line.
"""

import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
import yaml
from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).resolve().parents[3]
EIS = PROJECT / ".venv" / "bin" / "eis"
CHROMIUM = os.environ.get("EIS_CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = os.environ.get("EIS_SCREENSHOTS")  # a folder: pictures for the documentation are kept there
WIDE = {"width": 1440, "height": 1000}
SUPERVISOR, CHIEF = "eis_bi_test_supervisor", "eis_bi_test_chief"
SHOWN = "[data-test='chart-container'], .dashboard-chart"
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


@contextmanager
def logged_in(browser: Browser, address: str, login: str, password: str) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, base_url=address)
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("Username").fill(login)
    page.get_by_label("Password").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(re.compile("/(superset/)?welcome"), timeout=PATIENCE)
    yield page
    context.close()


@pytest.fixture(scope="session")
def supervisor(browser: Browser, address: str, passwords: dict[str, str]) -> Iterator[Page]:
    with logged_in(browser, address, SUPERVISOR, passwords[SUPERVISOR]) as page:
        yield page


@pytest.fixture(scope="session")
def chief(browser: Browser, address: str, passwords: dict[str, str]) -> Iterator[Page]:
    with logged_in(browser, address, CHIEF, passwords[CHIEF]) as page:
        yield page


def open_dashboard(page: Page, slug: str, query: str = "") -> None:
    """Open it and wait until each of its charts has answered; the window is made as tall as the page."""
    page.set_viewport_size(WIDE)
    page.goto(f"/superset/dashboard/{slug}/?standalone=0{query}")
    page.wait_for_selector(".dashboard-grid", timeout=PATIENCE)
    page.set_viewport_size({"width": WIDE["width"], "height": 4_000})
    settle(page)
    height = page.evaluate("document.querySelector('.dashboard-grid').getBoundingClientRect().bottom")
    page.set_viewport_size({"width": WIDE["width"], "height": int(height) + 40})
    settle(page)


def settle(page: Page) -> None:
    """Until nothing is being loaded."""
    page.wait_for_timeout(1_500)
    page.wait_for_function("!document.querySelector('.loading, [data-test=\"loading-indicator\"]')", timeout=PATIENCE)
    page.wait_for_timeout(1_500)


def find_faults(page: Page) -> list[str]:
    """What charts say went wrong."""
    shown = page.locator("[role=alert], .ant-alert-error, .error-message, [data-test='error-message']")
    return [text for text in shown.all_inner_texts() if text.strip()]


def keep_picture(page: Page, slug: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{slug}.png")


def choose(page: Page, label: str, value: str) -> None:
    """Choose a value of a filter at the side, and apply it."""
    holder = page.locator("[data-test='form-item-value']", has_text="").locator(
        f"xpath=ancestor::*[.//*[normalize-space(text())='{label}']][1]"
    )
    box = holder.locator("input[role=combobox]").last
    box.click()
    box.fill(value)
    page.locator(".ant-select-item-option", has_text=value).first.click()
    page.keyboard.press("Escape")
    page.locator("[data-test='filter-bar__apply-button']").click()
    settle(page)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_opens_with_every_question_and_no_error(request: pytest.FixtureRequest, slug: str) -> None:
    dashboard = DASHBOARDS[slug]
    page: Page = request.getfixturevalue("supervisor" if dashboard["login"] == "own-login" else "chief")
    open_dashboard(page, slug)
    if slug == "officer-detail":
        [(officer,)] = ask("select officer_id from scores.current_officer_scores where is_on_list and unit_id ="
                           f" (select min(unit_id) from governance.supervisor_units where login = '{SUPERVISOR}')"
                           " order by outcome, rank limit 1")  # fmt: skip
        choose(page, "Officer", officer)
    keep_picture(page, slug)
    assert find_faults(page) == []
    shown = page.locator("body").inner_text()
    for chart in dashboard["charts"]:
        assert chart["question"] in shown
    assert "What it is never for" in shown
