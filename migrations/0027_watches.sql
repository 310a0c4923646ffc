-- Watched projects, and notices to many recipients that are written batch by batch. The version before this one uses neither table.

create table watch (
    account_id bigint not null references account on delete cascade,
    -- No foreign key: as for bids, only drafts are deleted, and nobody watches a draft.
    project_id bigint not null,
    -- The project's, which never changes once it is published: old rows are found by it.
    deadline timestamptz not null,
    since timestamptz not null default clock_timestamp(),
    primary key (account_id, project_id)
);
-- A project's watchers in the order in which they are told.
create index watch_of_project on watch (project_id, account_id);
create index watch_by_deadline on watch (deadline);

-- A kind of notice about a project that goes to more people than one transaction should write to. The worker tells them batch by
-- batch, and moves `after_account` in the transaction that writes a batch.
create table notice_broadcast (
    -- In the order of the events.
    id bigint generated always as identity primary key,
    project_id bigint not null,
    kind text not null,
    -- The recipients up to this account have been told.
    after_account bigint not null default 0,
    constraint notice_broadcast_once unique (project_id, kind)
);
