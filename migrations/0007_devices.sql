-- Browsers that signed in before: failed sign-ins of strangers do not hold them up.

-- Keys that all processes share, made by the first that needs one.
create table server_key (
    name text primary key,
    key bytea not null constraint server_key_length check (octet_length(key) = 64),
    created_at timestamptz not null default clock_timestamp()
);

-- The cookie holds the id, signed; a row says that this browser signed in to this account.
create table device (
    id uuid not null,
    account_id bigint not null references account on delete cascade,
    -- Wrong passwords since the last right one.
    failures integer not null default 0 constraint device_failures check (failures >= 0),
    used_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (account_id, id)
);
create index device_of_browser on device (id);
create index device_expiry on device (expires_at);
