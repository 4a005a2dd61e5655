"""Assets and checks, one module a layer; each asset is a few lines that call `eis`, `ml` or dbt."""
