-- Takes schema raw back to the first instant of the day :as_of, for the time-travel test: rows not entered yet go,
-- values that were not yet decided are blank again. Written from the files' meaning, not from the models; run on a
-- copy only. departments/demo/as_it_stood.sql is a full example.

-- The roster: the day of separation is written when it comes; hirings and the rank are as of the delivery.
update raw.roster
set separation_date = null
where to_date(separation_date, 'MM/DD/YYYY') > cast(:as_of as date);

delete from raw.roster where to_date(hire_date, 'MM/DD/YYYY') > cast(:as_of as date);

-- Postings: known from the day of entry; an end is written when it comes, or when the next posting is entered.
update raw.postings as ending
set through = null
where
    to_date(ending.through, 'MM/DD/YYYY') >= cast(:as_of as date)
    or exists (
        select 1
        from raw.postings as following
        where
            following.star = ending.star
            and to_date(following."from", 'MM/DD/YYYY') = to_date(ending.through, 'MM/DD/YYYY') + 1
            and to_date(following.date_entered, 'MM/DD/YYYY') >= cast(:as_of as date)
    );

delete from raw.postings where to_date(date_entered, 'MM/DD/YYYY') >= cast(:as_of as date);

-- Entries: known from the day of entry; what was decided, from the day of the disposition.
delete from raw.professional_standards_entries where to_date(date_entered, 'MM/DD/YYYY') >= cast(:as_of as date);

update raw.professional_standards_entries
set disposition = null, disposition_date = null, action_taken = null
where to_date(disposition_date, 'MM/DD/YYYY') >= cast(:as_of as date);
