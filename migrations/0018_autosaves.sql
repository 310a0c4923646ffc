-- What sellers have typed into the form of a project, saved while they type. A server of the version before this one does not use it.

create table autosave (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    -- The key of the form, which its page was rendered with.
    form_key uuid not null,
    -- The draft in the form; null for a new project.
    project_id bigint references project on delete cascade,
    -- Names and values, in the order of the form; null once the form has been sent, so that a late save changes nothing.
    fields jsonb,
    saved_at timestamptz not null default clock_timestamp(),
    constraint autosave_form unique (account_id, form_key)
);
create index autosave_age on autosave (saved_at);
create index autosave_project on autosave (project_id) where project_id is not null;
