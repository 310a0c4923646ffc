-- Which version of a draft its form was filled from, so that a window does not overwrite what another one saved. A server
-- of the version before this one neither reads nor raises the numbers: what it saves counts as the same version.
alter table project
    -- How often the draft's contents have changed, from 1. It stays as it is once the project is published.
    add column draft_version integer not null default 1,
    -- The window that saved the draft last.
    add column draft_window uuid;
alter table autosave
    -- The version of the draft that the form was filled from; null for a new project.
    add column draft_version integer;
