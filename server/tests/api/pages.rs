//! Lists: numbered pages, cursors, sort orders and filters.

use crate::{
    client::{NO_CACHE, Program, Reply, award, let_deadline_pass, unix},
    support::site,
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

fn ids(reply: &Reply) -> Vec<i64> {
    let projects = reply.json["projects"].as_array().unwrap();
    projects.iter().map(|p| p["id"].as_i64().unwrap()).collect()
}

/// The path below `/api/v1` that the Link header gives for this relation.
fn link_path(reply: &Reply, relation: &str) -> Option<String> {
    let wanted = format!("rel=\"{relation}\"");
    let link = reply
        .header("link")
        .split(", ")
        .find(|link| link.ends_with(&wanted))?;
    let (address, _) = link.strip_prefix('<')?.split_once('>')?;
    let (_, path) = address.split_once("/api/v1")?;
    Some(path.to_owned())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn open_projects_are_listed_in_ascending_order_of_ids(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut nobody = Program::anonymous(&site);
    let empty = nobody.get("/projects").await.is(200).json;
    assert_eq!(
        (
            &empty["page"],
            &empty["pages"],
            &empty["per_page"],
            &empty["total"],
            &empty["projects"]
        ),
        (&json!(1), &json!(1), &json!(30), &json!(0), &json!([]))
    );
    let mut posted = Vec::new();
    for seconds in [5000, 4000, 6000, 4500, 7000] {
        posted.push(seller.publish(seconds).await);
    }
    let cancelled = posted.remove(2);
    seller
        .post(&format!("/projects/{cancelled}/cancel"), json!({}))
        .await
        .is(200);
    let all = nobody
        .send(Method::GET, "/projects", None, &[NO_CACHE])
        .await
        .is(200);
    assert_eq!(ids(&all), posted);
    assert_eq!(all.json["total"], json!(4));
    assert!(all.json["message"].is_string());
    assert!(all.json["projects"][0]["message"].is_string());
    let second = nobody.get("/projects?page=2&per_page=3").await.is(200);
    assert_eq!(ids(&second), posted[3..]);
    assert_eq!(
        (
            &second.json["page"],
            &second.json["pages"],
            &second.json["per_page"]
        ),
        (&json!(2), &json!(2), &json!(3))
    );
    let beyond = nobody.get("/projects?page=9&per_page=3").await.is(200);
    assert_eq!(ids(&beyond), Vec::<i64>::new());
    // A project past its deadline takes no bids, so it is not listed as open even before its award.
    let_deadline_pass(&pool, posted[0]).await;
    assert_eq!(
        ids(&nobody
            .send(Method::GET, "/projects", None, &[NO_CACHE])
            .await),
        posted[1..]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_query_is_refused_with_400(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut nobody = Program::anonymous(&site);
    nobody.get("/projects?page=1&per_page=400").await.is(200);
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1.5", "page"),
        ("page=", "page"),
        ("page=x", "page"),
        ("page=%2B1", "page"),
        ("page=99999999999999999999", "page"),
        ("per_page=0", "per_page"),
        ("per_page=401", "per_page"),
        ("per_page=-3", "per_page"),
        ("per_page=ten", "per_page"),
        ("sort=name", "sort"),
        ("sort=--id", "sort"),
        ("status=draft", "status"),
        ("status=OPEN", "status"),
        ("category=magic", "category"),
        ("currency=XYZ", "currency"),
        ("budget_max=-1", "budget_max"),
        ("budget_max=1.005", "budget_max"),
        ("closing_before=soon", "closing_before"),
        ("cursor=nonsense", "cursor"),
        ("q=", "q"),
        (&format!("q={}", "x".repeat(201)), "q"),
    ] {
        let refused = nobody
            .get(&format!("/projects?{query}"))
            .await
            .refused_as(400, "invalid-query");
        assert_eq!(refused.fields(), [field], "{query}");
    }
    for query in ["colour=red", "page=1&page=2", "Page=1"] {
        nobody
            .get(&format!("/projects?{query}"))
            .await
            .refused_as(400, "invalid-query");
    }
    nobody
        .get("/projects?page=1&cursor=aWQgMSAy")
        .await
        .refused_as(400, "invalid-query");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_sort_order_gives_the_same_list_by_cursor_and_by_page_number(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    // There are ties in every order except those by id, and some projects have no bids.
    for (n, budget) in [300, 100, 300, 200, 100, 400, 200].into_iter().enumerate() {
        let seconds = unix(3600 + i64::try_from(n % 3).unwrap());
        let id = seller
            .publish_with(json!({ "budget": budget, "deadline": seconds }))
            .await;
        if n % 2 == 0 {
            buyer.bid(id, json!(50 + n % 4)).await.is(201);
        }
    }
    let number = |project: &Value, field: &str| project[field].as_f64().unwrap();
    for sort in [
        "id",
        "deadline",
        "budget",
        "lowest_bid",
        "-id",
        "-deadline",
        "-budget",
        "-lowest_bid",
    ] {
        let all = buyer.get(&format!("/projects?sort={sort}")).await.is(200);
        let whole = ids(&all);
        assert_eq!(whole.len(), 7);
        let projects = all.json["projects"].as_array().unwrap();
        for pair in projects.windows(2) {
            let key = |p: &Value| match sort.trim_start_matches('-') {
                "budget" => (number(p, "budget"), String::new(), number(p, "id")),
                "lowest_bid" => (
                    number(p, "lowest_bid_amount"),
                    String::new(),
                    number(p, "id"),
                ),
                "deadline" => (
                    0.0,
                    p["deadline"].as_str().unwrap().to_owned(),
                    number(p, "id"),
                ),
                _ => (0.0, String::new(), number(p, "id")),
            };
            let (one, other) = (key(&pair[0]), key(&pair[1]));
            assert!(
                if sort.starts_with('-') {
                    one > other
                } else {
                    one < other
                },
                "{sort}"
            );
        }
        for start in [
            format!("/projects?sort={sort}&per_page=2"),
            format!("/projects?per_page=2&sort={sort}&status=open"),
        ] {
            let (mut by_link, mut next) = (Vec::new(), Some(start.clone()));
            while let Some(path) = next {
                let page = buyer.get(&path).await.is(200);
                by_link.extend(ids(&page));
                next = link_path(&page, "next");
            }
            assert_eq!(by_link, whole, "{sort} by number");
            let (mut by_cursor, mut path) = (Vec::new(), start.clone());
            loop {
                let page = buyer.get(&path).await.is(200);
                by_cursor.extend(ids(&page));
                let Some(cursor) = page.json["next_cursor"].as_str() else {
                    break;
                };
                path = format!("{start}&cursor={cursor}");
            }
            assert_eq!(by_cursor, whole, "{sort} by cursor");
        }
        let first = buyer
            .get(&format!("/projects?sort={sort}&per_page=2"))
            .await;
        let cursor = first.json["next_cursor"].as_str().unwrap();
        let other = if sort == "id" { "budget" } else { "id" };
        buyer
            .get(&format!("/projects?sort={other}&cursor={cursor}"))
            .await
            .refused_as(400, "invalid-query");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_requested_by_cursor_has_no_number_but_links_to_the_next(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    for _ in 0..5 {
        seller.publish(3600).await;
    }
    let first = seller.get("/projects?per_page=2").await.is(200);
    assert_eq!(
        link_path(&first, "first").as_deref(),
        Some("/projects?per_page=2&page=1")
    );
    assert_eq!(
        link_path(&first, "last").as_deref(),
        Some("/projects?per_page=2&page=3")
    );
    assert_eq!(link_path(&first, "prev"), None);
    let cursor = first.json["next_cursor"].as_str().unwrap().to_owned();
    // A project cancelled between two pages does not shift the others.
    seller.post("/projects/1/cancel", json!({})).await.is(200);
    let second = seller
        .get(&format!("/projects?per_page=2&cursor={cursor}"))
        .await
        .is(200);
    assert_eq!(ids(&second), [3, 4]);
    for member in ["page", "pages", "total"] {
        assert!(second.json.get(member).is_none(), "{member}");
    }
    let third = link_path(&second, "next").unwrap();
    let third = seller.get(&third).await.is(200);
    assert_eq!((ids(&third), link_path(&third, "next")), (vec![5], None));
    assert_eq!(third.json["next_cursor"], Value::Null);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn filters_are_combined(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let soon = seller.publish_with(json!({ "deadline": unix(600), "category": "design", "name": "A logo", "currency": "CHF" })).await;
    let cheap = seller
        .publish_with(json!({ "budget": 99.99, "category": "design" }))
        .await;
    let dear = seller
        .publish_with(json!({ "budget": 5000, "skills": ["Gilding"] }))
        .await;
    let none = Vec::<i64>::new();
    for (query, expected) in [
        ("category=design".to_owned(), vec![soon, cheap]),
        ("category=design&budget_max=99.99".to_owned(), vec![cheap]),
        ("budget_max=99.98".to_owned(), none.clone()),
        ("currency=CHF".to_owned(), vec![soon]),
        ("q=logo".to_owned(), vec![soon]),
        ("q=bakery+-logo".to_owned(), vec![cheap, dear]),
        ("q=%20%00logo%0A".to_owned(), vec![soon]),
        ("q=%00".to_owned(), vec![soon, cheap, dear]),
        (format!("closing_before={}", unix(900)), vec![soon]),
        (
            "closing_before=2020-01-01T00:00:00%2B01:00".to_owned(),
            none.clone(),
        ),
        ("status=cancelled".to_owned(), none.clone()),
        ("status=awarded".to_owned(), none.clone()),
    ] {
        let found = seller.get(&format!("/projects?{query}")).await.is(200);
        assert_eq!(ids(&found), expected, "{query}");
        assert_eq!(found.json["total"], json!(expected.len()), "{query}");
    }
    buyer.bid(cheap, json!(5)).await.is(201);
    for id in [cheap, dear] {
        let_deadline_pass(&pool, id).await;
    }
    award(&pool).await;
    seller
        .post(&format!("/projects/{soon}/cancel"), json!({}))
        .await
        .is(200);
    for (state, id) in [("awarded", cheap), ("unawarded", dear), ("cancelled", soon)] {
        let found = seller
            .get(&format!("/projects?status={state}"))
            .await
            .is(200);
        assert_eq!(ids(&found), [id]);
        assert_eq!(found.json["projects"][0]["status"], json!(state));
    }
}
