//! The archive: its pages and its CSV files.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

use guildhall::{award, store::MIGRATIONS};
use sqlx::PgPool;
use support::{Answer, Client, site, text_of};

/// Publishes a project, lets buyers bid on it, and ends it.
async fn publish_and_end(
    pool: &PgPool,
    seller: &mut Client,
    name: &str,
    bids: &mut [(&mut Client, &str)],
) {
    let path = seller.publish(pool, name, 3600).await;
    for (buyer, amount) in bids {
        buyer.bid(&path, amount).await.is(303);
    }
    sqlx::query("update project set deadline = clock_timestamp() where state = 'open'")
        .execute(pool)
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(award::close_due(&mut tx, 10).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

/// Three auctions: one with two bids, one with one, one with none.
async fn three_auctions(pool: &PgPool) -> Client {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut winner = Client::member(&site, "buyer", "wanda.winner@example.com").await;
    let mut loser = Client::member(&site, "buyer", "louis.loser@example.com").await;
    publish_and_end(
        pool,
        &mut seller,
        "=HYPERLINK(\"https://evil.example\")",
        &mut [(&mut loser, "900"), (&mut winner, "700")],
    )
    .await;
    publish_and_end(
        pool,
        &mut seller,
        "A zebra of oak",
        &mut [(&mut winner, "950")],
    )
    .await;
    publish_and_end(pool, &mut seller, "Nobody wanted this", &mut []).await;
    sqlx::query("update project set category = 'design', deadline = deadline - interval '40 days' where name like '%zebra%'")
        .execute(pool)
        .await
        .unwrap();
    Client::new(&site)
}

fn links(answer: &Answer) -> usize {
    answer.body.matches("class=\"card-link\"").count()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_archive_lists_the_finished_auctions_that_its_url_selects(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    let all = client.get("/archive").await.is(200).says("2 auctions");
    assert_eq!(links(&all), 2);
    let all = all.says("Winning bid €700.00 2 bids, budget €1,000.00");
    assert!(!text_of(&all.body).contains("Nobody wanted"));
    for (query, name) in [
        ("ending=unawarded", "Nobody wanted this"),
        ("q=zebras", "zebra"),
        ("category=design", "zebra"),
        ("price_from=800", "zebra"),
        ("price_to=%E2%82%AC700.00", "HYPERLINK"),
        ("bids_from=2", "HYPERLINK"),
        ("bids_to=1&currency=EUR", "zebra"),
    ] {
        let answer = client.get(&format!("/archive?{query}")).await.is(200);
        assert_eq!(links(&answer), 1, "{query}");
        answer.says(name).says("1 auction");
    }
    let today: String =
        sqlx::query_scalar("select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD')")
            .fetch_one(&pool)
            .await
            .unwrap();
    // The last day is included as a whole.
    let path = format!("/archive?ended_from={today}&ended_to={today}");
    assert_eq!(links(&client.get(&path).await.is(200)), 1);
    client
        .get("/archive?price_from=cheap&bids_to=few&ended_to=soon&category=magic")
        .await
        .is(422)
        .says("Enter an amount in digits")
        .says("Enter a whole number")
        .says("Enter a date such as");
    client
        .get("/archive?q=unicorn")
        .await
        .is(200)
        .says("No auction matches");
}

/// Inserts 30 auctions of the category `media`, with winning bids from €901 to €930.
async fn insert_media_auctions(pool: &PgPool) {
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline,
                              published_at, ended_at, lowest_minor, bid_count, bidder_count)
         select (select min(id) from account), 'awarded', 'Copy ' || n, '', '', 'media', '{}', 'EUR', 100000, deadline - make_interval(hours => n),
                deadline, deadline, 90000 + n * 100, 1, 1
         from generate_series(1, 30) n, (select clock_timestamp() as deadline) now",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_long_archive_is_paged_by_cursor(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    insert_media_auctions(&pool).await;
    let first = client
        .get("/archive?category=media&sort=oldest")
        .await
        .is(200);
    assert_eq!(links(&first), 20);
    let (_, next) = first.body.split_once("rel=\"next\"").unwrap();
    assert!(next.contains("Next"));
    let href = first
        .body
        .split("href=\"")
        .find(|part| part.contains("after="))
        .unwrap();
    let href = href.split('"').next().unwrap().replace("&amp;", "&");
    let second = client
        .get(&href)
        .await
        .is(200)
        .says("First page")
        .says("30 auctions");
    assert_eq!(links(&second), 10);
    assert!(!second.body.contains("rel=\"next\""));
    let shows = |answer: &Answer, name: &str| text_of(&answer.body).contains(name);
    assert!(shows(&first, "Copy 30 ") && shows(&second, "Copy 1 ") && !shows(&second, "Copy 30 "));
    // An invalid cursor leads to the first page.
    let odd = client.get("/archive?category=media&after=yesterday").await;
    assert_eq!(links(&odd.is(200)), 20);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_archive_names_no_bidder(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    for path in [
        "/archive",
        "/archive.csv",
        "/archive/statistics",
        "/archive/statistics.csv",
    ] {
        let answer = client.get(path).await.is(200);
        for hidden in ["wanda", "louis", "winner@", "loser@", "sam@example.com"] {
            assert!(!answer.body.contains(hidden), "{hidden} is in {path}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_csv_file_has_the_filtered_list_and_no_formulas(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    let all = client.get("/archive.csv").await.is(200);
    assert_eq!(
        all.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(all.header("content-disposition").starts_with("attachment"));
    let lines: Vec<&str> = all.body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{}", all.body);
    assert_eq!(
        lines[0],
        r#""project","name","seller","category","currency","budget","winning_bid","bids","deadline","result""#
    );
    assert!(
        lines[1].contains(
            r#","'=HYPERLINK(""https://evil.example"")","sam","trades","EUR",1000.00,700.00,2,""#
        ),
        "{}",
        lines[1]
    );
    assert!(lines[1].ends_with("/result\""));
    let some = client.get("/archive.csv?category=design").await.is(200);
    assert_eq!(some.body.lines().count(), 2);
    client.get("/archive.csv?price_from=cheap").await.is(422);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn statistics_show_the_prices_of_each_category(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    client
        .get("/archive/statistics")
        .await
        .is(200)
        .says("Of all 3 finished auctions: 2 auctions with a winner and 1 auction without a bid .")
        .says("With fewer than 4 winning bids, no quartiles are shown")
        .says("Design 1 0 – – €950.00 – –")
        .says("Crafts & on-site work 1 1 – – €700.00 – –");
    let file = client.get("/archive/statistics.csv").await.is(200);
    assert!(
        file.body
            .contains("\"design\",\"EUR\",\"\",\"\",1,1,950.00,\"\",950.00,\"\",950.00,1,1\r\n"),
        "{}",
        file.body
    );
    assert!(
        file.body
            .contains("\"trades\",\"EUR\",500.00,2000.00,2,1,700.00,\"\",700.00,\"\",700.00,"),
        "{}",
        file.body
    );
}

/// The number before the first occurrence of this label on a page.
fn number_before(answer: &Answer, label: &str) -> i64 {
    let text = text_of(&answer.body);
    let before = text.split(label).next().unwrap();
    before.split_whitespace().last().unwrap().parse().unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_and_the_statistics_count_the_same_auctions(pool: PgPool) {
    let mut client = three_auctions(&pool).await;
    insert_media_auctions(&pool).await;
    let statistics = client.get("/archive/statistics").await.is(200);
    let awarded = client
        .get("/archive")
        .await
        .is(200)
        .says("32 auctions with a winner")
        .says("This list and its count leave out auctions without a bid .");
    let unawarded = client
        .get("/archive?ending=unawarded")
        .await
        .is(200)
        .says("1 auction without a bid")
        .says("This list and its count leave out auctions with a winner .");
    assert!(awarded.body.contains("href=\"/archive?ending=unawarded\""));
    for (list, label) in [
        (&awarded, "auctions with a winner"),
        (&unawarded, "auction without a bid"),
    ] {
        assert_eq!(
            number_before(list, label),
            number_before(&statistics, label),
            "{label}"
        );
    }
    let statistics = statistics
        .says("Of all 33 finished auctions")
        .says("Photo, video & audio 30 0 €901.00 €908.00 €915.00 €923.00 €930.00");
    assert!(
        statistics
            .body
            .contains("href=\"/archive?category=trades&amp;currency=EUR&amp;ending=unawarded\"")
    );
}
