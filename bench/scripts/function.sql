-- One bid, one transaction, one round trip: the same by a function in the database, to see what the round trips cost.
\set n :n + 1
\set place :n * :clients + :client_id
\set buyer :first_buyer + :place % :buyers
\set project :first_project + :place % :projects
\set amount :first_amount - :place
select bench_place(:project::bigint, :buyer::bigint, :amount::bigint);
