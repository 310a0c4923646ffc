//! Notes to bids: only the project's seller and the bid's buyer can read them, wherever the bid is shown.

use crate::{
    client::{Program, award, let_deadline_pass},
    support::{Answer, Client, count, site},
};
use axum::Router;
use guildhall::{account::AccountId, store::MIGRATIONS};
use serde_json::json;
use sqlx::PgPool;

const NOTE: &str = "Two weeks, with tulips.";

/// Fills in the bid form with a note, and sends it.
async fn bid(buyer: &mut Client, path: &str, amount: &str, note: &str) -> Answer {
    let key = buyer.get(path).await.is(200).form_key();
    let form = [("form_key", &*key), ("amount", amount), ("note", note)];
    buyer.post(&format!("{path}/bids"), &form).await
}

/// The note in the bid form.
fn note_in_form(page: &Answer) -> &str {
    let (_, after) = page.body.split_once("name=\"note\"").unwrap();
    let (_, after) = after.split_once('>').unwrap();
    after.split("</textarea>").next().unwrap().trim_start()
}

/// The viewers: the project's seller, the author of the note, another bidder, another seller, and a visitor who is not
/// signed in.
const VIEWERS: [&str; 5] = ["sam", "bea", "otto", "olga", ""];
const SELLER: usize = 0;
const AUTHOR: usize = 1;

/// Where the two who may read the note find it, while the project takes bids.
const BOTH: &[usize] = &[SELLER, AUTHOR];
const OPEN: &[(&str, &[usize])] = &[
    ("/projects/1", BOTH),
    ("/projects/1/history", BOTH),
    ("/dashboard", &[AUTHOR]),
    ("/dashboard/live", &[]),
    ("/dashboard/results.csv", &[AUTHOR]),
    ("/projects/1/live", &[]),
    ("/projects/1/staircase.svg", &[]),
    ("/projects/1/deadline.ics", &[]),
    ("/projects/1/withdraw", &[]),
    ("/projects/1/cancel", &[SELLER]),
    ("/projects", &[]),
    ("/projects?q=tulips", &[]),
    ("/projects.atom", &[]),
    ("/", &[]),
    ("/account", &[]),
    ("/api/v1/projects", &[]),
    ("/api/v1/projects/1", &[]),
    ("/api/v1/projects/1/bids", BOTH),
    ("/api/v1/projects/1/bid", &[AUTHOR]),
    ("/api/v1/account/bids", &[AUTHOR]),
    ("/api/v1/account/projects", &[]),
    ("/api/v1/changes", &[]),
];
const AWARDED: &[(&str, &[usize])] = &[
    ("/projects/1", BOTH),
    ("/projects/1/history", BOTH),
    ("/projects/1/result", BOTH),
    ("/projects/1/award", BOTH),
    ("/dashboard", BOTH),
    ("/dashboard/live", &[]),
    ("/dashboard/results.csv", &[AUTHOR]),
    ("/projects/1/live", &[]),
    ("/archive", &[]),
    ("/archive.csv", &[]),
    ("/archive/statistics", &[]),
    ("/api/v1/projects/1/bids", BOTH),
    ("/api/v1/projects/1/award", BOTH),
    ("/api/v1/projects/1/bid", &[AUTHOR]),
    ("/api/v1/account/bids", &[AUTHOR]),
    ("/api/v1/account/projects", &[]),
    ("/api/v1/changes", &[]),
];

/// All viewers, each with a browser and with a program.
struct AllReaders {
    browsers: Vec<Client>,
    programs: Vec<Program>,
}

impl AllReaders {
    async fn new(site: &Router, pool: &PgPool) -> Self {
        let (mut browsers, mut programs) = (Vec::new(), Vec::new());
        for (n, name) in VIEWERS.into_iter().enumerate() {
            let role = if n % 3 == 0 { "seller" } else { "buyer" };
            let email = format!("{name}@example.com");
            if name.is_empty() {
                browsers.push(Client::new(site));
                programs.push(Program::anonymous(site));
                continue;
            }
            browsers.push(Client::member(site, role, &email).await);
            let id: i64 = sqlx::query_scalar("select id from account where email = $1")
                .bind(&email)
                .fetch_one(pool)
                .await
                .unwrap();
            let mut program = Program::anonymous(site);
            program.account = AccountId(id);
            let scopes = crate::client::ALL;
            programs.push(program.with_scopes(pool, &scopes).await);
        }
        Self { browsers, programs }
    }

