-- Search that is blind to accents and case, and finds parts of words in scripts that set no spaces between words.
--
-- What is searched gets a table of its own, because every bid writes its project's whole row: a second list of words in that row would
-- double what a bid writes. A trigger fills it, so it is right whoever writes a project: this version, the one before it, which
-- may still serve, and plain SQL. Stored texts and what people type go through the same function, so the two can't differ.
-- A generated column was no choice: PostgreSQL rewrites the table for it under a lock that stops every bid for minutes.
-- Neither were `unaccent` and `pg_trgm`: not every PostgreSQL has them or lets a database's owner make them, and `unaccent`
-- knows neither Arabic, Hebrew nor the kana.
--
-- Projects that are there already are added by `guildhall migrate` and by every start (project::fill_search), in batches, with the
-- newest first; what was added stays when it is interrupted. Until the last one is added the version before this one should
-- serve. That version keeps project.search and its two indexes, which a later migration drops.

-- Two characters of a run of letters without spaces become one word, for each pair of neighbours, so that a part of
-- the run is a phrase of such words. Written in ASCII, because PostgreSQL's parser decides by the locale what a letter is; with a
-- digit, so that no stemmer touches it. With `one`, each character is a word instead.
create function search_grams(run text, one boolean) returns text language sql immutable strict parallel safe as $$
    select string_agg('u' || lpad(to_hex(ascii(c)), 5, '0') || case when next is null then '' else lpad(to_hex(ascii(next)), 5, '0') end, ' ' order by n)
    from (select c, n, case when not one then lead(c) over (order by n) end as next from unnest(string_to_array(run, null)) with ordinality as t (c, n)) pair
    where one or next is not null or n = 1
$$;

-- A text as it is searched and searched for. Compatibility forms (wide letters, ligatures) become plain, and accents go. The vowel signs
-- of Indic scripts and the voicing marks of kana stay: they are letters there.
create function search_text(source text) returns text language plpgsql immutable strict parallel safe as $$
declare
    folded text;
    -- Letters of scripts without spaces, and of Korean, which glues particles to its words: Thai, Lao, Tibetan, Myanmar, Hangul, Khmer, Tai,
    -- Bopomofo, kana, Han, Yi, Javanese and others beside them; without their punctuation.
    unspaced constant text := '\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e80-\u0edf\u0f40-\u0fbc\u1000-\u1049\u104c-\u109f\u1100-\u11ff'
        '\u1780-\u17d3\u17d7\u17dc-\u17e9\u1950-\u19df\u1a20-\u1a9f\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u303b\u303c\u3041-\u309f\u30a1-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff'
        '\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\ua980-\ua9c0\ua9e0-\ua9fe\uaa60-\uaadd\uac00-\ud7ff\uf900-\ufaff\U00016fe0-\U00018d8f\U0001aff0-\U0001b2ff\U00020000-\U0003ffff';
begin
    -- PostgreSQL's parser looks for paths and takes a time that grows with the square of a run of these: 4 s for 20,000 characters. As
    -- spaces they also leave the parts of "and/or" to be found.
    source := translate(source, '/_~', '   ');
    if octet_length(source) = char_length(source) then
        return source;
    end if;
    -- Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic, nuktas, and what is invisible.
    folded := lower(regexp_replace(normalize(source, nfkd),
        '[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u093c\u09bc\u0a3c\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+', '', 'g'));
    -- Letters that Unicode does not take apart, and signs that keyboards swap.
    folded := replace(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    folded := translate(folded, 'øłđðħŧıŋςʼ’‘‐‑٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹ﾞﾟ', 'olddhtinσ''''''--01234567890123456789');
    folded := translate(normalize(folded, nfc), '/_~', '   ');
    if folded !~ ('[' || unspaced || ']') then
        return folded;
    end if;
    return (
        select string_agg(coalesce(search_grams(t.part[1], false), t.part[2]), ' ' order by t.n)
        from regexp_matches(folded, '([' || unspaced || ']+)|([^' || unspaced || ']+)', 'g') with ordinality as t (part, n)
    );
end
$$;

-- What of a project is searched. The characters of runs without spaces stand at the end, each once: one character alone is found too.
create function search_words(name text, summary text, description text) returns tsvector language sql immutable strict parallel safe as $$
    select to_tsvector('english', folded) || case when octet_length(whole) = char_length(whole) then ''::tsvector else (
        select to_tsvector('simple', coalesce(string_agg(distinct 'u' || c, ' '), ''))
        from regexp_matches(folded, '\mu([0-9a-f]{5})([0-9a-f]{5})?\M', 'g') pair cross join unnest(pair) c where c is not null
    ) end
    from (select whole, search_text(whole) as folded
          from (values (name || E'\n' || summary || E'\n' || description)) as t (whole) offset 0) project
$$;

-- What people type, in the form of src/project/words.rs, as a query. One character of a run without spaces has no place beside its
-- neighbours (as in 10階), so it must occur, anywhere.
create function search_query(typed text) returns tsquery language sql immutable strict parallel safe as $$
    select regexp_replace(
        regexp_replace(websearch_to_tsquery('english', search_text(typed))::text, '(''u[0-9a-f]{5}'') <(-|\d+)> ', '\1 & ', 'g'),
        ' <(-|\d+)> (''u[0-9a-f]{5}'')', ' & \2', 'g')::tsquery
$$;

-- The published projects. Bids never touch it. No reference to project: published projects are never deleted.
create table search_document (
    project_id bigint primary key,
    state text not null,
    words tsvector not null
);
-- Open projects are looked through alone: those that ended are many times as many. Nothing is left pending among them, so that a search
-- reads the index alone.
create index search_document_open on search_document using gin (words) with (fastupdate = off) where state = 'open';
create index search_document_ended on search_document using gin (words) where state <> 'open';

create function search_project() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from search_document where project_id = old.id;
        return null;
    end if;
    -- Texts stay what they are once they are published, so what ends only changes its state.
    if tg_op = 'UPDATE' and (old.name, old.summary, old.description) is not distinct from (new.name, new.summary, new.description) then
        update search_document set state = new.state where project_id = new.id;
        if found then
            return null;
        end if;
    end if;
    insert into search_document (project_id, state, words)
    values (new.id, new.state, search_words(new.name, new.summary, new.description))
    on conflict (project_id) do update set state = excluded.state, words = excluded.words;
    return null;
end
$$;

create trigger project_search_new after insert on project
    for each row when (new.state <> 'draft') execute function search_project();
create trigger project_search_changed after update of state, name, summary, description on project
    for each row when (new.state <> 'draft') execute function search_project();
create trigger project_search_gone after delete on project
    for each row when (old.state <> 'draft') execute function search_project();

-- How far the projects from before are added: those with a higher number are there. Gone when all are.
create table search_fill (
    only_row boolean primary key default true constraint search_fill_only_row check (only_row),
    below bigint not null
);
-- The triggers above locked the table, so whatever comes now goes through them.
insert into search_fill (below) select max(id) + 1 from project having max(id) is not null;
