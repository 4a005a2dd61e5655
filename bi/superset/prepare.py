"""Bring Superset's own records to what the project says: its administrator, the roles of people, and every dashboard.

Run by `eis bi` in Superset's environment: `python prepare.py <folder of assets>`. Belongs here: calls to Superset. Does
not: what the dashboards show (`eis.bi`).
"""

import os
import sys
from pathlib import Path

import yaml
from eis_login import SEES
from superset.app import create_app

ADMINISTRATOR = "admin"
# What a reader of dashboards does not need: other people's data leave by the audit's export alone.
WITHHELD = ("can_csv", "can_export", "can_sqllab", "can_share_dashboard", "can_share_chart")


def main(assets: Path) -> None:
    """Everything, in the order in which it depends on one another."""
    app = create_app()
    with app.app_context():
        from flask_migrate import upgrade

        upgrade(directory=str(Path(sys.modules["superset"].__file__ or "").parent / "migrations"))
        import_everything(assets)


def import_everything(assets: Path) -> None:
    """The administrator, the assets, and roles that see them."""
    from superset import db
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.extensions import appbuilder, security_manager
    from superset.utils.core import override_user

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    administrator = security_manager.find_user(ADMINISTRATOR)
    if administrator is None:
        administrator = security_manager.add_user(
            ADMINISTRATOR, "Superset", "Administrator", "admin@superset.invalid", security_manager.find_role("Admin"),
            password=os.environ["EIS_BI_ADMIN_PASSWORD"],
        )  # fmt: skip
    contents = {str(path.relative_to(assets)): path.read_text(encoding="utf-8") for path in assets.rglob("*.yaml")}
    with override_user(administrator):
        ImportAssetsCommand(contents).run()
    names = {path.stem: yaml.safe_load(path.read_text())["database_name"] for path in assets.glob("databases/*.yaml")}
    for role, logins in SEES.items():
        grant(role, [names[login] for login in logins])
    db.session.commit()


def grant(role_name: str, databases: list[str]) -> None:
    """Give a role what a reader of dashboards needs, and these databases and no other."""
    from superset import db
    from superset.extensions import security_manager
    from superset.models.core import Database

    role = security_manager.add_role(role_name)
    role.permissions = [
        permission
        for permission in security_manager.find_role("Gamma").permissions
        if permission.permission.name not in WITHHELD
    ]
    for database in db.session.query(Database).filter(Database.database_name.in_(databases)):
        permission = security_manager.add_permission_view_menu("database_access", database.perm)
        role.permissions.append(permission)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
