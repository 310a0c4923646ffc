-- What the trigger would have added, project by project.
insert into search_document (project_id, state, words)
select id, state, search_words(name, summary, description) from project where state <> 'draft' order by id;
