-- Webhooks: addresses of people's own systems and chats that their notices are also posted to. They have queues of their own, because the
-- version before this one would mail whatever waits in notice_queue. It does not use these tables: what it tells while it still serves is
-- not posted.

create table webhook (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    name text not null constraint webhook_name check (char_length(name) between 1 and 60),
    format text not null constraint webhook_format check (format in ('standard', 'slack', 'discord')),
    url text not null constraint webhook_url check (char_length(url) between 1 and 2000),
    created_at timestamptz not null default clock_timestamp(),
    -- Its secrets are derived from its id and this number. Until previous_until, the secret before signs as well.
    secret_generation integer not null default 1 constraint webhook_generation check (secret_generation > 0),
    previous_until timestamptz,
    -- 'gone' if the receiver said so.
    state text not null default 'on' constraint webhook_state check (state in ('on', 'off', 'gone')),
    -- The queue, whose messages have numbers without gaps and are posted one after the other.
    last_number bigint not null default 0,
    -- Everything up to this number was accepted or dropped.
    done_number bigint not null default 0,
    -- How often the next one was tried.
    attempts integer not null default 0 constraint webhook_attempts check (attempts >= 0),
    next_try_at timestamptz not null default clock_timestamp(),
    -- The worker that is posting the next one, and until when nobody else may.
    claim uuid,
    claimed_until timestamptz,
    last_error text constraint webhook_error_length check (char_length(last_error) <= 1000),
    parked_at timestamptz,
    constraint webhook_done check (done_number between 0 and last_number),
    constraint webhook_claim check ((claim is null) = (claimed_until is null)),
    -- What is off has nothing to post.
    constraint webhook_idle check (state = 'on' or (done_number = last_number and claim is null and parked_at is null))
);
create index webhook_of_account on webhook (account_id, id);
create index webhook_due on webhook (next_try_at) where done_number < last_number and parked_at is null;
create index webhook_claimed on webhook (claimed_until) where claim is not null;
create index webhook_parked on webhook (parked_at) where parked_at is not null;

-- What waits to be posted. A row is deleted when its message is done.
create table webhook_message (
    webhook_id bigint not null references webhook on delete cascade,
    number bigint not null,
    account_id bigint not null,
    notice_number bigint not null,
    primary key (webhook_id, number),
    constraint webhook_message_notice foreign key (account_id, notice_number) references notice on delete cascade
);
create index webhook_message_of_notice on webhook_message (account_id, notice_number);

-- What came of each attempt, for the webhook's owner. Kept for 30 days.
create table webhook_attempt (
    id bigint generated always as identity primary key,
    webhook_id bigint not null references webhook on delete cascade,
    notice_number bigint not null,
    -- The id of the notice, which receivers drop repeats by.
    message uuid not null,
    kind text not null,
    -- Counts the tries of the message, from 1.
    tries integer not null,
    tried_at timestamptz not null default clock_timestamp(),
    took_ms integer not null,
    -- Null if there was no answer.
    status integer,
    error text constraint webhook_attempt_error_length check (char_length(error) <= 1000),
    answer text not null constraint webhook_attempt_answer_length check (char_length(answer) <= 1000)
);
create index webhook_attempt_of_webhook on webhook_attempt (webhook_id, id);
create index webhook_attempt_age on webhook_attempt (tried_at);

-- The channels that kinds of notices can be turned off for. The version before this one ignores those that it does not know.
alter table notice_off drop constraint notice_off_channel;
alter table notice_off add constraint notice_off_channel check (channel in ('site', 'email', 'webhook', 'chat'));
