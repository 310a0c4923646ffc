-- A note to a bid, which only the project's seller and the bid's buyer see. At most 500 characters.
-- The version before this one neither reads nor writes the column; its bids have no note.

alter table bid add column note text;
-- Not validated, because every row so far has none: nobody waits for a scan.
alter table bid add constraint bid_note check (note is null or char_length(note) between 1 and 500) not valid;
-- An undone bid is as if it had never been placed, and so is its note.
alter table bid add constraint bid_undone_without_note check (undone_at is null or note is null) not valid;
