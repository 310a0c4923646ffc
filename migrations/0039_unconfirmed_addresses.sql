-- Any number of accounts may have been opened with an address, but only one of them can confirm it. So a sign-up takes the same course
-- whether or not the address has an account, and tells nobody which.
--
-- An exclusion constraint, because a unique one cannot be partial. It keeps its name, by which the version before this one inserts.
-- Until that version has stopped, it may look for the password of an unconfirmed account instead of the confirmed one's.
alter table account
    drop constraint account_email_unique,
    add constraint account_email_unique exclude using btree (email with =) where (email_confirmed_at is not null);
create index account_by_email on account (email, id);

-- The key of the form that opened the account, so that a form that is sent twice opens one.
alter table account add column sign_up_key uuid;
create unique index account_sign_up_key on account (sign_up_key) where sign_up_key is not null;

-- The addresses that nobody but their account can confirm.
create or replace view address_in_use (address, account_id) as
    select email, id from account where email_confirmed_at is not null
    union all
    select address, account_id from account_mail
    where kind = 'email_change_undo' and used_at is null
      -- The link's time begins when the letter leaves.
      and coalesce(expires_at, created_at + interval '7 days') > clock_timestamp();
