//! Where, by when and how long the work of a project is done: optional members, which are posted, read back and used to filter
//! lists.

use crate::{
    client::{Program, project, unix},
    support::{count, day, site},
};
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

const MEMBERS: [&str; 4] = ["work_place", "site", "delivery_date", "duration_days"];

/// A project to post with these members besides the required ones.
fn project_with(more: &Value) -> Value {
    let mut body = project(3600);
    let members = more.as_object().unwrap();
    for (name, value) in members {
        body[name] = value.clone();
    }
    body
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_was_posted_is_read_and_listed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let delivery = day(&pool, 60).await;
    for posted in [
        json!({ "work_place": "on_site", "site": "Leeds", "delivery_date": delivery, "duration_days": 21 }),
        json!({ "work_place": "remote" }),
        json!({ "duration_days": 7.0 }),
        json!({ "work_place": null, "site": null, "delivery_date": null, "duration_days": null }),
        json!({}),
    ] {
        let id = seller
            .post("/projects", project_with(&posted))
            .await
            .is(201)
            .id();
        let read = seller.get(&format!("/projects/{id}")).await.is(200).json;
        let list = seller.get("/projects?sort=-id").await.is(200).json;
        for member in MEMBERS {
            let expected = match posted.get(member) {
                Some(number) if number.is_f64() => json!(7),
                Some(value) => value.clone(),
                None => Value::Null,
            };
            assert_eq!(read[member], expected, "{member}");
            assert_eq!(list["projects"][0][member], expected, "{member}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_member_is_refused_by_name(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let (yesterday, far) = (day(&pool, -1).await, day(&pool, 800).await);
    for (posted, field) in [
        (json!({ "work_place": "moon" }), "work_place"),
        (json!({ "work_place": 1 }), "work_place"),
        (json!({ "work_place": "on_site" }), "site"),
        (json!({ "work_place": "remote", "site": "Leeds" }), "site"),
        (json!({ "site": "x".repeat(81) }), "site"),
        (json!({ "delivery_date": "soon" }), "delivery_date"),
        (json!({ "delivery_date": yesterday }), "delivery_date"),
        (json!({ "delivery_date": far }), "delivery_date"),
        (json!({ "duration_days": 0 }), "duration_days"),
        (json!({ "duration_days": 1.5 }), "duration_days"),
        (json!({ "duration_days": 731 }), "duration_days"),
        (json!({ "duration_days": "three" }), "duration_days"),
    ] {
        let refused = seller.post("/projects", project_with(&posted)).await;
        let refused = refused.refused_as(422, "invalid-fields");
        assert_eq!(refused.fields(), [field], "{posted}");
    }
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_is_filtered_by_place_bids_and_publication(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let mut ids = Vec::new();
    for more in [
        json!({ "work_place": "remote" }),
        json!({ "work_place": "on_site", "site": "Leeds" }),
        json!({}),
    ] {
        ids.push(
            seller
                .post("/projects", project_with(&more))
                .await
                .is(201)
                .id(),
        );
    }
    let [remote, leeds, anywhere] = ids[..] else {
        panic!("three projects")
    };
    buyer.bid(leeds, json!(900)).await.is(201);
    sqlx::query(
        "update project set published_at = published_at - interval '2 hours' where id = $1",
    )
    .bind(anywhere)
    .execute(&pool)
    .await
    .unwrap();
    let an_hour_ago = unix(-3600);
    let since = format!("published_from={an_hour_ago}");
    for (query, expected) in [
        ("work_place=remote", vec![remote]),
        ("work_place=on_site&sort=-deadline", vec![leeds]),
        ("without_bids=true", vec![remote, anywhere]),
        ("without_bids=false", vec![remote, leeds, anywhere]),
        (since.as_str(), vec![remote, leeds]),
        ("without_bids=true&q=window&work_place=remote", vec![remote]),
        (
            "without_bids=true&sort=lowest_bid&status=open",
            vec![remote, anywhere],
        ),
        ("work_place=remote&status=cancelled", vec![]),
    ] {
        let list = buyer.get(&format!("/projects?{query}")).await.is(200).json;
        let found: Vec<i64> = list["projects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|project| project["id"].as_i64().unwrap())
            .collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(list["total"], json!(expected.len()), "{query}");
        assert_eq!(list["is_total_exact"], json!(true), "{query}");
    }
    for (query, field) in [
        ("work_place=moon", "work_place"),
        ("without_bids=yes", "without_bids"),
        ("published_from=soon", "published_from"),
    ] {
        let refused = buyer.get(&format!("/projects?{query}")).await;
        let refused = refused.refused_as(400, "invalid-query");
        assert_eq!(refused.fields(), [field]);
    }
}
