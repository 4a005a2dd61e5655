"""Dagster assembly: thin assets that call `eis`, `ml` and dbt. No business rule lives here."""
