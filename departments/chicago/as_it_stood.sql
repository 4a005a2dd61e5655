-- Schema raw as it stood on the morning of :as_of: rows and values that were not yet known are deleted or blanked.
-- For the time-travel test, which rebuilds from what is left. Written from the files' meaning, not from the staging models.
-- Run it in a copy or in a transaction that is rolled back.
--
-- Two things stay although somebody on that day could not have known them, because the reference protocol has them too:
-- officers who are inactive in 2018 without a day of resignation, and what happens on the day itself to the roster
-- (an appointment, a resignation, a first day in a unit).

-- Complaints: received on complaint_date. Release 1 dates some twins earlier than the release that replaces them; a
-- pair is one complaint and goes together.
delete from raw.complaints as earlier
using raw.complaints as later
where
    earlier.cr_id = 'C' || later.cr_id
    and cast(later.complaint_date as date) >= cast(:as_of as date);

delete from raw.complaints
where cast(complaint_date as date) >= cast(:as_of as date);

-- Decisions: known when the case closes. One that closes at an unknown time was not known at any time.
update raw.complaints
set closed_date = null
where cast(closed_date as date) >= cast(:as_of as date);

update raw.accused
set
    final_finding = null,
    final_outcome = null
from raw.complaints
where
    accused.cr_id = complaints.cr_id
    and complaints.closed_date is null;

-- What hangs on a complaint comes with it; witnesses are heard at some time before it closes.
delete from raw.accused
where not exists (select 1 from raw.complaints where complaints.cr_id = accused.cr_id);

delete from raw.complainants
where not exists (select 1 from raw.complaints where complaints.cr_id = complainants.cr_id);

delete from raw.officer_filed
where not exists (select 1 from raw.complaints where complaints.cr_id = officer_filed.cr_id);

delete from raw.cpd_witnesses
where not exists (
    select 1
    from raw.complaints
    where complaints.cr_id = cpd_witnesses.cr_id and complaints.closed_date is not null
);

-- Force reports: there from their first submission, or, without one on record, from the last step of their review.
delete from raw.trr_main
using (
    select
        trr_id,
        coalesce(min(status_date) filter (where status = 'SUBMITTED'), max(status_date)) as first_seen
    from raw.trr_statuses
    group by trr_id
) as reviews
where
    trr_main.trr_id = reviews.trr_id
    and greatest(cast(reviews.first_seen as date), cast(trr_main.trr_date as date)) >= cast(:as_of as date);

delete from raw.trr_statuses
where
    cast(status_date as date) >= cast(:as_of as date)
    or not exists (select 1 from raw.trr_main where trr_main.trr_id = trr_statuses.trr_id);

delete from raw.trr_officers
where not exists (select 1 from raw.trr_main where trr_main.trr_id = trr_officers.trr_id);

delete from raw.trr_actions
where not exists (select 1 from raw.trr_main where trr_main.trr_id = trr_actions.trr_id);

delete from raw.trr_subjects
where not exists (select 1 from raw.trr_main where trr_main.trr_id = trr_subjects.trr_id);

-- Units: a spell is open until its last day is over.
delete from raw.unit_history
where cast(unit_start_date as date) > cast(:as_of as date);

update raw.unit_history
set unit_end_date = '2018-06-01'
where cast(unit_end_date as date) >= cast(:as_of as date);

-- Pay: a year's rows are there when the year is over.
delete from raw.salaries
where cast(cast(year as numeric) as integer) >= extract(year from cast(:as_of as date));

update raw.salaries
set spp_date = null
where cast(spp_date as date) >= cast(:as_of as date);

-- Officers: not resigned yet, and then certainly active; not appointed yet, and then known only where another file
-- already names them.
update raw.profiles
set
    resignation_date = null,
    current_status = '1.0'
where cast(resignation_date as date) > cast(:as_of as date);

delete from raw.profiles
where
    cast(appointed_date as date) > cast(:as_of as date)
    and not exists (
        select 1
        from (
            select uid from raw.accused
            union all
            select uid from raw.cpd_witnesses
            union all
            select uid from raw.trr_officers
            union all
            select uid from raw.unit_history
            union all
            select uid from raw.salaries
        ) as named
        where split_part(named.uid, '.', 1) = split_part(profiles.uid, '.', 1)
    );

update raw.profiles
set appointed_date = null
where cast(appointed_date as date) > cast(:as_of as date);
