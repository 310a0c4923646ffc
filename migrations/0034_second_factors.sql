-- Two-factor authentication: codes from an authenticator app (TOTP), recovery codes, and browsers that need no code.
-- While the version before serves, it asks for no codes: turn it on once all servers run this version.

create table second_factor (
    account_id bigint primary key references account on delete cascade,
    -- What the secret of the codes is derived from, together with a key of the server.
    seed uuid not null,
    -- The newest time step whose code was used: none is taken twice (RFC 6238, section 5.2).
    used_step bigint not null,
    enabled_at timestamptz not null default clock_timestamp()
);

create table recovery_code (
    account_id bigint not null references second_factor on delete cascade,
    -- SHA-256: a code has 80 random bits.
    hash bytea not null constraint recovery_code_hash_length check (octet_length(hash) = 32),
    used_at timestamptz,
    primary key (account_id, hash)
);

alter table device
    add column trusted_until timestamptz,
    add column trusted_agent text constraint device_trusted_agent_length check (char_length(trusted_agent) <= 500);
