-- Where the work of a project is done, by when, and how long it takes. A seller may leave out each, so old rows and the rows that the
-- version before this one writes have none.

alter table project
    add column work_place text,
    -- Where the work on site is done. Empty only in a draft.
    add column site text,
    add column delivery_date date,
    add column duration_days integer;

-- Not validated, because every row so far has none: nobody waits for a scan.
alter table project
    add constraint project_work_place check (work_place in ('remote', 'on_site')) not valid,
    add constraint project_site check ((work_place is not distinct from 'on_site') = (site is not null)) not valid,
    add constraint project_site_length check (char_length(site) <= 80 and (state = 'draft' or site <> '')) not valid,
    -- Days are compared in UTC, like the deadlines that programs send.
    add constraint project_delivery_date check (
        state = 'draft' or delivery_date between (deadline at time zone 'UTC')::date and (deadline at time zone 'UTC')::date + 731
    ) not valid,
    add constraint project_duration check (duration_days between 1 and 730) not valid;
