-- $1 seed, $2 things, $3 kinds, $4 clients, $5 places, $6 their endings, $7 skills, $8 sentences.
insert into project (id, seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline,
    lowest_minor, bid_count, bidder_count, created_at, published_at, ended_at)
overriding system value
select p.id, p.seller_id, p.state,
    initcap(left(w.kind, 1)) || substr(w.kind, 2) || ' ' || w.thing || ' for a ' || w.client,
    'A ' || w.kind || ' ' || w.thing || ' for a ' || w.client || ' in ' || w.place,
    concat_ws(E'\n\n', 'For our ' || w.client || ' in ' || w.place || ' we need a ' || w.kind || ' ' || w.thing || '.',
        concat_ws(' ', pg_temp.pick($8, pg_temp.share($1, 41, p.id)), pg_temp.pick($8, pg_temp.share($1, 42, p.id)),
            pg_temp.pick($8, pg_temp.share($1, 43, p.id))),
        pg_temp.pick($8, pg_temp.share($1, 44, p.id))),
    pg_temp.pick(array['software', 'design', 'writing', 'translation', 'marketing', 'media', 'business', 'trades'],
        pg_temp.share($1, 45, p.id)),
    case when pg_temp.share($1, 46, p.id) < 0.1 then '{}'::text[] else array[pg_temp.pick($7, pg_temp.share($1, 47, p.id))] end,
    pg_temp.pick(array['EUR', 'USD', 'GBP', 'CHF'], power(pg_temp.share($1, 48, p.id), 2)),
    case when p.state <> 'draft' or pg_temp.share($1, 49, p.id) < 0.5 then p.budget end,
    case when p.state <> 'draft' then p.deadline end,
    bids.lowest, bids.live, pg_temp.firsts(p.bids::integer), p.published_at - interval '5 minutes',
    case when p.state <> 'draft' then p.published_at end, p.ended_at
from load_plan p
cross join lateral (
    select pg_temp.pick($3, pg_temp.share($1, 31, p.id)) as kind, pg_temp.pick($2, pg_temp.share($1, 32, p.id)) as thing,
        pg_temp.pick($4, pg_temp.share($1, 33, p.id)) as client,
        pg_temp.pick($5, pg_temp.share($1, 34, p.id)) || pg_temp.pick($6, pg_temp.share($1, 35, p.id)) as place
) w
-- The summary of the bids, by the rule that bids.sql follows: one bidder in 37 has withdrawn.
cross join lateral (
    select min(pg_temp.price($1, p.id, b, p.budget, pg_temp.lowered(b, p.bids::integer - pg_temp.firsts(p.bids::integer)))) as lowest,
        count(*)::integer as live
    from generate_series(0, pg_temp.firsts(p.bids::integer) - 1) as b where b % 37 <> 36
) bids
order by p.id;
