-- $1 seed, $2 accounts, $3 sellers among them, $4 current time, $5 first names, $6 last names. No account has a password.
insert into account (id, role, name, email, created_at)
overriding system value
select i, case when i <= $3 then 'seller' else 'buyer' end,
    $5[1 + i % cardinality($5)] || ' ' || pg_temp.pick($6, pg_temp.share($1, 20, i)),
    'account-' || i || '@load.example', $4 - interval '2000 days' + i * interval '1 millisecond'
from generate_series(1, $2) as i;
