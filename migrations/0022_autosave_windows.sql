-- Which window saved an autosave last, so that two windows with the same form don't overwrite each other, and whether the form was sent.
-- A server of the version before this one leaves both null: any window may then save, as before.
alter table autosave
    add column window_id uuid,
    add column sent_at timestamptz;
