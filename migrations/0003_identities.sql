-- Accounts that other providers vouch for (OpenID Connect Core, section 5.7: the issuer and the subject together are
-- the one stable name). An account made that way may have no password.

alter table account alter column password_hash drop not null;

create table identity (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    issuer text not null constraint identity_issuer_length check (char_length(issuer) between 1 and 500),
    subject text not null constraint identity_subject_length check (char_length(subject) between 1 and 255),
    -- What people recognize it by: the e-mail or the name there. Nothing is decided by it.
    label text not null constraint identity_label_length check (char_length(label) <= 254),
    created_at timestamptz not null default clock_timestamp(),
    last_used_at timestamptz,
    constraint identity_unique unique (issuer, subject)
);
create index identity_of_account on identity (account_id, id);
