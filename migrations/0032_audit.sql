-- The record of security-relevant acts, and the log of sign-ins. The version before this one uses neither table.

-- Append-only. Each entry has the hash of everything before it, so no entry can be changed or removed unnoticed, except from the end.
create table audit_entry (
    number bigint primary key constraint audit_entry_number check (number > 0),
    -- The event of the outbox that it records.
    event_id bigint not null constraint audit_entry_event unique,
    kind text not null,
    -- No foreign key: an entry stays as it is when the account goes.
    account_id bigint,
    happened_at timestamptz not null,
    -- The event's body, byte for byte as it was hashed.
    facts text not null,
    hash bytea not null constraint audit_entry_hash check (octet_length(hash) = 32)
);
create index audit_entry_of_account on audit_entry (account_id, number);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit entries are append-only';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_audit_change();

create table sign_in_log (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    happened_at timestamptz not null default clock_timestamp(),
    address inet not null,
    user_agent text not null constraint sign_in_log_agent_length check (char_length(user_agent) <= 500),
    -- The provider that vouched for the person; null for the account's password.
    provider text constraint sign_in_log_provider_length check (char_length(provider) <= 100),
    -- True if this browser had signed in to the account before.
    is_known boolean not null
);
create index sign_in_log_of_account on sign_in_log (account_id, id);
create index sign_in_log_age on sign_in_log (happened_at);
