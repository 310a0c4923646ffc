-- The rows that the trigger would have added for each project.
insert into search_document (project_id, state, words, deadline, published_at, budget_minor, category, currency)
select id, state, search_words(name, summary, description), deadline, published_at, budget_minor, category, currency
from project where state <> 'draft' order by id;
