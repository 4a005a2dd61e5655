"""Pure Python modelling: functions and typed settings. No Dagster import; only `ml.warehouse` touches the database."""
