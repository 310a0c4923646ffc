-- $1 seed, $2 current time, $3 sellers, $4 $5 $6 how many buyers bid on many, some and few projects: primes, so that the
-- bidders of a project are distinct. Rows are stored in the order of acceptance, as if they had been placed one by one.
insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at)
select id,
    $3 + 1 + case
        when b % 8 = 0 and b / 8 < $4 then (a.eager + b / 8 * a.eager_step) % $4
        when b % 8 between 1 and 3 and b / 8 * 3 + b % 8 - 1 < $5 then $4 + (a.busy + (b / 8 * 3 + b % 8 - 1) * a.busy_step) % $5
        else $4 + $5 + (a.other + b * a.other_step) % $6
    end,
    b + 1, pg_temp.price($1, id, b, budget, r), accepted_at,
    case when not is_last then 'replaced' when b % 37 = 36 then 'withdrawn' else 'live' end,
    case
        when not is_last then pg_temp.moment_of(5 * ((3 * b + r) / 2) + case (3 * b + r) % 2 when 0 then 2 else 4 end, n, opened, until)
        when b % 37 = 36 then accepted_at + (until - accepted_at) / 2
    end
from (
    select p.id, p.budget, p.bids::integer as n, p.published_at as opened, least(p.deadline, $2) as until,
        pg_temp.below($4, pg_temp.share($1, 51, p.id)) as eager, 1 + pg_temp.below($4 - 1, pg_temp.share($1, 52, p.id)) as eager_step,
        pg_temp.below($5, pg_temp.share($1, 53, p.id)) as busy, 1 + pg_temp.below($5 - 1, pg_temp.share($1, 54, p.id)) as busy_step,
        pg_temp.below($6, pg_temp.share($1, 55, p.id)) as other, 1 + pg_temp.below($6 - 1, pg_temp.share($1, 56, p.id)) as other_step
    from load_plan p where p.bids > 0 offset 0
) a
cross join lateral (
    select k, pg_temp.moment_of(k, n, opened, until) as accepted_at, b, r,
        r = pg_temp.lowered(b, n - pg_temp.firsts(n)) as is_last
    from (
        -- Of five consecutive bids, the first, second and fourth come from new bidders; the others lower an earlier bid.
        select k,
            case k % 5 when 0 then 3 * (k / 5) when 1 then 3 * (k / 5) + 1 when 3 then 3 * (k / 5) + 2
                when 2 then 2 * (k / 5) / 3 else (2 * (k / 5) + 1) / 3 end as b,
            case k % 5 when 2 then 1 + 2 * (k / 5) % 3 when 4 then 1 + (2 * (k / 5) + 1) % 3 else 0 end as r
        from generate_series(0, n - 1) as k
    ) place
) bid
order by accepted_at, id, k;
