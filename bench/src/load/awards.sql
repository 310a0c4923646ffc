insert into award (project_id, bid_id, decided_at)
select p.id, first.id, p.ended_at
from load_plan p
cross join lateral (select b.id from bid b where b.project_id = p.id and b.state = 'live'
                    order by b.amount_minor, b.accepted_at, b.id limit 1) first
where p.state = 'awarded' order by p.ended_at, p.id;
