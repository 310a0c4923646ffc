-- What reads the same is the same text: names and texts that are stored get Unicode's normalization form C, which the server gives to
-- everything it stores from now on, and names get single plain spaces. A server of the version before this one may still run: it reads
-- these texts as any other, and what it stores meanwhile in another form is only found and compared as before.
-- What would break a limit in its new form stays as it is. Passwords are hashes; the server tries their older forms at the sign-in.
-- E-mails get their form from the server after this step, because PostgreSQL knows no internationalized domains (src/account).

-- Those e-mails that the server has to look at, at every start: there are few, whatever the number of accounts.
create index account_email_beyond_ascii on account (id) where octet_length(email) <> char_length(email);

-- Spaces as RFC 8266 has them for nicknames: one U+0020 between words. Dropped again below.
create function one_name(name text) returns text language sql immutable as $$
    select btrim(regexp_replace(normalize(name, nfc), '[\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+', ' ', 'g'))
$$;

-- Each table is read first, without a lock, because rows that are changed stay locked to the end: a bid waits for its project's.
create temporary table respelled_project on commit drop as
    select id from project
    where name is not nfc normalized or summary is not nfc normalized or description is not nfc normalized
       or array_to_string(skills, ',') is not nfc normalized;

update account set name = one_name(name)
    where name <> one_name(name) and char_length(one_name(name)) between 2 and 80;
update oauth_client set name = one_name(name)
    where name <> one_name(name) and char_length(one_name(name)) between 2 and 80;
update access_token set name = one_name(name)
    where name <> one_name(name) and char_length(one_name(name)) between 1 and 80;
update project set
        name = case when char_length(normalize(name, nfc)) <= 100 then normalize(name, nfc) else name end,
        summary = case when char_length(normalize(summary, nfc)) <= 200 then normalize(summary, nfc) else summary end,
        description = case when char_length(normalize(description, nfc)) <= 20000 then normalize(description, nfc) else description end,
        skills = array(select normalize(skill, nfc) from unnest(skills) with ordinality as s (skill, n) order by n)
    where id in (select id from respelled_project);

drop function one_name(text);
