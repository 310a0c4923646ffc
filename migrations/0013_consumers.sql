-- Consumers of the outbox: named readers that act on events in the order of their transactions, each from a checkpoint of its own.
-- On a large database, make the index below by hand before, with `create index concurrently` and this name: then this step finds it
-- and holds nobody up.

-- The outbox in the order in which everybody reads it. It takes the place of the index of public events alone: nearly every event is
-- public, so the change feed and live pages read hardly more by it, each event is still entered in one index of this kind, and which
-- kinds are public is no longer written down in the schema.
create index if not exists outbox_in_order on outbox (transaction_id, id);
do $$ begin
    if exists (select from pg_index where indexrelid = 'outbox_in_order'::regclass and not indisvalid) then
        raise exception 'The index outbox_in_order was not finished. Drop it and migrate again.';
    end if;
end $$;
drop index outbox_feed;

create table outbox_consumer (
    name text primary key constraint outbox_consumer_name check (name ~ '^[a-z][a-z-]{0,39}$'),
    -- The checkpoint: everything up to this event of this transaction was handled.
    transaction_id xid8 not null,
    event_id bigint not null,
    moved_at timestamptz not null default clock_timestamp(),
    -- The next event that failed, how often in a row, why, and when it is tried again; parked after the last try, until somebody
    -- has it tried again or skips it.
    failed_event_id bigint,
    attempts integer not null default 0 constraint outbox_consumer_attempts check (attempts >= 0),
    last_error text constraint outbox_consumer_error_length check (char_length(last_error) <= 1000),
    next_try_at timestamptz,
    parked_at timestamptz,
    constraint outbox_consumer_failed check (
        (attempts = 0) = (failed_event_id is null) and (attempts = 0) = (last_error is null) and (attempts = 0) = (next_try_at is null)),
    constraint outbox_consumer_parked check (parked_at is null or attempts > 0)
);
