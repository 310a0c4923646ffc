-- Everything that looks like chance comes from here: the same seed gives the same rows.
create or replace function pg_temp.share(seed bigint, salt bigint, i bigint) returns double precision
language sql immutable parallel safe
return (hashint8extended(i, seed * 1000 + salt) & 9007199254740991)::double precision / 9007199254740992;

-- An entry of a list, the earlier the more often.
create or replace function pg_temp.pick(list text[], share double precision) returns text
language sql immutable parallel safe
return list[1 + floor(cardinality(list) * share * share)::integer];

-- Of n bids, how many are a buyer's first: three in five. The others are lower bids of buyers who are there already.
create or replace function pg_temp.firsts(n integer) returns integer
language sql immutable parallel safe
return 3 * (n / 5) + case n % 5 when 0 then 0 when 1 then 1 when 4 then 3 else 2 end;

-- How often a project's bidder number b (from 0) lowers its price, where that is done q times in all: three times each, the
-- earliest bidders first.
create or replace function pg_temp.lowered(b integer, q integer) returns integer
language sql immutable parallel safe
return greatest(0, least(3, q - 3 * b));

-- The price of that bidder after lowering it r times: whole units, and strictly falling.
create or replace function pg_temp.price(seed bigint, project bigint, b integer, budget bigint, r integer) returns bigint
language sql immutable parallel safe
return floor(budget / 100 * (0.55 + 0.45 * pg_temp.share(seed, 90, project * 2097152 + b)))::bigint * 100
    - r * (floor(budget / 100 * (0.55 + 0.45 * pg_temp.share(seed, 90, project * 2097152 + b)))::bigint * 10);

-- When the bid at place k (from 0) of n was accepted: the later the more, as deadlines have it.
create or replace function pg_temp.moment_of(k integer, n integer, opened timestamptz, until timestamptz) returns timestamptz
language sql immutable parallel safe
return opened + (until - opened) * power((k + 1) / (n + 2.0::double precision), 0.3);

-- The whole number below n that belongs to the share.
create or replace function pg_temp.below(n bigint, share double precision) returns bigint
language sql immutable parallel safe
return floor(n * share)::bigint;
