-- The zone in which a draft's deadline was typed, so that its form shows it as it was typed. Null if that is not known, and once it is published.
alter table project add column deadline_zone text constraint project_deadline_zone check (char_length(deadline_zone) between 1 and 100);
