-- Fills the tables that the loader leaves empty, so that the planner sees them as in a large marketplace: 20,000 rows each, some of
-- them expired.
insert into oauth_client (id, client_id, account_id, name, redirect_uris, scopes, deleted_at)
overriding system value
select i, 'client-' || i, 1 + i % 1000, 'A program', '{https://example.com/back}', '{projects:read}',
    case when i % 1000 = 0 then clock_timestamp() - interval '2 days' end
from generate_series(1, 20000) as i;
insert into oauth_grant (id, account_id, client_id, scopes, fetched_at, expires_at, revoked_at)
overriding system value
select i, 1 + i % 1900, i, '{projects:read}', clock_timestamp(),
    clock_timestamp() + case when i % 500 = 1 then interval '-3 days' else interval '30 days' end,
    case when i % 500 = 2 then clock_timestamp() - interval '2 days' end
from generate_series(1, 20000) as i;
insert into oauth_code (hash, grant_id, redirect_uri, code_challenge, expires_at)
select sha256(int8send(i)), i, 'https://example.com/back', 'challenge',
    clock_timestamp() + case when i % 500 = 3 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into oauth_refresh_token (hash, grant_id, expires_at)
select sha256(int8send(i)), i, clock_timestamp() + case when i % 500 = 3 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into oauth_device (hash, user_code_hash, client_id, scopes, interval_secs, expires_at)
select sha256(int8send(i)), sha256(int8send(-i)), i, '{projects:read}', 5,
    clock_timestamp() + case when i % 500 = 3 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into access_token (hash, account_id, client_id, grant_id, scopes, expires_at, revoked_at)
select sha256(int8send(-i)), 1 + i % 1900, i, i, '{projects:read}',
    clock_timestamp() + case when i % 500 = 3 then interval '-3 days' else interval '30 days' end,
    case when i % 500 = 4 then clock_timestamp() - interval '3 days' end
from generate_series(1, 20000) as i;
insert into session (token_hash, account_id, data, expires_at)
select sha256(int8send(-i)), 1 + i % 1900, '{}', clock_timestamp() + case when i % 500 = 3 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into sign_in_flow (state_hash, session_hash, provider, purpose, nonce, code_verifier, next, expires_at)
select sha256(int8send(i)), sha256(int8send(-i)), 'example', 'sign_in', 'nonce', repeat('v', 43), '',
    clock_timestamp() + case when i % 500 = 7 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into passkey_user (account_id, handle) select i, gen_random_uuid() from generate_series(1, 1900) as i;
insert into passkey (account_id, credential_id, credential, name)
select 1 + i % 1900, sha256(int8send(i)), '{}', 'A phone' from generate_series(1, 15000) as i;
insert into passkey_challenge (hash, session_hash, state, expires_at)
select sha256(int8send(i)), sha256(int8send(-i)), '{}', clock_timestamp() + case when i % 500 = 7 then interval '-3 days' else interval '30 days' end
from generate_series(1, 20000) as i;
insert into sign_in_failure (subject, failures, last_failed_at)
select sha256(int8send(i)), 1, clock_timestamp() - case when i % 500 = 3 then interval '30 days' else interval '1 minute' end
from generate_series(1, 20000) as i;
insert into second_factor (account_id, seed, used_step) select i, gen_random_uuid(), 1 from generate_series(1, 1900) as i;
insert into recovery_code (account_id, hash)
select account_id, sha256(int8send(i)) from second_factor, generate_series(1, 10) as i;
insert into device (id, account_id, expires_at, trusted_until, trusted_agent)
select gen_random_uuid(), 1 + i % 1900, clock_timestamp() + interval '30 days', clock_timestamp() + interval '3 days', ''
from generate_series(1, 20000) as i;
insert into identity (account_id, issuer, subject, label)
select 1 + i % 1900, 'https://id.example.com', 'subject-' || i, 'someone@example.com' from generate_series(1, 20000) as i;
insert into receipt (account_id, mark, content_hash, outcome, kept_at)
select 1 + i % 1900, sha256(int8send(-i)), '\x00', '{"Ok": null}', clock_timestamp() - interval '2 days' from generate_series(1, 40) as i;
insert into kept_mail (message_id, address, subject, headers, html, text)
select i || '@guildhall.example', 'someone@example.com', 'Subject', 'Subject: Subject', '', '' from generate_series(1, 500) as i;
-- The most watched project, and somebody who watches as much as possible.
insert into watch (account_id, project_id, deadline)
select i, (select id from project where state = 'open' order by bid_count desc limit 1), clock_timestamp() + interval '1 day'
from generate_series(1, 20000) as i
on conflict do nothing;
insert into watch (account_id, project_id, deadline)
select (select min(id) from account where role = 'buyer'), id, deadline
from (select id, deadline from project where state = 'open' order by id limit 199) open
on conflict do nothing;
insert into account_mail (kind, account_id, address, created_at, done_at, sent_at, expires_at)
select 'confirm_email', 1 + i % 1900, 'someone@example.com', at, at, at, at + interval '1 day'
from generate_series(1, 20000) as i,
    lateral (select clock_timestamp() - case when i % 500 = 3 then interval '30 days' else interval '1 day' end as at) as made;
