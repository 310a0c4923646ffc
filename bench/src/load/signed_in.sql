-- What requests carry and leave: $1 seed, $2 accounts, $3 the moment that is now. Their secrets are known to nobody.
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
), submissions as (
    insert into submission (account_id, key, content_hash, location, submitted_at)
    select i, md5($1 || 'form' || i)::uuid, sha256(int8send(i)), '/dashboard', $3 - pg_temp.share($1, 66, i) * interval '20 hours'
    from generate_series(1, $2) as i where pg_temp.share($1, 67, i) < 0.3
)
insert into idempotency (account_id, key, request_hash, status, headers, body, answered_at)
select i, md5($1 || 'key' || i), sha256(int8send(i)), 201, '[]', '{"id": 1, "message": "Your bid was accepted."}',
    $3 - pg_temp.share($1, 68, i) * interval '20 hours'
from generate_series(1, $2) as i where pg_temp.share($1, 69, i) < 0.3;
