-- The orders of searches, by the columns of migration 11. A step of its own, because awards wait while it builds the indexes (2 s for a
-- million projects); bids don't. On a larger database, make them by hand before, with `create index concurrently` and these names.

-- `+ 0` keeps the planner from walking the primary key past all projects of other states: it takes them to be spread evenly, but
-- those that are open have the highest numbers. With the deadline, projects past it are skipped in the index.
create index if not exists search_document_open_by_id on search_document ((project_id + 0), project_id) include (deadline) where state = 'open';
create index if not exists search_document_open_by_deadline on search_document (deadline, project_id) where state = 'open';
create index if not exists search_document_open_by_published on search_document (published_at, project_id) include (deadline) where state = 'open';
create index if not exists search_document_open_by_budget on search_document (budget_minor, project_id) include (deadline) where state = 'open';
create index if not exists search_document_ended_by_id on search_document (state, (project_id + 0), project_id) where state <> 'open';
create index if not exists search_document_ended_by_deadline on search_document (state, deadline, project_id) where state <> 'open';
create index if not exists search_document_ended_by_budget on search_document (state, budget_minor, project_id) where state <> 'open';

do $$
declare
    broken text := (select string_agg(indexrelid::regclass::text, ', ') from pg_index where indrelid = 'search_document'::regclass and not indisvalid);
begin
    if broken is not null then
        raise exception 'These indexes were not finished: %. Drop them and migrate again.', broken;
    end if;
end $$;
