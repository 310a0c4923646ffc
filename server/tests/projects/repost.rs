//! Posting an ended project again, and filling in a template.

use crate::{
    client::{award, let_deadline_pass},
    scene,
    support::{Answer, Client, count, site},
};
use guildhall::{
    project::{Category, Template},
    store::MIGRATIONS,
};
use sqlx::PgPool;

/// The value of an input of the page, as in its HTML.
fn value<'a>(page: &'a Answer, name: &str) -> &'a str {
    let field = format!("name=\"{name}\"");
    let (_, after) = page.body.split_once(&field).expect(name);
    let tag = after.split('>').next().unwrap();
    let (_, value) = tag.split_once("value=\"").unwrap_or(("", ""));
    value.split('"').next().unwrap()
}

fn is_selected(page: &Answer, value: &str) -> bool {
    page.body
        .contains(&format!("<option value=\"{value}\" selected"))
}

fn description(page: &Answer) -> &str {
    let (_, after) = page.body.split_once("id=\"description\"").unwrap();
    let (_, after) = after.split_once('>').unwrap();
    after
        .split("</textarea>")
        .next()
        .unwrap()
        .trim_start_matches('\n')
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_ended_project_fills_the_form_and_nothing_is_saved_until_it_is_sent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let cancelled = seller.publish(&pool, "A <cancelled> sign", 7200).await;
    let cancel = format!("{cancelled}/cancel");
    let key = seller.get(&cancel).await.form_key();
    seller.post(&cancel, &[("form_key", &key)]).await.is(303);
    let ended = seller.publish(&pool, "A sign that ended", 7200).await;
    let_deadline_pass(&pool, 2).await;
    award(&pool).await;
    sqlx::query("delete from autosave")
        .execute(&pool)
        .await
        .unwrap();

    for (path, name) in [
        (&cancelled, "A &lt;cancelled&gt; sign"),
        (&ended, "A sign that ended"),
    ] {
        let link = path.replace("/projects/", "/projects/new?from=");
        for page in [path.clone(), "/dashboard".to_owned()] {
            let page = seller.get(&page).await.is(200);
            assert!(page.body.contains(&format!("href=\"{link}\"")), "{link}");
        }
        let form = seller.get(&link).await.is(200).says("with a new deadline");
        assert_eq!(value(&form, "name"), name);
        assert_eq!(
            value(&form, "summary"),
            "Letters and a sign for a small bakery"
        );
        assert_eq!(
            description(&form),
            "Two panes of glass, **lettered** by hand."
        );
        assert_eq!(value(&form, "skills"), "sign writing");
        assert_eq!(value(&form, "budget"), "1000.00");
        assert!(is_selected(&form, "trades") && is_selected(&form, "EUR"));
        let deadline = value(&form, "deadline");
        let is_ahead: bool = sqlx::query_scalar(
            "select $1::timestamp at time zone 'UTC' between clock_timestamp() + interval '1 day'
             and clock_timestamp() + interval '1 day 1 hour'",
        )
        .bind(deadline)
        .fetch_one(&pool)
        .await
        .unwrap();
        assert!(is_ahead, "{deadline}");
        assert!(deadline.ends_with(":00"));
    }
    assert_eq!(count(&pool, "project").await, 2);
    assert_eq!(count(&pool, "autosave").await, 0);
    let unawarded = seller.get(&format!("{ended}/result")).await.is(200);
    assert!(unawarded.body.contains("href=\"/projects/new?from=2\""));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_seller_posts_again_and_only_what_has_ended(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut other = Client::member(&site, "seller", "olga@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A window", 3600).await;
    seller.get("/projects/new?from=1").await.is(404);
    let page = seller.get(&path).await.body;
    let (before, _) = page.split_once("Post again").unwrap();
    let (_, container) = before.rsplit_once("<div").unwrap();
    assert!(
        container.contains(" hidden"),
        "the open page shows it at the end"
    );
    let_deadline_pass(&pool, 1).await;
    award(&pool).await;
    other.get("/projects/new?from=1").await.is(404);
    other.get("/projects/new?from=x").await.is(404);
    buyer.get("/projects/new?from=1").await.is(403);
    for client in [&mut other, &mut buyer, &mut Client::new(&site)] {
        assert!(!client.get(&path).await.body.contains("Post again"));
    }
    seller.get("/projects/new?from=1").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_template_is_inserted_and_never_over_what_was_typed_without_asking(pool: PgPool) {
    let (buyer, _, _) = scene(&pool).await;
    drop(buyer);
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "tina@example.com").await;
    let key = seller.get("/projects/new").await.form_key();
    let design = Template::of(Category::Design);
    let press =
        async |seller: &mut Client, intent: &str, name: &str, text: &str, category: &str| {
            let form = [
                ("form_key", &*key),
                ("name", name),
                ("description", text),
                ("category", category),
                ("budget", "500"),
                ("intent", intent),
            ];
            seller.post("/projects/new", &form).await
        };
    let page = press(&mut seller, "template", "", "", "design")
        .await
        .is(200);
    assert_eq!(value(&page, "name"), design.name);
    assert_eq!(description(&page), design.description);
    assert_eq!(
        (value(&page, "budget"), page.form_key()),
        ("500", key.clone())
    );

    let typed = "A logo for\r\nour bakery";
    let page = press(&mut seller, "template", "A logo", typed, "design")
        .await
        .is(200);
    assert_eq!(
        description(&page).replace('\r', ""),
        "A logo for\nour bakery"
    );
    let page = page.says("You have written a description already.");
    assert_eq!(value(&page, "name"), "A logo");
    let page = press(&mut seller, "template-after", "A logo", typed, "design")
        .await
        .is(200);
    let both = format!("A logo for\nour bakery\n\n{}", design.description);
    assert_eq!(description(&page), both);
    let page = press(&mut seller, "template-only", "A logo", typed, "design")
        .await
        .is(200);
    assert_eq!(description(&page), design.description);
    assert_eq!(value(&page, "name"), "A logo");

    let page = press(&mut seller, "template", "A logo", "", "")
        .await
        .is(422);
    page.says("Category: Choose a category.");
    assert_eq!(count(&pool, "project where seller_id > 3").await, 0);
}
