"""How a dbt node looks in Dagster: one translator of small helpers.

Belongs here: names, groups and descriptions of dbt assets. Does not: running dbt (`dagster_project.defs.warehouse`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

# The strategy of models whose rows are those of as-of dates: macros/features/increments.sql.
BY_MONTH = "from_build_start"


class WarehouseTranslator(DagsterDbtTranslator):
    """Assets are named schema/table, as a BI user would find them, and grouped by layer."""

    def __init__(self, months: dg.PartitionsDefinition) -> None:
        """Show dbt tests as asset checks, and incremental models by month."""
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self._months = months

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table; Dagster leaves the schema out where a model has versions."""
        if dbt_resource_props["resource_type"] == "model":
            return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["alias"]])
        return super().get_asset_key(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the YAML says, for an operator; Dagster would put the model's source below it."""
        return str(dbt_resource_props["description"])

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition | None:
        """As-of months for what can be built by the month; every other table is one whole."""
        config = dbt_resource_props["config"]
        is_monthly = config.get("materialized") == "incremental" and config.get("incremental_strategy") == BY_MONTH
        return self._months if is_monthly else None

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: the schema of what dbt makes."""
        return dbt_resource_props["schema"] if dbt_resource_props["resource_type"] in ("model", "seed") else None
