-- Erasures of accounts, which are carried out some days after their owners asked for them. The version before this one does not use the
-- table. While it still serves, it lets an account publish and bid although its erasure is scheduled; the worker then waits until
-- that has ended.

create table erasure (
    account_id bigint primary key references account on delete cascade,
    requested_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null,
    -- Null while the account can be kept.
    erased_at timestamptz,
    constraint erasure_due check (due_at >= requested_at),
    constraint erasure_not_early check (erased_at is null or erased_at >= due_at)
);
create index erasure_due on erasure (due_at) where erased_at is null;
-- The deletions are repeated for an hour.
create index erasure_done on erasure (erased_at);

-- An erasure deletes the letters to the addresses of its account. The table has those of 14 days, so this takes moments.
create index account_mail_of_address on account_mail (address);
