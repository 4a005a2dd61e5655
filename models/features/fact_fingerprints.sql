-- One row per source of facts and month: how many facts count from that as-of month on, and a checksum of all that features use of them.
-- Two databases with the same rows here give the same features.
-- It reads core tables alone, and so is made beside the first models of a build, not after them and their tests.
{{ config(materialized='table') }}
{% for table in supplied_tables() -%}
-- depends_on: {{ ref(table) }}
{% endfor -%}

select
    cast('as_of_dates' as text) as fact_source,
    month_number as first_month,
    1 as n_facts,
    cast(0 as bigint) as checksum
from {{ as_of_months() }} as calendar
{% if execute -%}
{% for source in fact_sources() -%}
union all
select
    cast('{{ source.name }}' as text) as fact_source,
    {{ first_month_knowing('known_on') }} as first_month,
    cast(sum(n_facts) as integer) as n_facts,
    cast(sum(checksum) as bigint) as checksum
from (
    -- By day first: there are far fewer days than facts whose month would have to be found.
    select
        {{ source.known_on }} as known_on,
        count(*) as n_facts,
        sum({{ row_checksum(source['values']) }}) as checksum
    from {{ ref(source.model) }}
    where {{ source.known_on }} is not null
    group by 1
) as days
group by 2
{% endfor -%}
{% endif %}
