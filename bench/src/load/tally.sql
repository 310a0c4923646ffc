-- The counts that the triggers would have kept for each project.
insert into project_tally (state, category, currency, n)
select state, category, currency, count(*) from project where state <> 'draft' group by 1, 2, 3 order by 1, 2, 3;
alter table project enable trigger user;
