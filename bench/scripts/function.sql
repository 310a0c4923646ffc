-- One bid, one transaction, one round trip: the statements of one.sql as a database function, to see what round trips cost.
\set n :n + 1
\set place :n * :clients + :client_id
\set buyer :first_buyer + :place % :buyers
\set project :first_project + :place % :projects
\set amount :first_amount - :place
select bench_place(:project::bigint, :buyer::bigint, :amount::bigint);
