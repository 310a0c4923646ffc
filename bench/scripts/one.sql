-- One bid, one transaction: the statements of bid::place, from the first read to the event (src/market/bid/store.rs).
\set n :n + 1
\set place :n * :clients + :client_id
\set buyer :first_buyer + :place % :buyers
\set project :first_project + :place % :projects
\set amount :first_amount - :place
begin;
select state, deadline, clock_timestamp() as now from project where id = :project and state <> 'draft';
select state, deadline, currency, budget_minor, lowest_minor, bidder_count from project where id = :project and state <> 'draft' for no key update \gset held_
select clock_timestamp() as now, coalesce(b.id, 0) as id, coalesce(b.bidder_number, 0) as number, b.buyer_id, b.amount_minor, b.state
    from (values (1)) as one (row)
    left join lateral (
        select l.* from unnest(array[:buyer::bigint]) as asked (buyer)
        join lateral (select * from bid where (buyer_id, project_id) <= (asked.buyer, :project)
                      order by buyer_id desc, project_id desc, id desc limit 1) l
        on l.buyer_id = asked.buyer and l.project_id = :project) b on true \gset last_
\if :last_id > 0
update bid set state = 'replaced', ended_at = :last_now::timestamptz where id = any(array[:last_id::bigint]) and state = 'live';
\set number :last_number
\set more 0
\else
\set number :held_bidder_count + 1
\set more 1
\endif
insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at)
    select :project, buyer, number, amount, :last_now::timestamptz, state, case when state = 'live' then null else :last_now::timestamptz end
    from unnest(array[:buyer::bigint], array[:number::integer], array[:amount::bigint], array['live']) with ordinality as a (buyer, number, amount, state, place)
    order by place returning id \gset bid_
update project set lowest_minor = least(lowest_minor, :amount::bigint), bid_count = bid_count + :more::integer, bidder_count = bidder_count + :more::integer
    where id = :project and state = 'open';
insert into outbox (kind, project_id, account_id, body)
    values ('bid.placed', :project, :buyer, jsonb_build_object('bid', :bid_id::bigint, 'bidder', :number::integer, 'amount', jsonb_build_object('minor', :amount::bigint, 'currency', 'EUR')));
commit;