    /// Every answer has the note exactly where the table says.
    async fn find_it_only_where(&mut self, table: &[(&str, &[usize])]) {
        let mut wrong = Vec::new();
        for (path, readers) in table {
            for (n, name) in VIEWERS.into_iter().enumerate() {
                // The second time, a cache may answer.
                for _ in 0..2 {
                    let body = self.request(n, path).await;
                    if body.contains("tulips.") != readers.contains(&n) {
                        wrong.push(format!("{path} by {name:?}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    async fn request(&mut self, viewer: usize, path: &str) -> String {
        if path.starts_with("/api") {
            return self.programs[viewer].get(path).await.text;
        }
        let browser = &mut self.browsers[viewer];
        if !path.ends_with("/live") {
            return browser.get(path).await.body;
        }
        browser
            .headers
            .push(("accept", "application/json".to_owned()));
        let state = browser.get(path).await.body;
        browser.headers.pop();
        state
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_but_the_seller_and_the_author_finds_a_note_anywhere(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut all = AllReaders::new(&site, &pool).await;
    let path = all.browsers[SELLER].publish(&pool, "A window", 3600).await;
    all.browsers[2].bid(&path, "900").await.is(303);
    let author = &mut all.browsers[AUTHOR];
    bid(author, &path, "850", NOTE).await.is(303);
    author.get(&path).await.says("Your bid is in.");
    all.find_it_only_where(OPEN).await;

    // A program without `bids:read` does not learn more than the public.
    for viewer in [SELLER, AUTHOR] {
        let limited = &all.programs[viewer];
        let mut limited = limited.with_scopes(&pool, &["projects:read"]).await;
        let bids = limited.get("/projects/1/bids").await.is(200);
        assert!(!bids.text.contains("tulips"));
    }

    let_deadline_pass(&pool, 1).await;
    award(&pool).await;
    all.find_it_only_where(AWARDED).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_note_survives_every_refusal(pool: PgPool) {
    let (mut buyer, mut other, path) = crate::scene(&pool).await;
    other.bid(&path, "900").await.is(303);
    let note = "One & a half weeks\nfrom <May>";
    let escaped = "One &amp; a half weeks\nfrom &lt;May&gt;";
    let page = bid(&mut buyer, &path, "1000.01", note).await.is(422);
    assert_eq!(note_in_form(&page), escaped);
    let page = bid(&mut buyer, &path, "half", note).await.is(422);
    assert_eq!(note_in_form(&page), escaped);
    // The note itself is refused, with the amount if that is wrong too.
    let long = "a".repeat(501);
    let page = bid(&mut buyer, &path, "half", &long).await.is(422);
    assert_eq!(note_in_form(&page), long);
    let page = page.says("Note: Use at most 500 characters; this has 501.");
    page.says("Amount: Enter an amount in digits.");
    let page = bid(&mut buyer, &path, "700", &long).await.is(422);
    assert!(page.body.contains("id=\"note-error\""));
    assert_eq!(count(&pool, "bid").await, 1);
    // A page of another server version.
    let form = [("form_key", "old"), ("amount", "700"), ("note", note)];
    let page = buyer.post(&format!("{path}/bids"), &form).await.is(409);
    assert_eq!(note_in_form(&page), escaped);
    // The question about a low bid, and the way back from it.
    let question = bid(&mut buyer, &path, "70", note).await.is(409);
    assert!(
        question
            .body
            .contains("name=\"note\" value=\"One &amp; a half weeks\nfrom &lt;May")
    );
    let key = question.form_key();
    let form = [("form_key", &*key), ("amount", "70"), ("note", note)];
    let back = [&form[..], &[("confirmed", "70"), ("change", "yes")]].concat();
    let page = buyer.post(&format!("{path}/bids"), &back).await.is(200);
    assert_eq!(note_in_form(&page), escaped);
    assert!(page.body.contains("value=\"70\""));
    assert_eq!(count(&pool, "bid").await, 1);
    let confirmed = [&form[..], &[("confirmed", "70")]].concat();
    let bids = format!("{path}/bids");
    buyer.post(&bids, &confirmed).await.is(303);
    assert_eq!(count(&pool, "bid where note like 'One%'").await, 1);
    // The next bid begins with the note of the one that it replaces.
    let page = buyer.get(&path).await;
    assert_eq!(note_in_form(&page), escaped);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_note_typed_in_an_ended_session_is_found_after_the_sign_in(pool: PgPool) {
    let (mut buyer, _, path) = crate::scene(&pool).await;
    let key = buyer.get(&path).await.form_key();
    let form = [
        ("form_key", &*key),
        ("amount", "700"),
        ("note", NOTE),
        ("form_of", "2"),
        ("form_page", &*path),
    ];
    sqlx::query("delete from session")
        .execute(&pool)
        .await
        .unwrap();
    buyer.post(&format!("{path}/bids"), &form).await.is(303);
    let password = crate::support::PASSWORD;
    buyer.sign_in("bea@example.com", password).await.is(303);
    let page = buyer.get(&path).await.is(200);
    assert_eq!(note_in_form(&page), NOTE);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_note_is_part_of_what_recognizes_a_repeated_bid(pool: PgPool) {
    let (mut buyer, _, path) = crate::scene(&pool).await;
    let key = buyer.get(&path).await.form_key();
    let island =
        json!({ "project": 1, "amount": "700", "note": "Two weeks,\nin May", "form_key": key });
    buyer.call("place-bid", &island).await.is(200);
    // A browser sends line breaks as CR LF.
    let note = "Two weeks,\r\nin May";
    let form = [("form_key", &*key), ("amount", "700"), ("note", note)];
    buyer.post(&format!("{path}/bids"), &form).await.is(303);
    assert_eq!(count(&pool, "bid").await, 1);
    // With another note it is another bid, which must be lower.
    let form = [("form_key", &*key), ("amount", "700"), ("note", "In June")];
    let page = buyer.post(&format!("{path}/bids"), &form).await.is(422);
    page.says("You have bid €700.00; a new bid must be lower.");
    // A page of the version without notes.
    let key = uuid::Uuid::new_v4().to_string();
    let old = json!({ "project": 1, "amount": "600", "form_key": key });
    buyer.call("place-bid", &old).await.is(200);
    let form = [("form_key", &*key), ("amount", "600"), ("note", " ")];
    buyer.post(&format!("{path}/bids"), &form).await.is(303);
    assert_eq!(count(&pool, "bid").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undone_bid_leaves_no_note_and_a_withdrawn_one_keeps_it_for_the_two(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut all = AllReaders::new(&site, &pool).await;
    let path = all.browsers[SELLER].publish(&pool, "A window", 3600).await;
    let author = &mut all.browsers[AUTHOR];
    bid(author, &path, "850", NOTE).await.is(303);
    let key = author.get(&path).await.form_key();
    let form = [("form_key", &*key), ("bid", "1")];
    author.post(&format!("{path}/undo"), &form).await.is(303);
    // Its author finds it in the form once, for the next bid.
    assert_eq!(note_in_form(&author.get(&path).await), NOTE);
    all.find_it_only_where(&[("/projects/1", &[]), ("/api/v1/projects/1/bids", &[])])
        .await;
    let author = &mut all.browsers[AUTHOR];
    assert_eq!(note_in_form(&author.get(&path).await), "");
    bid(author, &path, "840", NOTE).await.is(303);
    let key = author.get(&path).await.form_key();
    let form = [("form_key", &*key)];
    author
        .post(&format!("{path}/withdraw"), &form)
        .await
        .is(303);
    all.find_it_only_where(&[("/projects/1", BOTH), ("/api/v1/projects/1/bids", BOTH)])
        .await;
    let page = all.browsers[AUTHOR].get(&path).await;
    assert_eq!(note_in_form(&page), "", "the next bid begins without it");
}
