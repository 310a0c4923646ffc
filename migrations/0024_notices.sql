-- Notices: what people are told about their projects, bids and accounts. The version before this one does not use these tables; what
-- happens while it still serves is told by the first worker of this version, which reads the outbox.

-- The last number of each recipient. A sequence would leave gaps and could commit out of order; this row is locked by whoever writes
-- a notice, so the numbers have no gap and are in the order of the commits.
create table notice_inbox (
    account_id bigint primary key references account on delete cascade,
    last_number bigint not null constraint notice_inbox_number check (last_number > 0)
);

create table notice (
    account_id bigint not null references account on delete cascade,
    number bigint not null constraint notice_number check (number > 0),
    -- Receivers drop repeats by it.
    id uuid not null default gen_random_uuid(),
    kind text not null,
    -- No foreign key: with one, PostgreSQL would search this table for every deleted draft, and only drafts are deleted.
    project_id bigint,
    -- Figures and names of the moment, such as the lowest bid.
    facts jsonb not null,
    -- False if the recipient does not want this kind on the site: it is then only sent by other channels.
    is_on_site boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    read_at timestamptz,
    primary key (account_id, number)
);
create index notice_unread on notice (account_id) where read_at is null and is_on_site;
create index notice_of_project on notice (account_id, project_id, number) where project_id is not null;
create index notice_age on notice (created_at);

-- What the recipients of an open auction's notices know of it: who led, and what its seller was last told of the bids.
create table notice_auction (
    project_id bigint primary key,
    leader_id bigint,
    lowest_minor bigint,
    seller_told_at timestamptz,
    -- The lowest bid that the seller was told of.
    seller_minor bigint,
    -- The newest bid that was looked at; later ones are new.
    seen_bid bigint not null,
    -- When the lead was last seen to change.
    changed_at timestamptz not null,
    constraint notice_auction_leader check ((leader_id is null) = (lowest_minor is null))
);

-- Notices that wait for a quiet moment. Each is told as things stand then, or dropped if there is nothing left to tell.
create table notice_hold (
    account_id bigint not null references account on delete cascade,
    project_id bigint not null,
    kind text not null,
    since timestamptz not null default clock_timestamp(),
    due_at timestamptz not null,
    -- When the recipient last had the project's page open before them.
    seen_at timestamptz,
    primary key (account_id, project_id, kind)
);
create index notice_hold_due on notice_hold (due_at);

-- For each kind of notice about deadlines: all deadlines up to this one were told, or were too close when the project was published.
create table notice_deadline (
    kind text primary key,
    told_until timestamptz not null,
    -- Of several projects with this deadline, the last one.
    told_project bigint not null default 0
);

-- The kinds that somebody turned off for a channel.
create table notice_off (
    account_id bigint not null references account on delete cascade,
    kind text not null,
    channel text not null constraint notice_off_channel check (channel in ('site', 'email')),
    primary key (account_id, kind, channel)
);

-- A recipient's queue of one channel. Its notices have numbers of their own without gaps, and are sent one after the other.
create table notice_queue (
    account_id bigint not null references account on delete cascade,
    channel text not null constraint notice_queue_channel check (channel in ('email')),
    last_number bigint not null constraint notice_queue_number check (last_number > 0),
    -- Everything up to this number was sent or given up.
    done_number bigint not null default 0,
    -- How often the next one was tried.
    attempts integer not null default 0 constraint notice_queue_attempts check (attempts >= 0),
    next_try_at timestamptz not null default clock_timestamp(),
    -- The worker that is sending the next one, and until when nobody else may.
    claim uuid,
    claimed_until timestamptz,
    last_error text constraint notice_queue_error_length check (char_length(last_error) <= 1000),
    parked_at timestamptz,
    primary key (account_id, channel),
    constraint notice_queue_done check (done_number between 0 and last_number),
    constraint notice_queue_claim check ((claim is null) = (claimed_until is null))
);
create index notice_queue_due on notice_queue (next_try_at) where done_number < last_number and parked_at is null;
create index notice_queue_parked on notice_queue (parked_at) where parked_at is not null;

create table notice_delivery (
    account_id bigint not null,
    channel text not null,
    number bigint not null,
    notice_number bigint not null,
    sent_at timestamptz,
    primary key (account_id, channel, number),
    constraint notice_delivery_queue foreign key (account_id, channel) references notice_queue on delete cascade,
    constraint notice_delivery_notice foreign key (account_id, notice_number) references notice on delete cascade
);
create index notice_delivery_of_notice on notice_delivery (account_id, notice_number);
