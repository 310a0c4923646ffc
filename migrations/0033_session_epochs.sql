-- Ending all sessions of an account also ends a sign-in in progress: it read the epoch before, and its session can't begin.

alter table account add column session_epoch bigint not null default 0;
