//! Texts and amounts as people around the world type them.

use crate::support::{Client, deadline, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

async fn post(
    seller: &mut Client,
    pool: &PgPool,
    typed: &[(&str, &str)],
) -> crate::support::Answer {
    let key = seller.get("/projects/new").await.is(200).form_key();
    let deadline = deadline(pool, 3600).await;
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("name", "A new shop window"),
        ("summary", "Letters and a sign for a bakery"),
        ("description", "Two panes of glass, lettered by hand."),
        ("category", "trades"),
        ("budget", "2000"),
        ("currency", "EUR"),
        ("deadline", deadline.as_str()),
        ("time_zone", "UTC"),
        ("intent", "publish"),
    ];
    for (name, text) in typed {
        fields.retain(|(known, _)| known != name);
        fields.push((name, text));
    }
    seller.post("/projects/new", &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_text_without_visible_characters_is_refused_in_every_field(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    for (field, text) in [
        ("name", "\u{3164}\u{3164}"),
        ("summary", "\u{2800}"),
        ("description", "\u{ad}"),
        ("skills", "\u{301}\u{308}\u{327}"),
    ] {
        let answer = post(&mut seller, &pool, &[(field, text)])
            .await
            .is(422)
            .says("at least one visible letter, digit or symbol");
        assert!(
            answer.body.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    let mut nobody = Client::new(&site);
    let fields = [
        ("role", "buyer"),
        ("name", "\u{301}\u{302}\u{303}"),
        ("email", "ada@example.com"),
        ("password", crate::support::PASSWORD),
    ];
    nobody
        .post("/sign-up", &fields)
        .await
        .is(422)
        .says("at least one visible letter, digit or symbol");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_text_is_stored_normalized_and_found_in_any_spelling(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let decomposed = [
        ("name", "Cafe\u{301} sign\u{a0}\u{a0}\u{a0}\u{a0}(verified)"),
        ("description", "Neue Mu\u{308}llerei"),
        ("skills", "Cafe\u{301}, Café"),
    ];
    post(&mut seller, &pool, &decomposed).await.is(303);
    let stored: (String, String, Vec<String>) =
        sqlx::query_as("select name, description, skills from project")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(stored.0, "Café sign (verified)");
    assert_eq!(stored.1, "Neue Müllerei");
    assert_eq!(stored.2, ["Café"]);
    for words in ["caf%C3%A9", "cafe%CC%81", "Mu%CC%88llerei"] {
        seller
            .get(&format!("/projects?q={words}"))
            .await
            .is(200)
            .says("Café sign (verified)");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn amounts_are_accepted_in_the_digits_of_any_script_and_with_their_currency(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut last = String::new();
    for (typed, minor) in [
        ("１２００", 120_000),
        ("١٢٠٠٫٥٠", 120_050),
        ("१५००", 150_000),
        ("15,00€", 1_500),
        ("EUR 15", 1_500),
        // As our own pages print amounts, and as people elsewhere write them.
        ("€1,250.00", 125_000),
        ("1.250,50", 125_050),
        ("1 250,50 €", 125_050),
        ("1\u{202f}250", 125_000),
        ("1'250.50", 125_050),
        ("10,\u{200b}000,\u{200b}000.00", 1_000_000_000),
        ("15,00", 1_500),
    ] {
        last = post(&mut seller, &pool, &[("budget", typed)])
            .await
            .is(303)
            .location()
            .to_owned();
        let stored: i64 =
            sqlx::query_scalar("select budget_minor from project order by id desc limit 1")
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!(stored, minor, "{typed}");
    }
    post(&mut seller, &pool, &[("budget", "$15")])
        .await
        .is(422)
        .says("in USD, but EUR is expected here");
    post(&mut seller, &pool, &[("budget", "一千")])
        .await
        .is(422)
        .says("Enter an amount in digits. For example, 1650 or 1650.50.");
    post(&mut seller, &pool, &[("budget", "1.250")])
        .await
        .is(422)
        .says("Do you mean €1,250.00 or €1.25? Write 1250 or 1.25.");
    // A form that is refused for another reason shows the amount that was read.
    post(&mut seller, &pool, &[("budget", "1.250,5"), ("name", "")])
        .await
        .is(422)
        .says("= €1,250.50");

    let mut buyer = Client::member(&site, "buyer", "ada@example.com").await;
    buyer
        .bid(&last, "15 CHF")
        .await
        .is(422)
        .says("in CHF, but EUR is expected here");
    buyer.bid(&last, "€ １４,50").await.is(303);
    let stored: i64 = sqlx::query_scalar("select amount_minor from bid")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(stored, 1_450);
    // The list's filters accept such amounts too, with or without a chosen currency.
    for query in [
        "budget_from=%241400",
        "budget_from=USD%201400&currency=USD",
        "budget_from=%D9%A1%D9%A4%D9%A0%D9%A0",
    ] {
        let answer = buyer.get(&format!("/projects?{query}")).await.is(200);
        assert!(!answer.body.contains("budget_from-error"), "{query}");
    }
    let answer = buyer
        .get("/projects?budget_from=%241400&currency=EUR")
        .await;
    answer.says("in USD, but EUR is expected here");
}
