-- Saved searches, and which projects fit them. The version before this one does not use these tables; what is published while it still
-- serves is compared by the first worker of this version, which reads the outbox.

create table saved_search (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    name text not null constraint saved_search_name check (char_length(name) between 1 and 80),
    -- The words as typed, and what PostgreSQL looks for: null if every text fits.
    words text not null constraint saved_search_words check (char_length(words) <= 200),
    query tsquery,
    category text,
    currency text,
    budget_from bigint,
    budget_to bigint,
    work_place text,
    frequency text not null constraint saved_search_frequency check (frequency in ('at_once', 'daily', 'weekly')),
    -- The zone by whose clocks digests come in the morning.
    zone text not null,
    next_digest_at timestamptz,
    -- Everything that was found up to this time has been told.
    digested_at timestamptz not null default clock_timestamp(),
    -- When its owner was last told of a project.
    told_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    constraint saved_search_query check ((words = '') = (query is null)),
    constraint saved_search_digest check (frequency = 'at_once' or next_digest_at is not null)
);
-- A new project is compared with all searches in the order of their accounts, so that a batch has all searches of an account.
create index saved_search_of_account on saved_search (account_id, id);
create index saved_search_due on saved_search (next_digest_at) where next_digest_at is not null;

-- The projects that fit a search. A row stays after it was told, so that no project is told twice.
create table saved_search_match (
    search_id bigint not null references saved_search on delete cascade,
    -- No foreign key: as for bids, only drafts are deleted.
    project_id bigint not null,
    found_at timestamptz not null default clock_timestamp(),
    -- True if it was told at once, so that no digest tells it again.
    is_told boolean not null,
    primary key (search_id, project_id)
);
create index saved_search_match_untold on saved_search_match (search_id, found_at) where not is_told;
create index saved_search_match_age on saved_search_match (found_at);
