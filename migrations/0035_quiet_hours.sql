-- When people's mail goes out: not in their quiet hours, or in a digest instead of single letters. The version before this one does not use
-- these tables. What it writes while it still serves is mailed at once, and so may come before what is held here.

create table notice_mail_schedule (
    account_id bigint primary key references account on delete cascade,
    -- The zone by whose clocks the times are meant.
    zone text not null,
    -- Minutes since midnight by the clock; null without quiet hours. They may span midnight.
    quiet_from smallint constraint notice_mail_schedule_from check (quiet_from between 0 and 1439),
    quiet_until smallint constraint notice_mail_schedule_until check (quiet_until between 0 and 1439),
    frequency text not null constraint notice_mail_schedule_frequency check (frequency in ('at_once', 'daily', 'weekly')),
    digest_hour smallint not null constraint notice_mail_schedule_hour check (digest_hour between 0 and 23),
    -- From 0, Monday, to 6.
    digest_day smallint not null constraint notice_mail_schedule_day check (digest_day between 0 and 6),
    constraint notice_mail_schedule_quiet check ((quiet_from is null) = (quiet_until is null) and quiet_from <> quiet_until)
);

-- Notices whose mail is held. They are not in the queue yet, so whatever may not wait does not have to pass them.
create table notice_held_mail (
    account_id bigint not null,
    notice_number bigint not null,
    -- When it is queued, made part of a digest, or held longer.
    due_at timestamptz not null,
    is_for_digest boolean not null,
    primary key (account_id, notice_number),
    constraint notice_held_mail_notice foreign key (account_id, notice_number) references notice on delete cascade
);
create index notice_held_mail_due on notice_held_mail (due_at);
-- For the earliest single mail of an account, behind which new mail is held.
create index notice_held_mail_single on notice_held_mail (account_id, due_at) where not is_for_digest;
