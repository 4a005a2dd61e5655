"""A page as a PDF file, by a Chromium that is installed.

Belongs here: finding one and asking it. Does not: what is on the page; its style sheet says how it looks on paper.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from eis.errors import EisError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
TIMEOUT = 120  # seconds


def print_pdf(page: Path) -> Path:
    """Write a page's PDF beside it.

    Raises:
        EisError: no browser is installed, or it does not print.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise EisError(
            "PDF files are written by Chromium, which is not installed here (Debian: apt-get install chromium)."
            f" The page is laid out for paper too: open {page} in any browser and print it."
        )
    pdf = page.with_suffix(".pdf")
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                browser,
                "--headless",
                "--disable-gpu",
                *(
                    ["--no-sandbox"] if os.geteuid() == 0 else []
                ),  # Chromium refuses root a sandbox; the page has no script
                f"--user-data-dir={profile}",
                "--no-pdf-header-footer",
                f"--print-to-pdf={pdf}",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    if done.returncode or not pdf.exists():
        raise EisError(f"{browser} did not print {page}: {done.stderr.strip()[-500:]}")
    return pdf
