-- Private addresses from which calendar programs, which can't sign in, read the deadlines of an account. An account has one at most.
create table calendar_feed (
    account_id bigint primary key references account on delete cascade,
    -- SHA-256 of the secret in the address, which is shown once and not stored.
    hash bytea not null constraint calendar_feed_hash unique constraint calendar_feed_hash_length check (octet_length(hash) = 32),
    -- The last characters of the secret, to tell addresses apart.
    hint text not null constraint calendar_feed_hint_length check (char_length(hint) = 4),
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz
);
