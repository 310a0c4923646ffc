-- Confirmed e-mail addresses, and letters about accounts with a link that works once.

-- Null if the address is not confirmed yet. The default is for the version before this one, which opens accounts without this column: like
-- every account that exists now, they count as confirmed. The default has the same value for all rows, so the table is not rewritten.
alter table account add column email_confirmed_at timestamptz default now();

-- A letter to send, and afterwards what its link may still do. The version before this one does not use these tables.
create table account_mail (
    id bigint generated always as identity primary key,
    -- The worker drops repeats by it, and so do receivers.
    message uuid not null default gen_random_uuid(),
    kind text not null,
    -- Null until the letter is written, if somebody only typed an address: whether it has an account is looked up then, not in the request.
    account_id bigint references account on delete cascade,
    address text not null constraint account_mail_address_length check (char_length(address) <= 254),
    created_at timestamptz not null default clock_timestamp(),
    -- The queue. A letter that is done was sent or given up.
    attempts integer not null default 0 constraint account_mail_attempts check (attempts >= 0),
    next_try_at timestamptz not null default clock_timestamp(),
    claim uuid,
    claimed_until timestamptz,
    done_at timestamptz,
    sent_at timestamptz,
    last_error text constraint account_mail_error_length check (char_length(last_error) <= 1000),
    -- The link. Its time begins when the letter leaves.
    expires_at timestamptz,
    used_at timestamptz,
    constraint account_mail_claim check ((claim is null) = (claimed_until is null)),
    constraint account_mail_sent check (sent_at is null or done_at is not null)
);
create index account_mail_due on account_mail (next_try_at) where done_at is null;
create index account_mail_of_account on account_mail (account_id, kind, id);
create index account_mail_age on account_mail (created_at);

-- Each attempt to send a letter makes a new secret, of which only the SHA-256 is kept. The earlier ones stay valid: they may have arrived.
create table account_mail_secret (
    hash bytea primary key constraint account_mail_secret_hash check (octet_length(hash) = 32),
    mail_id bigint not null references account_mail on delete cascade
);
create index account_mail_secret_of_mail on account_mail_secret (mail_id);
