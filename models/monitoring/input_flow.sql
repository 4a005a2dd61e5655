-- One row per core table and as-of date: what became known in the month before it, and how long after the event, beside what is usual.
-- Usual is the median of the twelve months before or the same month a year earlier, whichever is nearer: some feeds come in waves.
-- Point in time: a row belongs to the month in which it became known, so the past does not change when more arrives.
{% set tables = supplied_tables() | reject('equalto', 'officers') | list %}

with

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

-- Counted by delay first: then the middle one is found in a small table.
delays as (
    {% for table in tables -%}
    select
        cast('{{ table }}' as text) as table_name,
        {{ month_number('known_on') }} as month_number,
        known_on - {{ happened_on_of(table) }} as delay_days,
        count(*) as n_rows
    from {{ ref(table) }}
    where known_on is not null
    group by {{ month_number('known_on') }}, known_on - {{ happened_on_of(table) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

running as (
    select
        *,
        sum(n_rows) over (partition by table_name, month_number order by delay_days) as n_until,
        sum(n_rows) over (partition by table_name, month_number) as n_total
    from delays
),

measured as (
    select
        table_name,
        month_number,
        sum(n_rows) as n_rows,
        min(case when 2 * n_until >= n_total then delay_days end) as median_delay_days
    from running
    group by table_name, month_number
),

-- From the first month of the table on; one without a row counts.
months as (
    select
        tables.table_name,
        months.month_number
    from (
        select
            table_name,
            min(month_number) as first_month
        from measured
        group by table_name
    ) as tables
    inner join {{ month_series('(select min(month_number) from measured)', '(select max(month_number) from as_of_dates)') }} as months
        on tables.first_month <= months.month_number
),

by_month as (
    select
        months.table_name,
        months.month_number,
        coalesce(measured.n_rows, 0) as n_rows,
        measured.median_delay_days
    from months
    left join measured
        on
            months.table_name = measured.table_name
            and months.month_number = measured.month_number
),

usual as (
    select
        by_month.table_name,
        by_month.month_number,
        percentile_cont(0.5) within group (order by earlier.n_rows) as median_rows,
        max(case when earlier.month_number = by_month.month_number - 12 then earlier.n_rows end) as rows_year_before,
        percentile_cont(0.5) within group (order by earlier.median_delay_days) as usual_delay_days
    from by_month
    inner join by_month as earlier
        on
            by_month.table_name = earlier.table_name
            and by_month.month_number - 12 <= earlier.month_number
            and by_month.month_number > earlier.month_number
    group by by_month.table_name, by_month.month_number
    having count(*) = 12
)

select
    by_month.table_name,
    as_of_dates.as_of_date,
    cast(by_month.n_rows as integer) as n_rows,
    least(usual.median_rows, usual.rows_year_before) as least_usual_rows,
    greatest(usual.median_rows, usual.rows_year_before) as most_usual_rows,
    cast(by_month.median_delay_days as double precision) as median_delay_days,
    usual.usual_delay_days
from as_of_dates
inner join by_month
    on as_of_dates.month_number - 1 = by_month.month_number
left join usual
    on
        by_month.table_name = usual.table_name
        and by_month.month_number = usual.month_number
