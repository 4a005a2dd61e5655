"""What expunging would change: the copy that it is found in. The comparison itself: tests/end_to_end."""

from pathlib import Path

import psycopg
import pytest

from eis import consequences
from eis.consequences import copied
from eis.postgres import Warehouse
from eis.settings import Settings

MAY_CONNECT = "select has_database_privilege('public', current_database(), 'connect')"


def test_nobody_but_the_operator_reaches_the_copy(
    server_home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each login of the server, of any department, could read what was expunged."""
    monkeypatch.setattr(consequences, "copy_into", lambda *_: None)
    line = Warehouse(Settings(home=server_home, department="demo", database_url=None))
    with copied(line) as url, psycopg.connect(url) as copy:
        assert copy.execute(MAY_CONNECT).fetchone() == (False,)
