-- What the REST API needs: answers kept for repeated requests, keyset pages in every order, and the change feed.

-- The answers to requests that carried an Idempotency-Key, for a day.
create table idempotency (
    account_id bigint not null references account on delete cascade,
    key text not null constraint idempotency_key_length check (char_length(key) between 1 and 255),
    -- Of the method, the path and the body.
    request_hash bytea not null,
    status smallint not null,
    headers jsonb not null,
    body text not null,
    answered_at timestamptz not null default clock_timestamp(),
    primary key (account_id, key)
);
create index idempotency_age on idempotency (answered_at);

-- Ties are by id, so that every order is total and can be walked both ways.
create index project_by_state on project (state, id);
create index project_by_deadline on project (state, deadline, id);
create index project_by_budget on project (state, budget_minor, id);
-- None by the lowest bid: it would make every bid write all indexes of its project's row (no HOT update).
alter table project set (fillfactor = 80);

-- The feed is walked in the order in which transactions began, as far as all of them have ended.
create index outbox_feed on outbox (transaction_id, id)
    where project_id is not null
      and kind in ('project.published', 'project.cancelled', 'project.awarded', 'project.unawarded', 'bid.placed', 'bid.withdrawn');
