{#- Who may read what. PostgreSQL only; another warehouse dispatches to its own grants. -#}

{% macro apply_access() -%}
    {{ return(adapter.dispatch('apply_access', 'eis')()) }}
{%- endmacro %}

{% macro default__apply_access() -%}
{%- endmacro %}

{% macro postgres__apply_access() -%}
    {#- What dbt has made anew, nobody may read until the policy's grants are given again. -#}
    {%- if execute and adapter.check_schema_exists(target.database, 'governance') -%}
        select governance.apply_access() where exists (select from governance.policy)
    {%- endif -%}
{%- endmacro %}

{% macro read_as_caller() -%}
    {{ return(adapter.dispatch('read_as_caller', 'eis')()) }}
{%- endmacro %}

{% macro default__read_as_caller() -%}
{%- endmacro %}

{% macro postgres__read_as_caller() -%}
    {#- A view reads with its owner's rights; this one with the reader's, so that row security holds through it. -#}
    alter view {{ this }} set (security_invoker = true)
{%- endmacro %}

{% macro read_on_record(listed=none) -%}
    {{ return(adapter.dispatch('read_on_record', 'eis')(listed)) }}
{%- endmacro %}

{% macro default__read_on_record(listed) -%}
    {#- Elsewhere features can be built, but no score be published: nothing there writes down who reads it. -#}
    {%- if execute -%}
        {{ exceptions.raise_compiler_error('Scores are published on PostgreSQL only: on ' ~ target.type ~ ' no reading is recorded.') }}
    {%- endif -%}
{%- endmacro %}

{% macro postgres__read_on_record(listed) -%}
    {#- The rows that the caller may see, of all officers or of those on a list or not; that they were read is written down. A function of
        eis/governance/sql. -#}
    governance.read_scores({{ '' if listed is none else 'null, null, ' ~ listed | lower }})
{%- endmacro %}

{% macro enter(finding) -%}
    {{ return(adapter.dispatch('enter', 'eis')(finding)) }}
{%- endmacro %}

{% macro default__enter(finding) -%}
{%- endmacro %}

{% macro postgres__enter(finding) -%}
    {#- Post-hook: what the table says now is entered by a function of eis/governance/sql; without a policy there are no bounds. -#}
    select governance.{{ finding }}() where exists (select from governance.policy)
{%- endmacro %}

{% macro alert_register() -%}
    {#- Alerts as they were entered from `signals`, and closed: a view of eis/governance/sql. No source, because it is made of a model here. -#}
    governance.alert_register
{%- endmacro %}

{% macro today() -%}
    {{ return(adapter.dispatch('today', 'eis')()) }}
{%- endmacro %}

{% macro default__today() -%}
    current_date
{%- endmacro %}

{% macro postgres__today() -%}
    {#- The day against which lists expire and alerts are due, on the policy's clock. -#}
    governance.today()
{%- endmacro %}
