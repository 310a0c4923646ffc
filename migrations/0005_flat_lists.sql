-- Reads that cost the same however many projects and bids there are: every list has the index that it is walked by, and totals are
-- kept instead of counted. On a large database, make the indexes below by hand before, with `create index concurrently` and
-- these names: then this step finds them and holds nobody up.

-- How many projects there are in each state, category and currency: the sum of n. Whoever changes a state adds rows, so no two of
-- them wait for each other; a worker folds the rows into few. Kept by a trigger, because a server of the version before this one
-- may still run and knows nothing of it. What a bid changes is none of its columns, so bids never fire it.
create table project_tally (
    id bigint generated always as identity primary key,
    state text not null,
    category text not null,
    currency text not null,
    n bigint not null
);

create function tally_project() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' and old.state <> 'draft' then
        insert into project_tally (state, category, currency, n) values (old.state, old.category, old.currency, -1);
    end if;
    if tg_op <> 'DELETE' and new.state <> 'draft' then
        insert into project_tally (state, category, currency, n) values (new.state, new.category, new.currency, 1);
    end if;
    return null;
end
$$;

create trigger project_tally_new after insert on project
    for each row when (new.state <> 'draft') execute function tally_project();
create trigger project_tally_changed after update of state, category, currency on project
    for each row when ((old.state, old.category, old.currency) is distinct from (new.state, new.category, new.currency))
    execute function tally_project();
create trigger project_tally_gone after delete on project
    for each row when (old.state <> 'draft') execute function tally_project();

-- Making the triggers locked the table, so nothing slips in between.
insert into project_tally (state, category, currency, n)
select state, category, currency, count(*) from project where state <> 'draft' group by 1, 2, 3;

-- Open projects in every order that lists have. The deadline is at hand in each, so that those which are due are passed by
-- without a look at their rows. It never changes, and neither does any other column here while a project is open.
create index if not exists project_open_by_id on project (id) include (deadline) where state = 'open';
create index if not exists project_open_by_budget on project (budget_minor, id) include (deadline) where state = 'open';
create index if not exists project_open_by_age on project (published_at, id) include (deadline) where state = 'open';
-- Words are searched among open projects: those that ended, many times as many, must not be looked through for it. Nothing is
-- left pending, so a search reads the index alone. What is said of the state is what only this index says: a query in the same
-- words is answered by it and no other, and one for state = 'open' may be.
create index if not exists project_open_search on project using gin (search) with (fastupdate = off)
    where state not in ('draft', 'awarded', 'unawarded', 'cancelled');
drop index project_open;
-- There are eight categories: on the way along any order, a page of one is soon together.
drop index project_open_category;

-- A seller's own by state, the newest first, and in any state by merging the five.
create index if not exists project_of_seller_by_state on project (seller_id, state, id);
drop index project_of_seller;

-- A buyer's own likewise. It takes the place of an index that nothing needs: the ids of a project's bids are in the order of
-- acceptance, and there is one by them.
create index if not exists bid_of_buyer_by_state on bid (buyer_id, state, id);
drop index bid_history;

-- Whenever a draft was thrown away, all of the outbox was searched for its events, because the reference deletes with it. Only
-- drafts are ever deleted, and their events are found by an index of their own now.
alter table outbox drop constraint outbox_project_id_fkey;
create index if not exists outbox_of_draft on outbox (project_id) where kind = 'project.draft_saved';
