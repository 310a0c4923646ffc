-- :batch bids on one project in one transaction, with a few statements for all of them: the throughput of shared transactions
-- without HTTP, tokens and rules.
\set n :n + 1
\set first :n * :batch
\set last :first + :batch - 1
begin;
select state, deadline, clock_timestamp() as now from project where id = :first_project and state <> 'draft';
select state, deadline, currency, budget_minor, lowest_minor, bidder_count from project where id = :first_project and state <> 'draft' for no key update \gset held_
select count(b.id) as known, coalesce(array_agg(b.id) filter (where b.state = 'live'), '{}') as ids, min(clock_timestamp()) as now
    from (values (1)) as one (row)
    left join lateral (
        select l.* from generate_series(:first::bigint, :last::bigint) as place
        join lateral (select * from bid where (buyer_id, project_id) <= (:first_buyer::bigint + place % :buyers::bigint, :first_project::bigint)
                      order by buyer_id desc, project_id desc, id desc limit 1) l
        on l.buyer_id = :first_buyer::bigint + place % :buyers::bigint and l.project_id = :first_project::bigint) b on true \gset last_
update bid set state = 'replaced', ended_at = :last_now::timestamptz where id = any(:last_ids::bigint[]) and state = 'live';
with stored as (
    insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state)
    select :first_project, :first_buyer::bigint + place % :buyers::bigint, 1 + place % :buyers::bigint, :first_amount::bigint - place, :last_now::timestamptz, 'live'
    from generate_series(:first::bigint, :last::bigint) as place order by place returning id, buyer_id, bidder_number, amount_minor)
insert into outbox (kind, project_id, account_id, body)
    select 'bid.placed', :first_project, buyer_id,
           jsonb_build_object('bid', id, 'bidder', bidder_number, 'amount', jsonb_build_object('minor', amount_minor, 'currency', 'EUR'))
    from stored order by id;
update project set lowest_minor = least(lowest_minor, :first_amount::bigint - :last::bigint),
    bid_count = bid_count + (:batch::integer - :last_known::integer),
    bidder_count = bidder_count + (:batch::integer - :last_known::integer)
    where id = :first_project and state = 'open';
commit;
