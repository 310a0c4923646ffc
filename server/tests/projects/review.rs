//! The review of a project before it is published.

use crate::support::{Answer, Client, PASSWORD, count, site};
use guildhall::{moment::Zone, store::MIGRATIONS};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

const NEW: &str = "/projects/new";
const DESCRIPTION: &str = "\nTwo \"panes\" & a 'door',\r\n**lettered** <b onclick=x>by hand</b>.";

type Fields = Vec<(String, String)>;

/// A deadline an hour ahead, to the second.
async fn soon(pool: &PgPool) -> OffsetDateTime {
    let now: OffsetDateTime = sqlx::query_scalar("select date_trunc('second', clock_timestamp())")
        .fetch_one(pool)
        .await
        .unwrap();
    now + Duration::HOUR
}

/// The fields that a browser sends from this page's form after it has been filled in.
fn filled_fields(page: &Answer, deadline: OffsetDateTime, intent: &str) -> Fields {
    let zone = Zone::by_name("Asia/Tokyo").unwrap();
    let mut fields = hidden(&page.body);
    fields.retain(|(name, _)| name.starts_with("form_"));
    let filled_fields = [
        ("name", "A new shop window"),
        ("summary", "Letters and a sign"),
        ("description", DESCRIPTION),
        ("category", "trades"),
        ("skills", "gilding, sign writing"),
        ("budget", "1250"),
        ("currency", "CHF"),
        ("deadline", &zone.to_field(deadline)),
        ("deadline_shown", ""),
        ("time_zone", zone.name()),
        ("intent", intent),
    ];
    fields.extend(filled_fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    fields
}

/// The hidden fields of the page's main form, as a browser reads them.
fn hidden(body: &str) -> Fields {
    let (_, main) = body.split_once("<main").unwrap();
    let inputs = main.split("<input type=\"hidden\" name=\"").skip(1);
    let fields = inputs.filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        let (value, _) = rest.split_once('"')?;
        let value = [
            ("&quot;", "\""),
            ("&#x27;", "'"),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&amp;", "&"),
        ]
        .into_iter()
        .fold(value.replace("\r\n", "\n"), |text, (from, to)| {
            text.replace(from, to)
        });
        Some((name.to_owned(), value))
    });
    fields.collect()
}

fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let field = fields.iter().find(|(known, _)| known == name);
    field.map_or("", |(_, value)| value)
}

async fn send(client: &mut Client, path: &str, fields: &Fields) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    client.post(path, &fields).await
}

/// Asks for the review and follows to it.
async fn review(client: &mut Client, path: &str, fields: &Fields) -> Answer {
    let review = send(client, path, fields).await.is(303);
    assert!(review.location().starts_with(&format!("{path}?review=")));
    client.get(review.location()).await.is(200)
}

