-- Mail of a server without a mail relay, for /dev/mail. Only the demo and servers for development write here; the newest 500 messages are kept,
-- for 7 days.
create table kept_mail (
    id bigint generated always as identity primary key,
    -- A message that is sent again is kept once.
    message_id text not null constraint kept_mail_message_id unique,
    address text not null,
    subject text not null,
    -- The header lines as they would be sent.
    headers text not null,
    html text not null,
    text text not null,
    kept_at timestamptz not null default clock_timestamp()
);

create index kept_mail_kept_at on kept_mail (kept_at);
