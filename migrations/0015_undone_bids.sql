-- Undoing a bid: for a minute after it was placed, its buyer can take it back as if it had never been. It is then withdrawn, and
-- `undone_at` says that it does not bind its buyer. The bid that it replaced is live again.
-- The version before this one does not read the column: it takes an undone bid for a withdrawn one, which binds as it always did.

alter table bid add column undone_at timestamptz;
-- Not validated, because every row so far has none: nobody waits for a scan.
alter table bid add constraint bid_undone check (undone_at is null or (state = 'withdrawn' and ended_at = undone_at)) not valid;

-- Few bids are undone, so the index stays small. On a large database, create it by hand before, with `create index concurrently` and
-- this name: bids wait while this step scans their table.
create index if not exists bid_undone_by_buyer on bid (buyer_id, project_id, undone_at) where undone_at is not null;
do $$ begin
    if exists (select from pg_index where indexrelid = 'bid_undone_by_buyer'::regclass and not indisvalid) then
        raise exception 'The index bid_undone_by_buyer was not finished. Drop it and migrate again.';
    end if;
end $$;
