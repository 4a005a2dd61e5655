"""Settings of Apache Superset for these dashboards; `eis bi` starts it with the variables that are read here.

Belongs here: what differs from Superset's own settings, and why. Does not: who may log in (`eis_login`), or dashboards.
"""

import os
from datetime import timedelta
from pathlib import Path

from eis_login import PostgresLogins, connect_as_reader, forget_who_cannot_connect

STATE = Path(os.environ["EIS_BI_STATE"])

APP_NAME = "Early Intervention System"
SECRET_KEY = (STATE / "secret_key").read_text()
# Superset's own records: dashboards and users, no scores or passwords. Another place may be named.
RECORDS = f"sqlite:///{STATE}/superset.db?check_same_thread=false"
SQLALCHEMY_DATABASE_URI = os.environ.get("EIS_BI_RECORDS_URL", RECORDS)

# People log in with the login that `eis access add` gave them, and their queries run as that login.
CUSTOM_SECURITY_MANAGER = PostgresLogins
DB_CONNECTION_MUTATOR = connect_as_reader
FLASK_APP_MUTATOR = forget_who_cannot_connect
PERMANENT_SESSION_LIFETIME = timedelta(hours=8)
SESSION_COOKIE_SAMESITE = "Strict"

# Nothing read for one person is kept for another, and each reading reaches PostgreSQL, which puts it on record.
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

FEATURE_FLAGS = {
    "ENABLE_TEMPLATE_PROCESSING": True,  # the officer that a page was opened for, passed to governance.read_file()
    "DRILL_BY": False,
    "DRILL_TO_DETAIL": False,
}

EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "eis",
        "label": "Colour-blind safe",
        "description": "",
        "isDefault": True,
        "colors": os.environ["EIS_BI_COLOURS"].split(),
    }
]
# One light theme, with a link colour that is read on white (contrast above 4.5).
THEME_DARK = None
THEME_DEFAULT = {
    "token": {
        "brandAppName": APP_NAME,
        "brandLogoAlt": "Apache Superset",
        "brandLogoUrl": "/static/assets/images/superset-logo-horiz.png",
        "brandLogoHref": "/",
        "brandLogoHeight": "24px",
        "brandLogoMargin": "18px 0",
        "colorPrimary": "#0b5394",
        "colorLink": "#0b5394",
    },
    "algorithm": "default",
}

# A page asks nobody else for anything: no maps, fonts or counters from elsewhere.
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
LANGUAGES: dict[str, dict[str, str]] = {}
