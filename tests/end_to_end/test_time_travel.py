"""The time-travel test: cut the raw tables as they stood at a day, rebuild, and no earlier feature has changed.

What differs has seen the future. `departments/<d>/as_it_stood.sql` takes the raw tables back; it reads the delivered
dates and no model, so that the two cannot share a mistake.
"""

import psycopg
import pytest
from place import Built, Place
from psycopg import sql

AS_OF = "2023-01-01"
REBUILT = "path:models/staging path:models/core path:models/events path:models/features"

# The keys that only one side has, and for each column the rows in which the two sides differ.
COMPARE = """
select count(*) filter (where kept.officer_id is null or cut.officer_id is null), {differences}
from (select * from original.officer_features where as_of_date <= {as_of}) as kept
full outer join (select * from features.officer_features where as_of_date <= {as_of}) as cut
    on kept.officer_id = cut.officer_id and kept.as_of_date = cut.as_of_date
"""
DIFFERENCE = "count(*) filter (where kept.{column} is distinct from cut.{column})"


class Copy:
    """A copy of the finished line's database, to be cut and rebuilt."""

    def __init__(self, place: Place, name: str) -> None:
        self.place, self.name = place, name
        with psycopg.connect(place.url("postgres"), autocommit=True) as connection:
            original = sql.Identifier(f"eis_{place.department}")
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), original))
        self.execute("create schema original")
        self.execute("create table original.officer_features as table features.officer_features")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.place.url(self.name)) as connection:
            connection.execute(statement)

    def cut(self, as_of: str) -> None:
        """Take the raw tables back to a day."""
        script = (self.place.settings.department_folder / "as_it_stood.sql").read_text(encoding="utf-8")
        self.execute(script.replace(":as_of", f"'{as_of}'"))

    def rebuild(self) -> None:
        self.place.build("--select", *REBUILT.split(), "path:seeds", database=self.name)

    def find_leaks(self, as_of: str) -> dict[str, int]:
        """Column -> rows in which the cut changed it, on as-of dates that it must not touch."""
        with psycopg.connect(self.place.url(self.name)) as connection:
            cursor = connection.execute("select * from original.officer_features limit 0")
            columns = [column.name for column in cursor.description or []]
            differences = [sql.SQL(DIFFERENCE).format(column=sql.Identifier(column)) for column in columns]
            query = sql.SQL(COMPARE).format(differences=sql.SQL(", ").join(differences), as_of=sql.Literal(as_of))
            counts = connection.execute(query).fetchone() or ()
        return {name: count for name, count in zip(["(rows)", *columns], counts, strict=True) if count}

    def count_rows(self, as_of: str) -> int:
        with psycopg.connect(self.place.url(self.name)) as connection:
            ((rows,),) = connection.execute(
                "select count(*) from original.officer_features where as_of_date <= %s", [as_of]
            ).fetchall()
        return int(rows)


@pytest.mark.slow
def test_no_feature_of_the_demo_knows_the_future(demo: Built) -> None:
    copy = Copy(demo.place, "eis_time_travel")
    copy.cut(AS_OF)
    copy.rebuild()
    assert copy.count_rows(AS_OF) > 1_000
    assert copy.find_leaks(AS_OF) == {}


@pytest.mark.slow
def test_a_planted_leak_is_found(demo: Built) -> None:
    """Findings dated by the day of the complaint, as a careless export would: the cut takes them away again."""
    copy = Copy(demo.place, "eis_planted_leak")
    copy.execute("update raw.ia_allegations set finding_date = added_date where finding is not null")
    copy.rebuild()
    copy.execute("drop table original.officer_features")
    copy.execute("create table original.officer_features as table features.officer_features")
    copy.execute("update raw.ia_allegations set finding_date = null, finding = null")
    copy.rebuild()
    leaks = copy.find_leaks(AS_OF)
    assert any(name.startswith("complaints_sustained") for name in leaks), leaks
