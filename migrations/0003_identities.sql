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

-- Visitors who are at a provider at the moment. A row is deleted before the provider's answer is looked at, so each is good
-- once, also for two answers at the same moment. It ends with the session that began it: by sign-out, or by a new id.
create table sign_in_flow (
    -- Of the parameter `state` (RFC 6749, section 10.12).
    state_hash bytea primary key,
    session_hash bytea not null
        constraint sign_in_flow_session references session (token_hash) on delete cascade,
    -- The provider by the name in its addresses.
    provider text not null constraint sign_in_flow_provider_length check (char_length(provider) between 1 and 30),
    -- A new sign-in, an identity to be linked to the account, or a new proof by one that opens the account already.
    purpose text not null constraint sign_in_flow_purpose check (purpose in ('sign_in', 'link', 'again')),
    -- Who is signed in; for a sign-in nobody is.
    account_id bigint references account on delete cascade,
    constraint sign_in_flow_account check ((account_id is null) = (purpose = 'sign_in')),
    nonce text not null constraint sign_in_flow_nonce_length check (char_length(nonce) between 1 and 128),
    code_verifier text not null constraint sign_in_flow_verifier_length check (char_length(code_verifier) between 43 and 128),
    -- Where the visitor goes on to; empty for the usual place. As long as the longest path that the sign-in leads on to.
    next text not null constraint sign_in_flow_next_length check (char_length(next) <= 2000),
    began_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index sign_in_flow_of_session on sign_in_flow (session_hash, began_at);
create index sign_in_flow_of_account on sign_in_flow (account_id) where account_id is not null;
create index sign_in_flow_expiry on sign_in_flow (expires_at);
