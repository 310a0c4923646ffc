//! Texts stored before normalization was introduced.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{account, store::MIGRATIONS};
use sqlx::{PgPool, migrate::Migration};

/// The migration that normalizes stored texts.
const ONE_SPELLING: i64 = 8;

async fn apply(pool: &PgPool, is_wanted: impl Fn(i64) -> bool) {
    let steps: Vec<&Migration> = MIGRATIONS
        .iter()
        .filter(|step| is_wanted(step.version))
        .collect();
    assert!(!steps.is_empty());
    for step in steps {
        let mut tx = pool.begin().await.unwrap();
        sqlx::raw_sql(step.sql.clone())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn stored_texts_are_normalized_unless_that_would_exceed_a_limit(pool: PgPool) {
    support::remove_schema(&pool).await;
    apply(&pool, |version| version < ONE_SPELLING).await;
    // 80 characters that become 160 in normalization form C.
    let grows = "\u{fb2a}".repeat(80);
    sqlx::query(
        "insert into account (role, name, email, password_hash) values
             ('seller', 'Rene\u{301}  \u{a0}\u{3000}(verified)', 'rene\u{301}@example.com', 'x'),
             ('seller', $1, 'a1@käse.de', 'x'),
             ('buyer', 'Zoë', 'a1@xn--kse-qla.de', 'x'),
             ('buyer', 'Bo', 'b2@ka\u{308}se.de', 'x'),
             ('buyer', 'e\u{301}', '用户@example.com', 'x')",
    )
    .bind(&grows)
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency)
         select id, 'draft', 'Cafe\u{301}', 'Letters', 'Mu\u{308}ller  und\n Sohn', 'trades', array['b', 'Cafe\u{301}', 'a'], 'EUR'
         from account where email = 'a1@käse.de'",
    )
    .execute(&pool)
    .await
    .unwrap();

    apply(&pool, |version| version == ONE_SPELLING).await;
    let names: Vec<String> = sqlx::query_scalar("select name from account order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    // A name of one letter would be too short.
    assert_eq!(
        names,
        ["René (verified)", grows.as_str(), "Zoë", "Bo", "e\u{301}"]
    );
    let project: (String, String, Vec<String>) =
        sqlx::query_as("select name, description, skills from project")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(project.0, "Café");
    assert_eq!(project.1, "Müller  und\n Sohn");
    assert_eq!(project.2, ["b", "Café", "a"]);

    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(account::respell_emails(db).await.unwrap(), 2);
    let emails: Vec<String> = sqlx::query_scalar("select email from account order by id")
        .fetch_all(&mut *db)
        .await
        .unwrap();
    // Two accounts cannot have the same e-mail, so the one whose e-mail is not normalized keeps its spelling.
    assert_eq!(
        emails,
        [
            "rené@example.com",
            "a1@käse.de",
            "a1@xn--kse-qla.de",
            "b2@xn--kse-qla.de",
            "用户@example.com"
        ]
    );
    assert_eq!(account::respell_emails(db).await.unwrap(), 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_emails_to_normalize_are_found_by_an_index(pool: PgPool) {
    sqlx::query(
        "insert into account (role, name, email, password_hash)
         select 'buyer', 'Ada', 'ada' || n || case n % 500 when 0 then '@käse.de' else '@example.com' end, 'x' from generate_series(1, 3000) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query("analyze account").execute(&pool).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select id, email from account where octet_length(email) <> char_length(email) and id > 0 order by id limit 500",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(
        plan.join("\n").contains("account_email_beyond_ascii"),
        "{plan:?}"
    );
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(account::respell_emails(db).await.unwrap(), 6);
}
