"""Time and memory of the whole line: `python benchmarks/line.py`; EIS_DEPARTMENT and EIS_RAW_PATH as for `eis run`.

Runs once from nothing, and once more with nothing to do. Memory is the proportional set size of the run, its
subprocesses and the whole PostgreSQL server, sampled twice a second: shared pages count once.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

EIS = str(Path(sys.executable).with_name("eis"))
MEGABYTE = 1 << 20


def measure_memory(processes: list[psutil.Process]) -> int:
    """Proportional set size of the processes, bytes; one that has just ended counts nothing."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def list_server(home: Path) -> list[psutil.Process]:
    """The PostgreSQL server of this state folder, and its workers; none before it starts."""
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    try:
        postmaster = psutil.Process(int(pid_file.read_text().split()[0]))
        return [postmaster, *postmaster.children(recursive=True)]
    except (FileNotFoundError, psutil.NoSuchProcess, IndexError):
        return []


def main() -> None:
    """Run the line once from nothing and once with nothing to do."""
    with tempfile.TemporaryDirectory(prefix="eis-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # root's server runs as another user, who must reach its data
        environment = os.environ | {"EIS_HOME": folder}
        for title in ("from nothing", "again, nothing changed"):
            started, python_peak, server_peak, total_peak = time.monotonic(), 0, 0, 0
            run = subprocess.Popen([EIS, "run"], env=environment, stdout=subprocess.PIPE, text=True)
            this = psutil.Process(run.pid)
            while run.poll() is None:
                python = measure_memory([this, *this.children(recursive=True)])
                server = measure_memory(list_server(home))
                python_peak, server_peak = max(python_peak, python), max(server_peak, server)
                total_peak = max(total_peak, python + server)
                time.sleep(0.5)
            output = run.stdout.read() if run.stdout else ""
            print(f"\n{title}: {time.monotonic() - started:.0f} s, exit code {run.returncode}")
            print(
                f"peak memory: {total_peak // MEGABYTE:,} MB in all; Python {python_peak // MEGABYTE:,} MB,"
                f" PostgreSQL {server_peak // MEGABYTE:,} MB"
            )
            print("\n".join(line for line in output.splitlines() if line.startswith(("done", "failed"))))
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        print(f"\nstate on disk: {size // MEGABYTE:,} MB")
        print(f"machine: {os.cpu_count()} cores, {psutil.virtual_memory().total // (1 << 30)} GB, {platform.machine()}")
        subprocess.run([EIS, "warehouse", "stop"], env=environment, check=False)


if __name__ == "__main__":
    main()
