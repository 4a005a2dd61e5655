{#- What a draft by `eis department new` says in place of what nobody has decided yet: the build stops there, by name. -#}

{% macro to_map(column) -%}
    {#- A column of a core table that a mapping does not fill yet. The project can be parsed, so that one table after the other can be mapped. -#}
    {%- if execute -%}
        {%- set table = model.name.split('__')[1] -%}
        {{ exceptions.raise_compiler_error(
            model.original_file_path ~ ": core table '" ~ table ~ "' is not mapped yet: column '" ~ column ~ "' is still to be filled. Write what it is made "
            ~ "of; or, if the department has not got it, `cast(null as ...)` and a reason in absent_columns of departments/" ~ var('department')
            ~ "/department.yml. If it has nothing for the whole table: delete the file, and give the reason in absent_tables. "
            ~ "`eis department check` lists all that is missing."
        ) }}
    {%- endif -%}
    null as {{ column }}
{%- endmacro %}

{% macro undecided(column, question) -%}
    {#- A raw column that can be read in more than one way. -#}
    {%- if execute -%}
        {{ exceptions.raise_compiler_error(model.original_file_path ~ ": raw column '" ~ column ~ "': " ~ question) }}
    {%- endif -%}
    null
{%- endmacro %}
