"""MetricFlow's own command line. It does not ask PyPI for a newer one: the lock says which it is."""

from dbt_metricflow.cli import main

main.UpdateChecker.check = lambda *_: None

if __name__ == "__main__":
    main.cli(prog_name="eis metrics")
