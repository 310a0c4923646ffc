//! Accents, case and scripts.

use crate::{filter_for, insert, support};
use guildhall::{
    project::{self, Order, SearchWords, Start},
    store::MIGRATIONS,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sqlx::{PgConnection, PgPool};

async fn finds(db: &mut PgConnection, text: &str, typed: &str) -> bool {
    sqlx::query_scalar("select search_words($1, '', '') @@ search_query($2)")
        .bind(text)
        .bind(format!("\"{typed}\""))
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn accents_and_case_make_no_difference_in_either_direction(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    for (one, other) in [
        ("Clémentine façade", "clementine facade"),
        ("CLE\u{301}MENTINE FAÇADE", "clémentine façade"),
        ("Straße", "STRASSE"),
        ("Øresund Łódź Đà Nẵng", "oresund lodz da nang"),
        ("İstanbul IŞIK", "istanbul isik"),
        ("Ærø Þingvellir cœur", "aero thingvellir coeur"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσευς"),
        ("Ёлка", "елка"),
        ("مُحَمَّد أحمد", "محمد احمد"),
        ("שָׁלוֹם", "שלום"),
        ("ｉＰｈｏｎｅ ﬁnish", "iphone finish"),
        ("O’Brien on‑site", "o'brien on-site"),
        ("٢٠٢٧", "2027"),
    ] {
        assert!(finds(db, one, other).await, "{other} in {one}");
        assert!(finds(db, other, one).await, "{one} in {other}");
    }
    // Different texts do not match. In the first two scripts, a mark makes a different letter.
    for (text, typed) in [("ガラス", "カラス"), ("हिंदी", "हदी"), ("oak", "elm")]
    {
        assert!(!finds(db, text, typed).await, "{typed} in {text}");
    }
    assert!(finds(db, "Repairing windows", "repair window").await);
    assert!(!finds(db, "Repairing windows", "window repairs").await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn parts_of_words_are_found_in_scripts_without_spaces(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    for (text, typed) in [
        ("東京の店の看板", "看板"),
        ("東京の店の看板", "店"),
        ("東京の店の看板", "板"),
        ("東京の店の看板", "東京の店の看板"),
        ("新しいiPhoneの修理", "修理"),
        ("10階建てのビル", "10階"),
        ("看板100枚", "板100"),
        ("iPhone用ケース", "iPhone用"),
        ("新しいiPhoneの修理", "iphone"),
        ("新しいiPhoneの修理", "iPhoneの修理"),
        ("ガラス工事", "ｶﾞﾗｽ"),
        ("请为面包店设计招牌", "面包店"),
        ("𠮷野家の看板", "𠮷野家"),
        ("간판을 만들어 주세요", "간판"),
        ("ทำป้ายร้านอาหาร", "ร้านอาหาร"),
        ("ປ້າຍຮ້ານ", "ຮ້ານ"),
        ("ចង់បានផ្លាក", "ផ្លាក"),
        ("ဆိုင်းဘုတ်လိုချင်", "ဘုတ်"),
        ("བོད་ཡིག་སྒྱུར", "ཡིག"),
    ] {
        assert!(finds(db, text, typed).await, "{typed} in {text}");
    }
    for (text, typed) in [
        ("東京の店の看板", "京店"),
        ("東京の店の看板", "板看"),
        ("東京の店", "看板"),
        // Scripts with spaces are searched by whole words.
        ("Schaufenster", "fenster"),
    ] {
        assert!(!finds(db, text, typed).await, "{typed} in {text}");
    }
}

/// Texts in every script, with separators and combining marks.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\PC]{0,60}",
        "[a-zÀ-ÿḀ-ỿ 看板店の東京간판ก-๎\u{301}\u{308}\u{3099}\"'-]{0,40}",
    ]
    .prop_map(|text| text.chars().filter(|c| *c != '\0').take(200).collect())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_text_matches_itself_and_folding_is_idempotent(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..500 {
        let text = texts().new_tree(&mut runner).unwrap().current();
        let words = SearchWords::parse(&text);
        // No input causes an error; every word is either searched for or reported as ignored.
        let (found, report) = project::search(
            db,
            None,
            &filter_for(&text),
            Order::Id,
            false,
            Start::Offset(0),
            1,
        )
        .await
        .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(found.is_empty());
        assert!(
            report.has_term || words.is_empty() || !report.stop_words.is_empty(),
            "{text:?}"
        );
        let (once, twice): (String, String) =
            sqlx::query_as("select search_text($1), search_text(search_text($1))")
                .bind(&text)
                .fetch_one(&mut *db)
                .await
                .unwrap();
        assert_eq!(once, twice, "{text:?}");
        let plain: String = text
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == ' ')
            .collect();
        let itself: bool = sqlx::query_scalar(
            "select coalesce(search_words($1, '', '') @@ q or numnode(q) = 0, true) from search_query('\"' || $1 || '\"') q",
        )
        .bind(&plain)
        .fetch_one(&mut *db)
        .await
        .unwrap();
        assert!(itself, "{plain:?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn stop_words_are_ignored_and_reported(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 1, "A bakery to be").await;
    let db = &mut *pool.acquire().await.unwrap();
    for (typed, found, left_out, has_term) in [
        ("bakery", 1, vec![], true),
        ("the", 0, vec!["the"], false),
        ("The THE and", 0, vec!["The", "and"], false),
        (
            r#""to be or not to be" bakery"#,
            1,
            vec!["to", "be", "or", "not"],
            true,
        ),
        (r#"bakery -"to be""#, 1, vec!["to", "be"], true),
        ("the or bakery", 1, vec!["the"], true),
        ("???", 0, vec![], false),
    ] {
        let (rows, report) = project::search(
            db,
            None,
            &filter_for(typed),
            Order::Id,
            false,
            Start::Offset(0),
            10,
        )
        .await
        .unwrap();
        assert_eq!(rows.len(), found, "{typed}");
        assert_eq!(report.stop_words, left_out, "{typed}");
        assert_eq!(report.has_term, has_term, "{typed}");
        assert!(report.is_total_exact);
    }
}