insert into account_mail_secret (hash, mail_id) select sha256(int8send(id)), id from account_mail;
-- Searches that fit the most watched project, and somebody with as many as possible.
insert into saved_search (account_id, name, words, query, frequency, zone, next_digest_at)
select 1 + i % 20000, 'Everything', '', null, case when i % 2 = 0 then 'at_once' else 'daily' end, 'UTC',
    case when i % 2 = 1 then clock_timestamp() - interval '1 minute' end
from generate_series(1, 20000) as i;
insert into saved_search (account_id, name, words, query, frequency, zone)
select (select min(id) from account where role = 'buyer'), 'Windows', 'window', search_query('"window"'), 'at_once', 'UTC'
from generate_series(1, 29);
insert into saved_search_match (search_id, project_id, is_told)
select s.id, p.id, false from (select id from saved_search where frequency = 'daily' order by id limit 100) s
cross join (select id from project where state = 'open' order by id limit 400) p;
analyze;
-- Webhooks of many accounts, some with a message to post, some parked; and one with a long log.
insert into webhook (account_id, name, format, url, last_number, next_try_at, parked_at)
select 1 + i % 20000, 'Ops', 'standard', 'https://hooks.example.com/', case when i % 10 = 0 then 1 else 0 end,
    clock_timestamp() - interval '1 minute', case when i % 100 = 0 then clock_timestamp() end
from generate_series(1, 20000) as i;
insert into notice_inbox (account_id, last_number)
select account_id, 10 from webhook where last_number = 1 on conflict do nothing;
insert into notice (account_id, number, kind, facts, is_on_site)
select account_id, number, 'webhook.test', '{}', false from webhook, generate_series(1, 10) as number where last_number = 1 on conflict do nothing;
insert into webhook_message (webhook_id, number, account_id, notice_number)
select id, 1, account_id, 1 from webhook where last_number = 1;
insert into webhook (account_id, name, format, url)
select (select min(id) from account where role = 'buyer'), 'Busy', 'standard', 'https://hooks.example.com/';
-- Browsers that show notices, some of which are no longer remembered.
insert into webhook (account_id, name, format, url, push_key, push_auth)
select distinct on (account_id) account_id, 'Laptop', 'push', 'https://push.example.com/' || id,
    decode(repeat('04', 65), 'hex'), decode(repeat('00', 16), 'hex')
from device order by account_id;
update device d set webhook_id = w.id
from webhook w where w.format = 'push' and w.url = 'https://push.example.com/' || d.id and w.id % 100 <> 0;
insert into webhook_attempt (webhook_id, notice_number, message, kind, tries, took_ms, answer)
select case when i % 2 = 0 then (select max(id) from webhook) else 1 + i % 10000 end, 1, gen_random_uuid(), 'webhook.test', 1, 10, ''
from generate_series(1, 40000) as i;
analyze;
