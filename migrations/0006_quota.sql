-- How much was stored lately, an account and where its requests came from: one account must not fill the disk, and neither
-- must many accounts of one address. A row is a bucket that leaks: `used` is what it held `at` that moment.

create table quota (
    kind text not null constraint quota_kind_length check (char_length(kind) between 1 and 30),
    -- The account, the address or the network, hashed, so that the table is no list of who came from where.
    subject bytea not null,
    used double precision not null constraint quota_used check (used >= 0),
    at timestamptz not null,
    primary key (kind, subject)
);
create index quota_age on quota (at);
