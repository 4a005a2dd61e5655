"""Settings read once from the environment, and the folders that follow from them.

Belongs here: environment variables and paths. Does not: anything about one department (`eis.department`).
"""

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from eis.errors import EisError

PROJECT = Path(__file__).resolve().parent.parent


# Where container engines put secrets: a file `eis_database_url` there is as good as the variable, and not in `inspect`.
CONTAINER_SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """What the environment says; every variable starts with `EIS_`."""

    model_config = SettingsConfigDict(
        env_prefix="EIS_",
        env_ignore_empty=True,
        extra="ignore",
        secrets_dir=CONTAINER_SECRETS if CONTAINER_SECRETS.is_dir() else None,
    )

    department: str = Field("demo", description="folder under departments/ to run", pattern=r"^[a-z][a-z0-9_]{0,40}$")
    configuration: Path | None = Field(
        None, description="folder of department.yml and policy.yml; default: the department's under departments/"
    )
    home: Path = Field(PROJECT / ".eis", description="folder of all local state")
    raw_path: Path | None = Field(None, description="folder of the raw files; default: made by the demo department")
    database_url: SecretStr | None = Field(None, description="a PostgreSQL server to use instead of the embedded one")
    bi_url: SecretStr | None = Field(None, description="login of BI tools on the server of database_url")
    source_password: SecretStr | None = Field(
        None, description="password of the database that files are extracted from"
    )
    user_url: SecretStr | None = Field(None, description="a person's own login, for what is recorded with a name")

    @cached_property
    def state(self) -> Path:
        """Folder of this department's local state: generated raw files, dbt target, Dagster storage."""
        return self.home.resolve() / self.department

    @property
    def department_folder(self) -> Path:
        """Folder of the department's configuration."""
        return self.configuration.resolve() if self.configuration else PROJECT / "departments" / self.department

    @property
    def raw_files(self) -> Path:
        """Folder from which raw files are loaded."""
        return self.raw_path.resolve() if self.raw_path else self.state / "raw"


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        EisError: a variable has a value that cannot be; names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"EIS_{str(e['loc'][0]).upper()}={e['input']}: {e['msg']}" for e in error.errors()]
        raise EisError("\n".join(faults)) from error
