-- A small marketplace whose statistics are out of date: when it was analyzed, all bids were on ten of 2,000 projects, so the planner
-- expects none on any other. Since then, 2,000 buyers have bid ten times each on a new project. Account 1 is a seller, 2 to 2501 are
-- buyers; those from 2002 on have not bid on the new project.
insert into account (role, name, email) values ('seller', 'Sam Seller', 'sam@fresh.example');
insert into account (role, name, email)
select 'buyer', 'Buyer ' || n, 'buyer-' || n || '@fresh.example' from generate_series(1, 2500) as n;
insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline, published_at)
select 1, 'open', 'A shop window ' || n, 'Letters for a bakery', 'Two panes of glass', 'trades', array['Gilding'], 'EUR', 100000000,
    clock_timestamp() + interval '1 day', clock_timestamp()
from generate_series(1, 2000) as n;
insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state)
select p, 1 + n, n, 90000000 - n, clock_timestamp(), 'live' from generate_series(1, 10) as p, generate_series(1, 2500) as n order by p, n;
alter table bid set (autovacuum_enabled = false);
analyze;
insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, lowest_minor, bid_count, bidder_count,
    deadline, published_at)
select 1, 'open', 'The new one', 'Letters for a bakery', 'Two panes of glass', 'trades', array['Gilding'], 'EUR', 100000000, 80000000 - 19999,
    2000, 2000, clock_timestamp() + interval '1 day', clock_timestamp();
insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at)
select 2001, 2 + n % 2000, 1 + n % 2000, 80000000 - n, clock_timestamp(), case when n < 18000 then 'replaced' else 'live' end,
    case when n < 18000 then clock_timestamp() end
from generate_series(0, 19999) as n;
