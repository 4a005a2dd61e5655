-- Takes schema raw of the demo back to the first instant of the day :as_of: what was not yet entered goes, and what was not
-- yet decided is blank again. It reads the exports' own dates and no model, so that a rebuild on its result can be compared
-- with the original (the time-travel test). Replace :as_of by a quoted date; run it on a copy only.

-- HR: known from the day of entry. Last days are written when they come, and an order's when the next one is entered.
delete from raw.hr_employees where cast(record_created as date) >= cast(:as_of as date);
delete from raw.hr_ranks where cast(entered_on as date) >= cast(:as_of as date);
delete from raw.hr_training where cast(recorded_on as date) >= cast(:as_of as date);
delete from raw.hr_commendations where cast(entered_on as date) >= cast(:as_of as date);
delete from raw.hr_injuries where cast(filed_on as date) >= cast(:as_of as date);

update raw.hr_employees
set last_day = null, status = 'ACTIVE'
where cast(last_day as date) >= cast(:as_of as date);

update raw.hr_injuries
set return_date = null, days_lost = null
where cast(return_date as date) >= cast(:as_of as date);

update raw.hr_assignments as ending
set end_date = null
where
    cast(ending.end_date as date) >= cast(:as_of as date)
    or exists (
        select 1
        from raw.hr_assignments as next_order
        where
            next_order.employee_no = ending.employee_no
            and cast(next_order.start_date as date) = cast(ending.end_date as date) + 1
            and next_order.order_no <> ending.order_no
            and cast(next_order.entered_on as date) >= cast(:as_of as date)
    );

delete from raw.hr_assignments where cast(entered_on as date) >= cast(:as_of as date);

-- Payroll, written 20251231.
delete from raw.payroll_shifts where cast(posted as date) >= cast(:as_of as date);
delete from raw.payroll_secondary_employment where cast(posted as date) >= cast(:as_of as date);

-- Dispatch and records.
delete from raw.cad_dispatches where cast(archived_on as date) >= cast(:as_of as date);
delete from raw.rms_arrests where cast(entered_on as date) >= cast(:as_of as date);
delete from raw.rms_arrest_dispositions where cast(disposition_date as date) >= cast(:as_of as date);
delete from raw.rms_stops where cast(entered_on as date) >= cast(:as_of as date);
delete from raw.rms_force_reports where cast(submitted_on as date) >= cast(:as_of as date);

update raw.rms_force_reports
set review_finding = null, review_date = null
where cast(review_date as date) >= cast(:as_of as date);

-- Internal affairs, written 12/31/2025.
delete from raw.ia_complaints where to_date(entered_date, 'MM/DD/YYYY') >= cast(:as_of as date);
delete from raw.ia_allegations where to_date(added_date, 'MM/DD/YYYY') >= cast(:as_of as date);
delete from raw.ia_witnesses where to_date(interviewed, 'MM/DD/YYYY') >= cast(:as_of as date);

update raw.ia_allegations
set finding = null, finding_date = null, discipline = null, days = null
where to_date(finding_date, 'MM/DD/YYYY') >= cast(:as_of as date);

-- Fleet and legal, written 31-Dec-2025.
delete from raw.fleet_incidents where cast(reported_date as date) >= cast(:as_of as date);
delete from raw.legal_claims where cast(opened_in_system as date) >= cast(:as_of as date);
delete from raw.legal_criminal_matters where cast(opened_in_system as date) >= cast(:as_of as date);

update raw.fleet_incidents
set board_result = null, board_date = null
where cast(board_date as date) >= cast(:as_of as date);

update raw.legal_claims
set status = 'Open', result = null, amount_paid = null, closed = null
where cast(closed as date) >= cast(:as_of as date);

update raw.legal_criminal_matters
set result = null, closed = null
where cast(closed as date) >= cast(:as_of as date);

-- Early intervention.
delete from raw.legacy_eis_alerts where cast(created as date) >= cast(:as_of as date);
delete from raw.eis_interventions where cast(entered_on as date) >= cast(:as_of as date);

update raw.legacy_eis_alerts
set disposition = null, disposed = null
where cast(disposed as date) >= cast(:as_of as date);

update raw.eis_interventions
set outcome = null, ended_on = null
where cast(ended_on as date) >= cast(:as_of as date);
