-- The events of open projects and of those that ended in the last two weeks; $1 current time. They get the ids of the latest
-- transactions, so that the feed is as long as in production.
insert into outbox (transaction_id, kind, project_id, account_id, body, happened_at)
with recent as (
    select p.id, p.seller_id, p.state, p.published_at, p.ended_at, p.deadline, p.budget_minor, p.currency from project p
    where p.state = 'open' or p.ended_at > $1 - interval '14 days'
), event as (
    select published_at as happened_at, 'project.published' as kind, id as project_id, seller_id as account_id, 0::bigint as bid,
        jsonb_build_object('budget', jsonb_build_object('minor', budget_minor, 'currency', currency),
            'deadline', to_char(deadline at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as body
    from recent
    union all
    select ended_at,
        case state when 'cancelled' then 'project.cancelled' when 'awarded' then 'project.awarded' else 'project.unawarded' end, id, case state when 'cancelled' then seller_id end, 9223372036854775807, '{}'
    from recent where state <> 'open'
    union all
    select b.accepted_at, 'bid.placed', b.project_id, b.buyer_id, b.id,
        jsonb_build_object('bid', b.id, 'bidder', b.bidder_number,
            'amount', jsonb_build_object('minor', b.amount_minor, 'currency', r.currency))
    from recent r join bid b on b.project_id = r.id
    union all
    select b.ended_at, 'bid.withdrawn', b.project_id, b.buyer_id, b.id, jsonb_build_object('bid', b.id, 'bidder', b.bidder_number)
    from recent r join bid b on b.project_id = r.id where b.state = 'withdrawn'
), numbered as (
    select *, row_number() over (order by happened_at, project_id, bid, kind) as place, count(*) over () as n from event
)
select (numbers.last - (n - place) * least(n, numbers.last - 3) / n)::text::xid8, kind, project_id, account_id, body, happened_at
from numbered, (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 as last) numbers
order by place;
