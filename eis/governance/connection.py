"""Who acts: the connection of a command of governance, and what PostgreSQL's refusals mean.

Belongs here: choosing the login. Does not: what is done with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from eis.errors import EisError
from eis.postgres import Warehouse
from eis.settings import Settings

# Raised by the functions of schema governance with words for people, or by PostgreSQL about a grant or a full disk.
REFUSALS = (
    psycopg.errors.DiskFull,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.CheckViolation,
    psycopg.errors.UniqueViolation,
    psycopg.errors.NoDataFound,
    psycopg.errors.RaiseException,
)


@contextmanager
def acting(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection as the person of `EIS_USER_URL`, or as the operator; one transaction.

    Raises:
        EisError: the login is refused, or what it asks for is; with PostgreSQL's reason.
    """
    url = settings.user_url.get_secret_value() if settings.user_url else Warehouse(settings).url()
    try:
        connection = psycopg.connect(url, connect_timeout=10, application_name="eis governance")
    except psycopg.Error as error:
        whose = "EIS_USER_URL" if settings.user_url else "the warehouse"
        reason = str(error).splitlines()[-1] if not settings.user_url else "PostgreSQL does not let it in"
        raise EisError(f"The login of {whose} cannot be used: {reason}. Ask the operator: eis access list") from error
    with connection, explained():
        yield connection


@contextmanager
def operating(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection as the operator, who owns the warehouse; one transaction.

    Raises:
        EisError: the warehouse is not running, or refuses.
    """
    with psycopg.connect(Warehouse(settings).url(), application_name="eis governance") as connection, explained():
        yield connection


@contextmanager
def explained() -> Iterator[None]:
    """Turn a refusal into its own words, without a traceback."""
    try:
        yield
    except REFUSALS as error:
        parts = (error.diag.message_primary, error.diag.message_hint)
        raise EisError(". ".join(part.rstrip(".") for part in parts if part) + ".") from error
    except psycopg.errors.UndefinedTable as error:
        raise EisError(f"{error.diag.message_primary}. Run the line once: eis run") from error
    except psycopg.OperationalError as error:
        reason = str(error).partition("\n")[0]
        raise EisError(f"The warehouse went away, and nothing was changed ({reason}). Do it again.") from error
