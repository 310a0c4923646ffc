//! The pages that ask before a bid is withdrawn, a project cancelled or a draft discarded.

use crate::support::{Answer, Client, count, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// A seller with an open project, two buyers, and the project's path.
async fn scene(pool: &PgPool) -> (Client, Client, Client, String) {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let other = Client::member(&site, "buyer", "otto@example.com").await;
    let path = seller.publish(pool, "A new shop window", 3600).await;
    (seller, buyer, other, path)
}

/// Asserts that the page links to this path and has no form that posts there.
#[track_caller]
fn leads_to(page: &Answer, path: &str) {
    assert!(page.body.contains(&format!("href=\"{path}\"")), "{path}");
    assert!(
        !page.body.contains(&format!("action=\"{path}\"")),
        "one click would be enough for {path}"
    );
}

/// Sends the page's form, which posts to the page's own path.
async fn confirm(client: &mut Client, path: &str, page: &Answer) -> Answer {
    assert!(page.body.contains(&format!("action=\"{path}\"")), "{path}");
    client.post(path, &[("form_key", &page.form_key())]).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_is_withdrawn_only_after_a_page_that_says_what_happens(pool: PgPool) {
    let (mut seller, mut buyer, mut other, project) = scene(&pool).await;
    let path = format!("{project}/withdraw");
    let nothing = buyer.get(&path).await.is(409);
    nothing.says("You have no bid on this project to withdraw.");
    buyer.bid(&project, "640").await.is(303);
    leads_to(&buyer.get(&project).await.is(200), &path);

    let page = buyer.get(&path).await.is(200).says("Withdraw your bid?");
    let page = page.says("Your bid of €640.00 on A new shop window will be withdrawn.");
    let page = page.says("It is the lowest bid at the moment.");
    let page = page.says("but only below €640.00 .").says("Keep my bid");
    leads_to(&page, &project);
    assert_eq!(count(&pool, "bid where state = 'live'").await, 1);
    other.get(&path).await.is(409);
    seller.get(&path).await.is(403);

    other.bid(&project, "600").await.is(303);
    let outbid = buyer.get(&path).await.is(200);
    assert!(!outbid.body.contains("lowest bid at the moment"));
    let answer = confirm(&mut buyer, &path, &page).await.is(303);
    assert_eq!(answer.location(), project);
    assert_eq!(count(&pool, "bid where state = 'live'").await, 1);
    buyer.get(&path).await.is(409);
    buyer.bid(&project, "640").await.is(422);
    buyer.bid(&project, "639.99").await.is(303);

    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let late = buyer.get(&path).await.is(405);
    late.says("The deadline has passed; bids are no longer accepted.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_cancelled_only_after_a_page_that_says_what_happens(pool: PgPool) {
    let (mut seller, mut buyer, _, project) = scene(&pool).await;
    let path = format!("{project}/cancel");
    leads_to(&seller.get(&project).await.is(200), &path);
    buyer.bid(&project, "640").await.is(303);
    let taken = seller.get(&path).await.is(409);
    taken.says("There is a bid already, so the project can't be cancelled.");
    let withdrawal = format!("{project}/withdraw");
    let page = buyer.get(&withdrawal).await.is(200);
    confirm(&mut buyer, &withdrawal, &page).await.is(303);

    let page = seller.get(&path).await.is(200).says("Cancel this project?");
    let page = page.says("A new shop window will take no more bids, and nobody will win it.");
    let page = page.says("You can't reopen it.").says("Keep the project");
    leads_to(&page, &project);
    assert_eq!(count(&pool, "project where state = 'open'").await, 1);
    buyer.get(&path).await.is(403);
    for _ in 0..2 {
        let answer = confirm(&mut seller, &path, &page).await.is(303);
        assert_eq!(answer.location(), project);
    }
    assert_eq!(count(&pool, "project where state = 'cancelled'").await, 1);
    let again = seller.get(&path).await.is(409);
    again.says("This project is not open for bids.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_is_discarded_only_after_a_page_that_says_what_happens(pool: PgPool) {
    let (mut seller, _, _, published) = scene(&pool).await;
    let key = seller.get("/projects/new").await.form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "A better shop window"),
        ("category", "trades"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
        ("intent", "draft"),
    ];
    let saved = seller.post("/projects/new", &fields).await.is(303);
    let edit = saved.location().to_owned();
    let path = edit.replace("/edit", "/discard");
    leads_to(&seller.get(&edit).await.is(200), &path);

    let page = seller.get(&path).await.is(200).says("Discard this draft?");
    let page = page.says("The draft A better shop window will be deleted");
    let page = page.says("You can't get it back.").says("Keep the draft");
    leads_to(&page, &edit);
    assert_eq!(count(&pool, "project where state = 'draft'").await, 1);
    let answer = confirm(&mut seller, &path, &page).await.is(303);
    assert_eq!(answer.location(), "/dashboard");
    assert_eq!(count(&pool, "project where state = 'draft'").await, 0);
    seller.get(&path).await.is(404);
    let published = seller.get(&format!("{published}/discard")).await.is(409);
    published.says("This is no longer a draft. You can't edit a project once it's published.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_signed_out_visitor_must_sign_in_and_returns_to_the_confirmation_page(pool: PgPool) {
    let (.., project) = scene(&pool).await;
    let mut anonymous = Client::new(&site(&pool, &[]));
    for act in ["withdraw", "cancel", "discard"] {
        let path = format!("{project}/{act}");
        let led = anonymous.get(&path).await.is(303);
        assert_eq!(led.location(), format!("/sign-in?next={path}"));
    }
}
