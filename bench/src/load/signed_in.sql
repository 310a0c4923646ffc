-- Sessions, access tokens and receipts of signed-in accounts: $1 seed, $2 number of accounts, $3 current time. The hashes match no
-- real secret, so nobody can sign in with them.
with sessions as (
    insert into session (token_hash, account_id, data, user_agent, created_at, seen_at, expires_at)
    select sha256(int8send($1) || int8send(i)), i, '{}', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)', $3 - interval '10 days',
        $3 - pg_temp.share($1, 61, i) * interval '5 days', $3 + (1 + pg_temp.share($1, 62, i) * 29) * interval '1 day'
    from generate_series(1, $2) as i where pg_temp.share($1, 63, i) < 0.3
), tokens as (
    insert into access_token (hash, account_id, name, hint, scopes, created_at, expires_at, last_used_at)
    select sha256(int8send($1 + 1) || int8send(i)), i, 'A script', 'abcd', '{projects:read}', $3 - interval '10 days',
        $3 + (1 + pg_temp.share($1, 64, i) * 300) * interval '1 day', $3 - interval '1 hour'
    from generate_series(1, $2) as i where pg_temp.share($1, 65, i) < 0.2
)
insert into receipt (account_id, mark, content_hash, outcome, reference, kept_at)
select i, sha256(int8send($1 + 2) || int8send(i)), sha256(int8send(i)), '{"Ok": {"id": 1, "amount": {"minor": 100, "currency": "EUR"}, "leads": true}}',
    md5($1 || 'call' || i)::uuid, $3 - pg_temp.share($1, 66, i) * interval '20 hours'
from generate_series(1, $2) as i where pg_temp.share($1, 67, i) < 0.6;
