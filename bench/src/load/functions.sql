-- The only source of randomness: the same seed gives the same rows.
create or replace function pg_temp.share(seed bigint, salt bigint, i bigint) returns double precision
language sql immutable parallel safe
return (hashint8extended(i, seed * 1000 + salt) & 9007199254740991)::double precision / 9007199254740992;

-- An entry of a list; earlier entries are more frequent.
create or replace function pg_temp.pick(list text[], share double precision) returns text
language sql immutable parallel safe
return list[1 + floor(cardinality(list) * share * share)::integer];

-- How many of n bids are a buyer's first: three in five. The others lower a buyer's earlier bid.
create or replace function pg_temp.firsts(n integer) returns integer
language sql immutable parallel safe
return 3 * (n / 5) + case n % 5 when 0 then 0 when 1 then 1 when 4 then 3 else 2 end;

-- How often a project's bidder number b (from 0) lowers its price, if prices are lowered q times in total: up to three times
-- each, starting with the earliest bidders.
create or replace function pg_temp.lowered(b integer, q integer) returns integer
language sql immutable parallel safe
return greatest(0, least(3, q - 3 * b));

-- The price of that bidder after r reductions, in whole units and strictly falling.
create or replace function pg_temp.price(seed bigint, project bigint, b integer, budget bigint, r integer) returns bigint
language sql immutable parallel safe
return floor(budget / 100 * (0.55 + 0.45 * pg_temp.share(seed, 90, project * 2097152 + b)))::bigint * 100
    - r * (floor(budget / 100 * (0.55 + 0.45 * pg_temp.share(seed, 90, project * 2097152 + b)))::bigint * 10);

-- When bid number k (from 0) of n was accepted: bids become more frequent towards the deadline.
create or replace function pg_temp.moment_of(k integer, n integer, opened timestamptz, until timestamptz) returns timestamptz
language sql immutable parallel safe
return opened + (until - opened) * power((k + 1) / (n + 2.0::double precision), 0.3);

-- Maps a share in [0, 1) to an integer below n.
create or replace function pg_temp.below(n bigint, share double precision) returns bigint
language sql immutable parallel safe
return floor(n * share)::bigint;
