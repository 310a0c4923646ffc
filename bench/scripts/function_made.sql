create or replace function bench_place(for_project bigint, buyer bigint, amount bigint) returns bigint language plpgsql as $$
declare
    held record;
    last record;
    placed bigint;
    accepted timestamptz;
begin
    perform from project where id = for_project and state = 'open' and deadline > clock_timestamp();
    if not found then raise 'the project takes no bids'; end if;
    select budget_minor, bidder_count, deadline into held from project where id = for_project and state = 'open' for no key update;
    accepted := clock_timestamp();
    if accepted >= held.deadline or amount > held.budget_minor then raise 'the bid is refused'; end if;
    select b.id, b.amount_minor, b.state, b.bidder_number into last from bid b
        where b.buyer_id = buyer and b.project_id = for_project order by b.id desc limit 1;
    -- Nothing is refused, as in one.sql: a pgbench client that falls far behind the others bids a higher amount.
    if last.state = 'live' then
        update bid set state = 'replaced', ended_at = accepted where id = last.id and state = 'live';
    end if;
    insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state)
        values (for_project, buyer, coalesce(last.bidder_number, held.bidder_count + 1), amount, accepted, 'live') returning id into placed;
    update project set lowest_minor = least(lowest_minor, amount), bid_count = bid_count + (last.id is null)::int,
        bidder_count = bidder_count + (last.id is null)::int where id = for_project and state = 'open';
    insert into outbox (kind, project_id, account_id, body)
        values ('bid.placed', for_project, buyer, jsonb_build_object('bid', placed, 'bidder', coalesce(last.bidder_number, held.bidder_count + 1),
                'amount', jsonb_build_object('minor', amount, 'currency', 'EUR')));
    return placed;
end $$
