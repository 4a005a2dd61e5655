-- One row per raw table: the delivery that is loaded now.
{{ config(materialized='view') }}

select
    table_name,
    file_name,
    cast(array_length(columns, 1) as integer) as n_columns,
    row_count as n_rows,
    sha256 as file_sha256,
    loaded_at
from {{ source('raw_ledger', '_loads') }}
