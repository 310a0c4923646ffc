-- The whole marketplace: who people are, what they offer and bid, and what came of it.
-- All that has to be atomic together carries the project's id, so that it can be spread by that key.

create table account (
    id bigint generated always as identity primary key,
    role text not null constraint account_role check (role in ('seller', 'buyer')),
    name text not null constraint account_name_length check (char_length(name) between 2 and 80),
    email text not null constraint account_email_unique unique,
    password_hash text not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint account_email_form check (email = lower(email) and char_length(email) between 3 and 254),
    -- So that a foreign key can ask for the role as well: a seller never bids, a buyer never posts.
    constraint account_id_role unique (id, role)
);

-- Signed-in browsers. The cookie's id is kept as its hash only: who reads this table can't sign in with it.
create table session (
    id bigint generated always as identity primary key,
    token_hash bytea not null constraint session_token_unique unique,
    account_id bigint references account on delete cascade,
    data jsonb not null,
    user_agent text not null default '' constraint session_user_agent_length check (char_length(user_agent) <= 200),
    created_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index session_of_account on session (account_id) where account_id is not null;
create index session_expiry on session (expires_at);

-- Failed sign-ins an e-mail typed (known or not) and an address: the delay grows with them.
create table sign_in_failure (
    subject bytea primary key,
    failures integer not null constraint sign_in_failure_count check (failures > 0),
    last_failed_at timestamptz not null
);
create index sign_in_failure_age on sign_in_failure (last_failed_at);

create table project (
    id bigint generated always as identity primary key,
    seller_id bigint not null,
    seller_role text not null generated always as ('seller') stored,
    state text not null constraint project_state check (state in ('draft', 'open', 'awarded', 'unawarded', 'cancelled')),
    name text not null constraint project_name_length check (char_length(name) between 1 and 100),
    summary text not null constraint project_summary_length check (char_length(summary) <= 200),
    description text not null constraint project_description_length check (char_length(description) <= 20000),
    category text not null,
    skills text[] not null constraint project_skills_count check (cardinality(skills) <= 10),
    currency text not null constraint project_currency check (currency ~ '^[A-Z]{3}$'),
    budget_minor bigint constraint project_budget_positive check (budget_minor > 0),
    deadline timestamptz,
    -- Folded in by every bid, so that a bid page reads one row.
    lowest_minor bigint,
    bid_count integer not null default 0 constraint project_bid_count check (bid_count >= 0),
    bidder_count integer not null default 0 constraint project_bidder_count check (bidder_count >= 0),
    created_at timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    ended_at timestamptz,
    search tsvector not null generated always as (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', summary), 'B') || setweight(to_tsvector('english', description), 'C')
    ) stored,
    constraint project_seller foreign key (seller_id, seller_role) references account (id, role),
    -- Only a draft may lack something.
    constraint project_complete check (state = 'draft' or (budget_minor is not null and deadline is not null and published_at is not null)),
    constraint project_ended check ((state in ('awarded', 'unawarded', 'cancelled')) = (ended_at is not null)),
    constraint project_lowest_within_budget check (lowest_minor between 1 and budget_minor),
    constraint project_lowest_with_count check ((lowest_minor is null) = (bid_count = 0)),
    constraint project_count_within_bidders check (bid_count <= bidder_count),
    constraint project_cancelled_without_bid check (state <> 'cancelled' or bid_count = 0)
);
create index project_due on project (deadline, id) where state = 'open';
create index project_open on project (id) where state = 'open';
create index project_open_category on project (category, id) where state = 'open';
create index project_of_seller on project (seller_id, id);
create index project_search on project using gin (search);

create table bid (
    id bigint generated always as identity primary key,
    project_id bigint not null references project,
    buyer_id bigint not null,
    buyer_role text not null generated always as ('buyer') stored,
    -- The stable pseudonym within the project: Bidder 1, Bidder 2 …
    bidder_number integer not null constraint bid_bidder_number check (bidder_number > 0),
    amount_minor bigint not null constraint bid_amount_positive check (amount_minor > 0),
    accepted_at timestamptz not null,
    state text not null constraint bid_state check (state in ('live', 'replaced', 'withdrawn')),
    ended_at timestamptz,
    constraint bid_buyer foreign key (buyer_id, buyer_role) references account (id, role),
    constraint bid_ended check ((state = 'live') = (ended_at is null)),
    constraint bid_of_project unique (project_id, id)
);
create unique index bid_one_live on bid (project_id, buyer_id) where state = 'live';
create index bid_ranking on bid (project_id, amount_minor, accepted_at, id) where state = 'live';
create index bid_history on bid (project_id, accepted_at desc, id desc);
create index bid_of_buyer on bid (buyer_id, project_id, id);

-- The result. Its key makes a second award of a project impossible, whoever tries.
create table award (
    project_id bigint primary key references project,
    bid_id bigint not null,
    decided_at timestamptz not null default clock_timestamp(),
    constraint award_bid foreign key (project_id, bid_id) references bid (project_id, id)
);

-- Every change of state, written in the transaction that made it; whatever comes later (live pages, mail, search) feeds on it.
-- Ids come from a sequence, so a lower id may commit after a higher one: a reader goes no further than
-- rows with transaction_id < pg_snapshot_xmin(pg_current_snapshot()).
create table outbox (
    id bigint generated always as identity primary key,
    transaction_id xid8 not null default pg_current_xact_id(),
    kind text not null,
    project_id bigint references project on delete cascade,
    account_id bigint references account on delete cascade,
    body jsonb not null,
    happened_at timestamptz not null default clock_timestamp()
);

-- Forms that were sent, by the key each carries and the hash of what it said: one sent twice has one effect, while one that
-- was changed after the browser's Back button is another.
create table submission (
    account_id bigint not null references account on delete cascade,
    key uuid not null,
    content_hash bytea not null,
    location text not null,
    submitted_at timestamptz not null default clock_timestamp(),
    primary key (account_id, key, content_hash)
);
create index submission_age on submission (submitted_at);
