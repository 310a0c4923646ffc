-- An account whose address was changed can get the former one back for a week, by the link in the letter that told the former address.
-- Until then nobody else can take it: whoever changed the address of a stolen account could otherwise prevent the undo by signing up
-- with the former one. The version before this one does not use the view.

create index account_mail_former on account_mail (address) where kind = 'email_change_undo' and used_at is null;

-- The addresses that nobody but their account can take.
create view address_in_use (address, account_id) as
    select email, id from account
    union all
    select address, account_id from account_mail
    where kind = 'email_change_undo' and used_at is null
      -- The link's time begins when the letter leaves.
      and coalesce(expires_at, created_at + interval '7 days') > clock_timestamp();
