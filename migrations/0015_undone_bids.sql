-- Undoing a bid: for a minute after it was placed, its buyer can take it back as if it had never been. It is then withdrawn, and
-- `undone_at` says that it does not bind its buyer. The bid that it replaced is live again.
-- The version before this one does not read the column: it takes an undone bid for a withdrawn one, which binds as it always did.

alter table bid add column undone_at timestamptz;
-- Not validated, because every row so far has none: nobody waits for a scan.
alter table bid add constraint bid_undone check (undone_at is null or (state = 'withdrawn' and ended_at = undone_at)) not valid;