/// The fields of the review page, with this button pressed.
fn review_fields(review: &Answer, intent: &str) -> Fields {
    let mut fields = hidden(&review.body);
    fields.push(("intent".to_owned(), intent.to_owned()));
    fields
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_shown_as_buyers_will_see_it_and_then_published_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200).says("Review and publish");
    let deadline = soon(&pool).await;
    let sent = filled_fields(&page, deadline, "review");
    let review = review(&mut seller, NEW, &sent).await;
    let (tokyo, utc) = (Zone::by_name("Asia/Tokyo").unwrap(), Zone::utc());
    let review = review
        .says("A new shop window Letters and a sign Posted by sam")
        .says("CHF 1,250.00")
        .says(&format!("{} (Asia/Tokyo)", tokyo.long(deadline)))
        .says(&utc.long(deadline))
        .says("Crafts & on-site work")
        .says("gilding sign writing")
        .says("You can't edit a project once it's published. You can cancel it while it has no active bids.")
        .says("Publish now")
        .says("Back to editing");
    assert!(review.body.contains("<strong>lettered</strong>"));
    assert!(!review.body.contains("<b onclick"));
    assert_eq!(count(&pool, "project").await, 0, "nothing is stored yet");

    let carried = hidden(&review.body);
    for (name, filled_fields) in sent.iter().filter(|(name, _)| name != "intent") {
        assert_eq!(
            value(&carried, name),
            filled_fields.replace("\r\n", "\n"),
            "{name}"
        );
    }
    let publish = review_fields(&review, "publish");
    let published = send(&mut seller, NEW, &publish).await.is(303);
    let path = published.location().to_owned();
    let again = send(&mut seller, NEW, &publish).await.is(303);
    assert_eq!(again.location(), path, "a second press publishes nothing");
    // The form itself may ask to publish, as programs and older pages do.
    let direct = send(&mut seller, NEW, &filled_fields(&page, deadline, "publish")).await;
    assert_eq!(direct.is(303).location(), path);
    assert_eq!(count(&pool, "project").await, 1);
    seller.get(&path).await.is(200).says("A new shop window");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn back_to_editing_returns_everything_as_typed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let sent = filled_fields(&page, soon(&pool).await, "review");
    let review = review(&mut seller, NEW, &sent).await;
    let back = send(&mut seller, NEW, &review_fields(&review, "edit")).await;
    let form = seller.get(back.is(303).location()).await.is(200);
    for name in ["name", "summary", "skills", "budget", "deadline"] {
        let filled_fields = format!("value=\"{}\"", value(&sent, name));
        assert!(form.body.contains(&filled_fields), "{name} is lost");
    }
    for chosen in ["trades", "CHF", "Asia/Tokyo"] {
        assert!(
            form.body
                .contains(&format!("<option value=\"{chosen}\" selected")),
            "{chosen}"
        );
    }
    assert!(form.body.contains(">\n\nTwo \"panes\" &amp; a 'door',"));
    assert_eq!(
        form.form_key(),
        page.form_key(),
        "it is still the same form"
    );
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_a_project_that_could_be_published_is_reviewed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut other = Client::member(&site, "seller", "eve@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let deadline = soon(&pool).await;
    let past = filled_fields(&page, deadline - Duration::HOUR * 2, "review");
    let refused = send(&mut seller, NEW, &past).await.is(422);
    let refused = refused.says("This time has passed; choose a later one.");
    assert!(refused.body.contains("value=\"A new shop window\""));
    let mut blank = filled_fields(&page, deadline, "review");
    blank.retain(|(name, _)| name != "summary" && name != "budget");
    let refused = send(&mut seller, NEW, &blank).await.is(422);
    for field in ["summary", "budget"] {
        assert!(
            refused.body.contains(&format!("href=\"#{field}\"")),
            "{field}"
        );
    }
    send(&mut buyer, NEW, &filled_fields(&page, deadline, "review"))
        .await
        .is(403);

    let draft = send(&mut seller, NEW, &filled_fields(&page, deadline, "draft"))
        .await
        .is(303);
    let edit = draft.location().to_owned();
    let page = seller.get(&edit).await.is(200);
    let sent = filled_fields(&page, deadline, "review");
    let mut theirs = sent.clone();
    theirs.retain(|(name, _)| name != "form_of");
    send(&mut other, &edit, &theirs).await.is(404);
    let review = review(&mut seller, &edit, &sent).await;
    assert!(review.body.contains(&format!("action=\"{edit}\"")));
    send(&mut seller, &edit, &review_fields(&review, "publish"))
        .await
        .is(303);
    let late = send(&mut seller, &edit, &sent).await.is(409);
    late.says("This is no longer a draft. You can't edit a project once it's published.");
    assert_eq!(count(&pool, "project where state = 'open'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_ends_before_or_after_the_review_loses_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let sent = filled_fields(&page, soon(&pool).await, "review");
    let review = review(&mut seller, NEW, &sent).await;
    for fields in [
        sent,
        review_fields(&review, "publish"),
        review_fields(&review, "edit"),
    ] {
        sqlx::query("delete from session")
            .execute(&pool)
            .await
            .unwrap();
        let led = send(&mut seller, NEW, &fields).await.is(303);
        assert_eq!(led.location(), "/sign-in?next=/projects/new");
        seller.sign_in("sam@example.com", PASSWORD).await.is(303);
        let form = seller.get(NEW).await.is(200);
        let form = form.says("Your text is below: check it and send it again.");
        assert!(form.body.contains("value=\"A new shop window\""));
        assert!(form.body.contains("**lettered**"));
    }
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_without_a_button_publishes_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let mut sent = filled_fields(&page, soon(&pool).await, "");
    sent.retain(|(name, _)| name != "intent");
    review(&mut seller, NEW, &sent).await.says("Publish now");
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_review_has_an_address_until_the_form_is_sent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut other = Client::member(&site, "seller", "eve@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let deadline = soon(&pool).await;
    let asked = send(&mut seller, NEW, &filled_fields(&page, deadline, "review")).await;
    let address = asked.is(303).location().to_owned();
    let review = seller.get(&address).await.is(200).says("Publish now");
    let theirs = other.get(&address).await.is(303);
    assert_eq!(theirs.location(), "/dashboard");
    // The time may have passed since.
    sqlx::query(
        "update autosave set fields = replace(fields::text, $1, '2020-01-01T10:00')::jsonb",
    )
    .bind(Zone::by_name("Asia/Tokyo").unwrap().to_field(deadline))
    .execute(&pool)
    .await
    .unwrap();
    let refused = seller.get(&address).await.is(422);
    let refused = refused.says("This time has passed; choose a later one.");
    assert!(refused.body.contains("value=\"A new shop window\""));
    send(&mut seller, NEW, &review_fields(&review, "publish"))
        .await
        .is(303);
    let back = seller.get(&address).await.is(303);
    assert_eq!(back.location(), "/dashboard");

    let page = seller.get(NEW).await.is(200);
    let draft = send(&mut seller, NEW, &filled_fields(&page, deadline, "draft")).await;
    let edit = draft.is(303).location().to_owned();
    let page = seller.get(&edit).await.is(200);
    let asked = send(
        &mut seller,
        &edit,
        &filled_fields(&page, deadline, "review"),
    )
    .await;
    let address = asked.is(303).location().to_owned();
    let review = seller.get(&address).await.is(200);
    let published = send(&mut seller, &edit, &review_fields(&review, "publish")).await;
    let project = published.is(303).location().to_owned();
    let back = seller.get(&address).await.is(303);
    assert_eq!(back.location(), edit);
    assert_eq!(seller.get(&edit).await.is(303).location(), project);
}

/// A form without a key is never saved.
#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_that_cannot_be_saved_is_reviewed_all_the_same(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let mut sent = filled_fields(&page, soon(&pool).await, "review");
    for (name, value) in &mut sent {
        if name == "form_key" {
            value.clear();
        }
    }
    let review = send(&mut seller, NEW, &sent).await.is(200);
    let review = review.says("Publish now").says("Back to editing");
    let form = send(&mut seller, NEW, &review_fields(&review, "edit")).await;
    assert!(form.is(200).body.contains("value=\"A new shop window\""));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_review_that_is_corrected_without_a_session_loses_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let deadline = soon(&pool).await;
    let asked = send(&mut seller, NEW, &filled_fields(&page, deadline, "review")).await;
    let address = asked.is(303).location().to_owned();
    sqlx::query(
        "update autosave set fields = replace(fields::text, $1, '2020-01-01T10:00')::jsonb",
    )
    .bind(Zone::by_name("Asia/Tokyo").unwrap().to_field(deadline))
    .execute(&pool)
    .await
    .unwrap();
    let refused = seller.get(&address).await.is(422);
    let mut corrected = filled_fields(&refused, deadline, "review");
    for (name, value) in &mut corrected {
        if name == "name" {
            "A corrected window".clone_into(value);
        }
    }
    sqlx::query("delete from session")
        .execute(&pool)
        .await
        .unwrap();
    let led = send(&mut seller, NEW, &corrected).await.is(303);
    assert_eq!(led.location(), "/sign-in?next=/projects/new");
    seller.sign_in("sam@example.com", PASSWORD).await.is(303);
    let form = seller.get(NEW).await.is(200);
    assert!(form.body.contains("value=\"A corrected window\""));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn gaps_of_the_template_are_named_before_they_are_published(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let page = seller.get(NEW).await.is(200);
    let mut sent = filled_fields(&page, soon(&pool).await, "review");
    let complete = review(&mut seller, NEW, &sent).await;
    assert!(!complete.body.contains("still to be filled in"));
    for (name, value) in &mut sent {
        if name == "description" {
            *value = "A site for [whom], done in [30] days. See [sic].".to_owned();
        }
    }
    review(&mut seller, NEW, &sent)
        .await
        .says("Parts of the template are still to be filled in: “[whom]”, “[30]”.");
}
