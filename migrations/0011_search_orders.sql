-- Searches in the order of a list read one row a project. With what filters and orders go by beside the words, neither the walk along
-- an order nor the filtering of matches has to look each project up by its number. None of it changes once a project is published
-- but the state, so bids still never touch the table.
--
-- What is searched already is filled in by `guildhall migrate` and by every start, as in migration 9. Until then this version may miss a
-- project whose row here lacks them; the one before reads none of the new columns.

-- In the order in which an award takes them, which writes the project and then, by the trigger, the document.
lock table project, search_document in access exclusive mode;

alter table search_document
    add deadline timestamptz,
    add published_at timestamptz,
    add budget_minor bigint,
    add category text,
    add currency text;

create or replace function search_project() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from search_document where project_id = old.id;
        return null;
    end if;
    -- Texts stay what they are once they are published, so what ends only changes its state.
    if tg_op = 'UPDATE' and (old.name, old.summary, old.description) is not distinct from (new.name, new.summary, new.description) then
        update search_document
        set state = new.state, deadline = new.deadline, published_at = new.published_at, budget_minor = new.budget_minor,
            category = new.category, currency = new.currency
        where project_id = new.id;
        if found then
            return null;
        end if;
    end if;
    insert into search_document (project_id, state, words, deadline, published_at, budget_minor, category, currency)
    values (new.id, new.state, search_words(new.name, new.summary, new.description), new.deadline, new.published_at, new.budget_minor,
            new.category, new.currency)
    on conflict (project_id) do update
    set state = excluded.state, words = excluded.words, deadline = excluded.deadline, published_at = excluded.published_at,
        budget_minor = excluded.budget_minor, category = excluded.category, currency = excluded.currency;
    return null;
end
$$;

drop trigger project_search_changed on project;
create trigger project_search_changed
    after update of state, name, summary, description, deadline, published_at, budget_minor, category, currency on project
    for each row when (new.state <> 'draft') execute function search_project();

-- How far the rows from before are filled in, from the highest number down; gone when all are. A table of its own, because the version
-- before takes `search_fill` for its own; what that one has left to add is added on the way.
create table search_order_fill (
    only_row boolean primary key default true constraint search_order_fill_only_row check (only_row),
    below bigint not null
);
insert into search_order_fill (below) select max(id) + 1 from project having max(id) is not null;
delete from search_fill;
