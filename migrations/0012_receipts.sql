-- One table for whatever recognises a request that is sent again, be it a form or a call of the API: it says what came of the
-- request, and no longer how that was answered.
-- A server of the version before this one goes on with `submission` and `idempotency`, which a later step drops. This version looks
-- up in both what that one carried out (src/receipt/legacy.rs); that one does not know this table.

create table receipt (
    account_id bigint not null references account on delete cascade,
    -- SHA-256: of a call's key; of a form's key and of what it asks for, because a changed form is another one.
    mark bytea not null,
    -- SHA-256 of what is asked for: the verb and its arguments.
    content_hash bytea not null,
    -- {"Ok": what was made} or {"Err": why it was refused}, in the domain's terms.
    outcome jsonb not null,
    -- What the request that was carried out is called in logs and in problems.
    reference uuid,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (account_id, mark)
);
create index receipt_age on receipt (kept_at);
