-- Programs that act for an account: who registered them, what they were allowed, and the tokens they act with.
-- Every secret is kept as its hash only: who reads these tables can act for nobody.

-- A program known to the authorization server (RFC 6749, section 2). One without a secret is a public client.
create table oauth_client (
    id bigint generated always as identity primary key,
    client_id text not null constraint oauth_client_id_unique unique,
    account_id bigint not null references account on delete cascade,
    name text not null constraint oauth_client_name_length check (char_length(name) between 2 and 80),
    redirect_uris text[] not null constraint oauth_client_redirect_uris_count check (cardinality(redirect_uris) <= 10),
    secret_hash bytea,
    -- The most it may ask for.
    scopes text[] not null,
    -- Whether people may allow it by a code that they type (RFC 8628).
    device_flow boolean not null default false,
    created_at timestamptz not null default clock_timestamp(),
    -- When its name, addresses or secret last became others: what people allowed before, they allowed another program.
    changed_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
);
create index oauth_client_of_account on oauth_client (account_id, id);
create index oauth_client_deletion on oauth_client (deleted_at) where deleted_at is not null;

-- What an account allowed a program, once; the family of all tokens that came of it.
create table oauth_grant (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    client_id bigint not null references oauth_client on delete cascade,
    scopes text[] not null,
    created_at timestamptz not null default clock_timestamp(),
    -- When the person said yes; a grant that was given without asking again has the date of the one it rests on.
    consented_at timestamptz not null default clock_timestamp(),
    -- When the program got its first tokens.
    fetched_at timestamptz,
    -- Until when any code or token of it can be good; moved on whenever one is given out.
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index oauth_grant_expiry on oauth_grant (expires_at);
create index oauth_grant_revocation on oauth_grant (revoked_at) where revoked_at is not null;
create index oauth_grant_of_account on oauth_grant (account_id, id);
create index oauth_grant_of_client on oauth_grant (client_id, id);

-- Authorization codes (RFC 6749, section 4.1.2), each good once.
create table oauth_code (
    hash bytea primary key,
    grant_id bigint not null references oauth_grant on delete cascade,
    redirect_uri text not null,
    -- The S256 challenge (RFC 7636).
    code_challenge text not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index oauth_code_of_grant on oauth_code (grant_id);
create index oauth_code_expiry on oauth_code (expires_at);

-- Refresh tokens, each good once: a second use revokes the grant (RFC 9700, section 4.14). All allow what the grant allows.
create table oauth_refresh_token (
    hash bytea primary key,
    grant_id bigint not null references oauth_grant on delete cascade,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    used_at timestamptz
);
create index oauth_refresh_token_of_grant on oauth_refresh_token (grant_id);
create index oauth_refresh_token_expiry on oauth_refresh_token (expires_at);

-- Devices that wait for somebody to allow them (RFC 8628).
create table oauth_device (
    hash bytea primary key,
    -- What the person types, hashed too.
    user_code_hash bytea not null constraint oauth_device_user_code_unique unique,
    client_id bigint not null references oauth_client on delete cascade,
    scopes text[] not null,
    state text not null default 'pending' constraint oauth_device_state check (state in ('pending', 'allowed', 'denied', 'used')),
    grant_id bigint references oauth_grant on delete cascade,
    interval_secs integer not null constraint oauth_device_interval check (interval_secs between 1 and 600),
    polled_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    constraint oauth_device_granted check ((state in ('allowed', 'used')) = (grant_id is not null))
);
create index oauth_device_of_client on oauth_device (client_id);
create index oauth_device_of_grant on oauth_device (grant_id);
create index oauth_device_expiry on oauth_device (expires_at);

-- What the API is asked with: tokens that people made for themselves, and those that programs were given.
create table access_token (
    id bigint generated always as identity primary key,
    hash bytea not null constraint access_token_hash_unique unique,
    account_id bigint not null references account on delete cascade,
    -- Of a program; a person's own has neither.
    client_id bigint references oauth_client on delete cascade,
    grant_id bigint references oauth_grant on delete cascade,
    -- A personal token's name and last characters, to tell it from others.
    name text constraint access_token_name_length check (char_length(name) between 1 and 80),
    hint text,
    scopes text[] not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint access_token_personal check ((client_id is null) = (name is not null)),
    constraint access_token_grant_of_client check (grant_id is null or client_id is not null)
);
create index access_token_of_account on access_token (account_id, id) where client_id is null;
create index access_token_of_grant on access_token (grant_id) where grant_id is not null;
create index access_token_of_client on access_token (client_id) where client_id is not null;
create index access_token_expiry on access_token (expires_at);
create index access_token_revocation on access_token (revoked_at) where revoked_at is not null;
