-- Forms that were sent after the session had ended: whoever signs in again, to the same account in the same browser, finds
-- the form with what was typed.

create table saved_form (
    device_id uuid not null,
    account_id bigint not null,
    -- The path of the page that the form stood on, with its query.
    page text not null constraint saved_form_page check (char_length(page) between 1 and 2000),
    -- Names and values, in the order of the form.
    fields jsonb not null,
    saved_at timestamptz not null default clock_timestamp(),
    -- A few a browser and account, so that nobody fills the table: the latest five are kept.
    primary key (account_id, device_id, page),
    -- Another number for the browser is still the same browser; a browser that is forgotten takes its text along.
    constraint saved_form_device foreign key (account_id, device_id) references device (account_id, id)
        on delete cascade on update cascade
);
create index saved_form_age on saved_form (saved_at);
