-- The capacity is what supervisors can review in a month: one list, that of the policy's outcome. Others are due for nothing.
alter table governance.published_lists alter column review_due_on drop not null;
