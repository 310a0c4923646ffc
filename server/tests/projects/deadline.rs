//! Deadlines in an hour that clocks show twice, and unedited deadlines.

use crate::support::{Answer, Client, site};
use guildhall::{
    moment::{Zone, rfc3339},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

/// A zone whose clocks are set back within the next year, and the moment of the change: the start of the repeated hour.
async fn zone_with_repeated_hour(pool: &PgPool) -> (Zone, OffsetDateTime) {
    let now: OffsetDateTime = sqlx::query_scalar("select date_trunc('hour', clock_timestamp())")
        .fetch_one(pool)
        .await
        .unwrap();
    // In at least one of these zones, clocks are set back within the next year.
    for name in ["Europe/Berlin", "America/New_York"] {
        let zone = Zone::by_name(name).unwrap();
        let later = (2..365 * 24).map(|hours| now + Duration::hours(hours));
        let shown_twice: Vec<_> = later
            .filter(|moment| zone.hour(*moment).is_some())
            .take(2)
            .collect();
        if let [_, second] = shown_twice[..] {
            return (zone, second);
        }
    }
    panic!("no clock is set back within the year");
}

/// The stored deadline of the only project.
async fn stored(pool: &PgPool) -> OffsetDateTime {
    sqlx::query_scalar("select deadline from project")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// The fields a browser would send from this page's form, with these replaced.
fn sent(page: &Answer, zone: &str, typed: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut fields: Vec<(&'static str, String)> = [
        "form_key",
        "name",
        "summary",
        "skills",
        "budget",
        "deadline",
        "deadline_shown",
    ]
    .map(|name| (name, value(&page.body, name)))
    .to_vec();
    fields.push(("description", "By hand.".to_owned()));
    fields.push(("category", "trades".to_owned()));
    fields.push(("currency", "EUR".to_owned()));
    fields.push(("time_zone", zone.to_owned()));
    if let Some(hour) = chosen_hour(&page.body) {
        fields.push(("deadline_hour", hour.to_owned()));
    }
    for (name, text) in typed {
        fields.retain(|(known, _)| known != name);
        fields.push((name, (*text).to_owned()));
    }
    fields
}

/// The value of the input with this name.
fn value(body: &str, name: &str) -> String {
    let tag = body
        .split('<')
        .find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")))
        .unwrap_or_else(|| panic!("the form has no {name}"));
    tag.split_once(" value=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value.to_owned())
        .unwrap_or_default()
}

fn chosen_hour(body: &str) -> Option<&'static str> {
    ["first", "second"].into_iter().find(|hour| {
        body.split('<').any(|tag| {
            tag.contains("name=\"deadline_hour\"")
                && tag.contains(&format!("value=\"{hour}\""))
                && tag.contains(" checked")
        })
    })
}

/// True if the page asks which of the two hours is meant.
fn asks_for_hour(body: &str) -> bool {
    let tag = body
        .split('<')
        .find(|tag| tag.starts_with("fieldset") && tag.contains("data-doubled"))
        .expect("the form has the choice");
    !tag.contains(" hidden")
}

async fn post(seller: &mut Client, path: &str, fields: &[(&'static str, String)]) -> Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    seller.post(path, &fields).await
}

const TEXTS: [(&str, &str); 5] = [
    ("name", "A new shop window"),
    ("summary", "Letters and a sign"),
    ("skills", "gilding"),
    ("budget", "800"),
    ("deadline_shown", ""),
];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unedited_deadline_stays_the_same_time_in_another_zone(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let (zone, hour) = zone_with_repeated_hour(&pool).await;
    let moment = hour + Duration::minutes(30);
    let page = seller.get("/projects/new").await.is(200);
    let mut typed = TEXTS.to_vec();
    let text = Zone::utc().to_field(moment);
    typed.extend([("deadline", text.as_str()), ("intent", "draft")]);
    let draft = post(&mut seller, "/projects/new", &sent(&page, "UTC", &typed))
        .await
        .is(303);
    assert_eq!(rfc3339(stored(&pool).await), rfc3339(moment));

    // As the earlier version stored it, which did not know the zone that a deadline was typed in.
    sqlx::query("update project set deadline_zone = null")
        .execute(&pool)
        .await
        .unwrap();
    seller.set_cookie("time_zone", zone.name());
    for intent in ["draft", "preview", "publish"] {
        let page = seller.get(draft.location()).await.is(200);
        assert_eq!(value(&page.body, "deadline"), zone.to_field(moment));
        assert!(asks_for_hour(&page.body));
        assert_eq!(chosen_hour(&page.body), Some("second"));
        let fields = sent(&page, zone.name(), &[("intent", intent)]);
        let answer = post(&mut seller, draft.location(), &fields).await;
        if intent == "preview" {
            assert_eq!(chosen_hour(&answer.is(200).body), Some("second"));
        } else {
            answer.is(303);
        }
        assert_eq!(rfc3339(stored(&pool).await), rfc3339(moment), "{intent}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_without_the_hour_choice_keeps_the_time_too(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let (zone, hour) = zone_with_repeated_hour(&pool).await;
    // The field shows whole seconds; this time has a fraction.
    let moment = hour + Duration::minutes(30) + Duration::milliseconds(250);
    let page = seller.get("/projects/new").await.is(200);
    let mut typed = TEXTS.to_vec();
    let text = Zone::utc().to_field(moment);
    typed.extend([("deadline", text.as_str()), ("intent", "draft")]);
    let draft = post(&mut seller, "/projects/new", &sent(&page, "UTC", &typed)).await;
    sqlx::query("update project set deadline = $1, deadline_zone = null")
        .bind(moment)
        .execute(&pool)
        .await
        .unwrap();
    seller.set_cookie("time_zone", zone.name());
    let page = seller.get(draft.location()).await.is(200);
    let mut fields = sent(&page, zone.name(), &[("intent", "publish")]);
    fields.retain(|(name, _)| *name != "deadline_hour");
    post(&mut seller, draft.location(), &fields).await.is(303);
    assert_eq!(stored(&pool).await, moment);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_is_shown_again_in_the_zone_that_its_deadline_was_typed_in(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    seller.set_cookie("time_zone", "Europe/Berlin");
    let page = seller.get("/projects/new").await.is(200);
    let now: OffsetDateTime = sqlx::query_scalar("select date_trunc('hour', clock_timestamp())")
        .fetch_one(&pool)
        .await
        .unwrap();
    let tokyo = Zone::by_name("Asia/Tokyo").unwrap();
    let text = tokyo.to_field(now + Duration::days(7));
    let mut typed = TEXTS.to_vec();
    typed.extend([("deadline", text.as_str()), ("intent", "draft")]);
    let fields = sent(&page, tokyo.name(), &typed);
    let draft = post(&mut seller, "/projects/new", &fields).await.is(303);
    let page = seller.get(draft.location()).await.is(200);
    assert_eq!(value(&page.body, "deadline"), text);
    assert!(page.body.contains("<option value=\"Asia/Tokyo\" selected"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_doubled_hour_needs_a_choice(pool: PgPool) {
    let site = site(&pool, &[]);
    let (zone, hour) = zone_with_repeated_hour(&pool).await;
    let (second, first) = (hour + Duration::minutes(30), hour - Duration::minutes(30));
    let text = zone.to_field(second);
    assert_eq!(zone.to_field(first), text);
    for (n, (choice, moment)) in [("first", first), ("second", second)]
        .into_iter()
        .enumerate()
    {
        let email = format!("sam{n}@example.com");
        let mut seller = Client::member(&site, "seller", &email).await;
        seller.set_cookie("time_zone", zone.name());
        let page = seller.get("/projects/new").await.is(200);
        assert!(
            !asks_for_hour(&page.body),
            "the choice is hidden before there is a doubled hour"
        );
        let mut typed = TEXTS.to_vec();
        typed.extend([("deadline", text.as_str()), ("intent", "publish")]);
        let page = post(
            &mut seller,
            "/projects/new",
            &sent(&page, zone.name(), &typed),
        )
        .await
        .is(422)
        .says("show this time twice; choose which of the two you mean")
        .says(&format!(
            "The first, before clocks are set back: {} UTC",
            Zone::utc().clock(first)
        ))
        .says(&format!(
            "The second, after clocks were set back: {} UTC",
            Zone::utc().clock(second)
        ));
        assert!(asks_for_hour(&page.body) && chosen_hour(&page.body).is_none());
        let fields = sent(
            &page,
            zone.name(),
            &[("deadline_hour", choice), ("intent", "publish")],
        );
        post(&mut seller, "/projects/new", &fields).await.is(303);
        let stored: OffsetDateTime =
            sqlx::query_scalar("select p.deadline from project p join account a on a.id = p.seller_id where a.email = $1")
                .bind(&email)
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!(rfc3339(stored), rfc3339(moment), "{choice}");
    }
}
