-- Passkeys (WebAuthn): keys in people's devices and password managers, which sign them in without a password. The version before
-- this one does not use these tables, and passes over the new events.

-- What authenticators know an account by: random, because they show it to nobody and the account's number must not be in it.
create table passkey_user (
    account_id bigint primary key references account on delete cascade,
    handle uuid not null constraint passkey_user_handle unique
);

create table passkey (
    id bigint generated always as identity primary key,
    account_id bigint not null references passkey_user on delete cascade,
    -- At most 1023 bytes (WebAuthn Level 3, section 4).
    credential_id bytea not null constraint passkey_credential unique
        constraint passkey_credential_length check (octet_length(credential_id) between 1 and 1023),
    -- The public key, the signature counter and flags.
    credential jsonb not null,
    name text not null constraint passkey_name_length check (char_length(name) between 1 and 60),
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz,
    -- When its counter did not rise, so that it may have been copied: it signs nobody in any more.
    refused_at timestamptz
);
create index passkey_of_account on passkey (account_id, id);

create table passkey_challenge (
    hash bytea primary key constraint passkey_challenge_hash_length check (octet_length(hash) = 32),
    session_hash bytea not null constraint passkey_challenge_session references session (token_hash) on delete cascade,
    -- The account that the passkey is added to; null for a sign-in.
    account_id bigint references account on delete cascade,
    -- What the answer is verified against.
    state jsonb not null,
    began_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index passkey_challenge_of_session on passkey_challenge (session_hash, began_at);
create index passkey_challenge_of_account on passkey_challenge (account_id) where account_id is not null;
create index passkey_challenge_expiry on passkey_challenge (expires_at);
