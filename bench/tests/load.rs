//! The loaded data is consistent with every rule of the marketplace.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use bench::load::{Size, load};
use guildhall::store::MIGRATIONS;
use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;

const SIZE: Size = Size {
    accounts: 2000,
    projects: 600,
    open: 60,
    bids: 12_000,
};

/// Violations by name, each with the query that finds them; `present` is the current time.
const RULES: &[(&str, &str)] = &[
    (
        "a bid is above the budget",
        "select b.id from bid b join project p on p.id = b.project_id where b.amount_minor > p.budget_minor",
    ),
    (
        "a buyer's bids do not fall",
        "select id from (select id, amount_minor, lag(amount_minor) over (partition by project_id, buyer_id order by id) as earlier
                         from bid) b where amount_minor >= earlier",
    ),
    (
        "bidder numbers do not follow the order of first bids",
        "select b.id from bid b join (
             select project_id, buyer_id, row_number() over (partition by project_id order by min(id)) as number
             from bid group by 1, 2) n using (project_id, buyer_id) where b.bidder_number <> n.number",
    ),
    (
        "a project's bids are not in order of time",
        "select id from (select id, accepted_at, lag(accepted_at) over (partition by project_id order by id) as earlier
                         from bid) b where accepted_at <= earlier",
    ),
    (
        "a bid was accepted while its project took no bids",
        "select b.id from bid b join project p on p.id = b.project_id
         where b.accepted_at <= p.published_at or b.accepted_at >= least(p.deadline, (select at from present))",
    ),
    (
        "a buyer's last bid is replaced, an earlier one is not, or it did not end when the next was accepted",
        "select id from (select id, state, ended_at, lead(accepted_at) over (partition by project_id, buyer_id order by id) as next
                         from bid) b where (state = 'replaced') <> (next is not null) or ended_at <> next",
    ),
    (
        "a project's row disagrees with its bids",
        "select p.id from project p
         left join (select project_id, min(amount_minor) filter (where state = 'live') as lowest,
                           count(*) filter (where state = 'live') as live, count(distinct buyer_id) as bidders
                    from bid group by 1) b on b.project_id = p.id
         where p.lowest_minor is distinct from b.lowest or p.bid_count <> coalesce(b.live, 0) or p.bidder_count <> coalesce(b.bidders, 0)",
    ),
    (
        "an award is missing, superfluous, or not for the lowest live bid",
        "select p.id from project p left join award a on a.project_id = p.id
         where (p.state = 'awarded') <> (a.bid_id is not null)
            or a.bid_id <> (select b.id from bid b where b.project_id = p.id and b.state = 'live'
                            order by b.amount_minor, b.accepted_at, b.id limit 1)",
    ),
    (
        "an open project is due, or one ended at an impossible time",
        "select id from project where state = 'open' and deadline <= (select at from present) or ended_at > (select at from present)
            or state in ('awarded', 'unawarded') and ended_at < deadline or state = 'cancelled' and ended_at > deadline",
    ),
    (
        "a bid on an open project does not have exactly one event",
        "select b.id from bid b join project p on p.id = b.project_id and p.state = 'open'
         left join outbox o on o.kind = 'bid.placed' and (o.body ->> 'bid')::bigint = b.id and o.project_id = p.id
             and o.account_id = b.buyer_id and o.happened_at = b.accepted_at
             and (o.body -> 'amount' ->> 'minor')::bigint = b.amount_minor
         group by b.id having count(o.id) <> 1",
    ),
    (
        "a stored count of projects is wrong",
        "select sum(n)::bigint from (select state, category, currency, n from project_tally
             union all select state, category, currency, -1 from project where state <> 'draft') t
         group by state, category, currency having sum(n) <> 0",
    ),
    (
        "the feed has an event before one that happened earlier",
        "select id from (select id, happened_at, lag(happened_at) over (order by transaction_id, id) as earlier from outbox) o
         where happened_at < earlier",
    ),
];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn loaded_data_keeps_every_rule(pool: PgPoolOptions, options: PgConnectOptions) {
    let pool = pool.connect_with(options.clone()).await.unwrap();
    let before = schema(&pool).await;
    let at = now(&pool).await;
    load(&options, SIZE, 7, Some(at)).await.unwrap();

    let mut broken = Vec::new();
    for (rule, query) in RULES {
        let query = format!("with present as (select $1::timestamptz as at) {query}");
        let ids: Vec<(i64,)> = sqlx::query_as(AssertSqlSafe(query))
            .bind(at)
            .fetch_all(&pool)
            .await
            .unwrap();
        if let Some((id,)) = ids.first() {
            broken.push(format!("{rule}: {} times, {id} first", ids.len()));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(
        schema(&pool).await,
        before,
        "indexes, constraints or triggers differ"
    );

    let counted: (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from account), (select count(*) from project), (select count(*) from bid)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(counted, (SIZE.accounts, SIZE.projects, SIZE.bids));
    let (most, half_have): (i32, f64) = sqlx::query_as(
        "select max(bidder_count), percentile_cont(0.5) within group (order by bidder_count) from project where bidder_count > 0",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(
        most > 300 && half_have < 15.0,
        "popularity: {most}, {half_have}"
    );
    let states: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from project group by 1 order by 2 desc")
            .fetch_all(&pool)
            .await
            .unwrap();
    let names: Vec<&str> = states.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(
        names,
        ["awarded", "unawarded", "open", "cancelled", "draft"],
        "{states:?}"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_same_seed_gives_the_same_rows_and_another_seed_gives_others(
    pool: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool.connect_with(options.clone()).await.unwrap();
    let at = now(&pool).await;
    let mut loads = Vec::new();
    for seed in [3, 3, 4] {
        sqlx::query("truncate account, project_tally, search_document restart identity cascade")
            .execute(&pool)
            .await
            .unwrap();
        load(&options, SIZE, seed, Some(at)).await.unwrap();
        loads.push(fingerprint(&pool).await);
    }
    assert_eq!(loads[0], loads[1]);
    assert_ne!(loads[0], loads[2]);
}

async fn now(pool: &PgPool) -> OffsetDateTime {
    sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Indexes, constraints and triggers, as in the catalog.
async fn schema(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select pg_get_indexdef(indexrelid) from pg_index where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
         union all
         select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
         union all
         select tgname || ' ' || tgenabled::text from pg_trigger where not tgisinternal
         order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// A hash of the loaded rows, without the outbox's transaction ids, which depend on the database.
async fn fingerprint(pool: &PgPool) -> String {
    sqlx::query_scalar(
        "select md5(string_agg(line, '' order by line)) from (
             select 'account' || a::text as line from (select id, role, name, email from account) a
             union all select 'project' || p::text from project p
             union all select 'bid' || b::text from bid b
             union all select 'award' || a::text from award a
             union all select 'tally' || t::text from project_tally t
             union all select 'outbox' || o::text from (select id, kind, project_id, account_id, body, happened_at from outbox) o
         ) line",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}
