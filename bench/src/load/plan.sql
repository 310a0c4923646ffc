-- Plans every project before anything is stored: $1 seed, $2 projects, $3 bids, $4 current time, $5 sellers, $6 recent projects.
-- Ids follow the order of publication. Recent projects are up to 45 days old and mostly open; the others reach back five years.
insert into load_plan (id, seller_id, state, budget, published_at, deadline, ended_at, bids)
with drawn as (
    select i as id, case
            when i = $2 then 'open'
            when i = 1 then 'awarded'
            when pg_temp.share($1, 2, i) < 0.02 then 'draft'
            when pg_temp.share($1, 2, i) < 0.05 then 'cancelled'
            when i > $2 - $6 and pg_temp.share($1, 3, i) < 0.85 then 'open'
            when pg_temp.share($1, 4, i) < 0.14 then 'unawarded'
            else 'awarded'
        end as state,
        100 * (100 + 10 * pg_temp.below(5000, power(pg_temp.share($1, 5, i), 3))) as budget,
        $2 - i as back
    from generate_series(1, $2) as i
), published as (
    -- A few sellers have most of the projects, but no seller has many drafts.
    select *, 1 + pg_temp.below($5, power(pg_temp.share($1, 1, id), case when state = 'draft' then 1 else 2 end)) as seller_id, $4 - interval '2 hours' - case
            when back < $6 then back / $6::double precision * interval '45 days'
            else interval '45 days' + (back - $6) / ($2 - $6)::double precision * interval '1780 days'
        end as published_at
    from drawn
), lasting as (
    select *, case
            when state = 'open' then $4 + interval '2 hours' + power(pg_temp.share($1, 6, id), 2) * interval '60 days'
            else published_at + (0.05 + 0.9 * pg_temp.share($1, 6, id)) * least(interval '30 days', $4 - published_at)
        end as deadline
    from published
), popular as (
    -- The most popular project is open, the second is awarded, and the others are random.
    select id, power(row_number() over (order by id <> $2, id <> 1, pg_temp.share($1, 7, id)), -0.7) as weight
    from lasting where state = 'awarded' or id = $2 or state = 'open' and pg_temp.share($1, 8, id) < 0.75
), counted as (
    select id, greatest(1, round($3 * weight / (select sum(weight) from popular)))::bigint as bids from popular
)
select id, seller_id, state, budget, published_at, deadline,
    case state
        when 'cancelled' then published_at + pg_temp.share($1, 9, id) * (deadline - published_at)
        when 'draft' then null
        when 'open' then null
        else deadline + pg_temp.share($1, 9, id) * interval '250 milliseconds'
    end,
    -- The most popular project absorbs the rounding error.
    coalesce(bids, 0) + case when id = $2 then $3 - (select sum(bids) from counted) else 0 end
from lasting left join counted using (id);
