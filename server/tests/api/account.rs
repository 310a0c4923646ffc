//! The caller's own data: the account, projects, bids and the award, and who may see names.

use crate::{
    client::{Program, award, let_deadline_pass},
    support::site,
};
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_sees_itself_and_its_own_data(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut other = Program::new(&site, &pool, "seller", "olga@example.com").await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let mut otto = Program::buyer(&site, &pool, "otto").await;
    let me = bea.get("/account").await.is(200).json;
    assert_eq!(
        (&me["id"], &me["role"], &me["email"]),
        (
            &json!(bea.account.0),
            &json!("buyer"),
            &json!("bea@example.com")
        )
    );
    let (one, two) = (seller.publish(3600).await, seller.publish(3600).await);
    other.publish(3600).await;

    let own = seller.get("/account/projects").await.is(200).json;
    let ids: Vec<_> = own["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [two, one]);
    let page = seller
        .get("/account/projects?per_page=1")
        .await
        .is(200)
        .json;
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = seller
        .get(&format!("/account/projects?per_page=1&cursor={cursor}"))
        .await
        .is(200)
        .json;
    assert_eq!(
        (&page["projects"][0]["id"], &page["next_cursor"]),
        (&json!(one), &Value::Null)
    );
    assert_eq!(
        seller
            .get("/account/projects?status=draft")
            .await
            .is(200)
            .json["projects"],
        json!([])
    );
    bea.get("/account/projects")
        .await
        .refused_as(403, "not-allowed");
    seller
        .get("/account/bids")
        .await
        .refused_as(403, "not-allowed");

    bea.bid(one, json!(900)).await.is(201);
    bea.bid(one, json!(800)).await.is(201);
    otto.bid(one, json!(700)).await.is(201);
    let own_bids = bea.get("/account/bids").await.is(200).json;
    let listed: Vec<_> = own_bids["bids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| {
            (
                b["amount"].clone(),
                b["status"].clone(),
                b["standing"].clone(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            (json!(800), json!("live"), json!("outbid")),
            (json!(900), json!("replaced"), Value::Null)
        ]
    );
    assert_eq!(
        bea.get("/account/bids?status=replaced").await.json["bids"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let own = bea.get(&format!("/projects/{one}/bid")).await.is(200).json;
    assert_eq!(
        (&own["amount"], &own["leads"], &own["bidder"]),
        (&json!(800), &json!(false), &json!("Bidder 1"))
    );
    bea.get(&format!("/projects/{two}/bid"))
        .await
        .refused_as(404, "not-found");

    otto.delete(&format!("/projects/{one}/bid")).await.is(200);
    let withdrawn = otto.get(&format!("/projects/{one}/bid")).await;
    withdrawn.refused_as(404, "not-found");
    otto.delete(&format!("/projects/{one}/bid"))
        .await
        .refused_as(409, "no-bid");
    otto.bid(one, json!(750)).await.refused_as(422, "not-lower");
    let own = bea.get(&format!("/projects/{one}/bid")).await.is(200).json;
    assert_eq!(own["leads"], json!(true));
    seller
        .post(&format!("/projects/{one}/cancel"), json!({}))
        .await
        .refused_as(409, "has-bids");
    other
        .post(&format!("/projects/{two}/cancel"), json!({}))
        .await
        .refused_as(404, "not-found");
    seller
        .post(&format!("/projects/{two}/cancel"), json!({}))
        .await
        .is(200);
    bea.bid(two, json!(5)).await.refused_as(409, "not-open");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bids_are_pseudonymous_except_for_the_seller(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let mut otto = Program::buyer(&site, &pool, "otto").await;
    let mut nobody = Program::anonymous(&site);
    let id = seller.publish(3600).await;
    for amount in [900, 800] {
        bea.bid(id, json!(amount)).await.is(201);
    }
    otto.bid(id, json!(850)).await.is(201);
    let path = format!("/projects/{id}/bids");
    for program in [&mut nobody, &mut bea, &mut otto] {
        let viewed = program.get(&path).await.is(200);
        assert!(
            !viewed.text.contains("bidder_name") && !viewed.text.contains("example.com"),
            "{}",
            viewed.text
        );
        let bidders: Vec<_> = viewed.json["bids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|b| b["bidder"].clone())
            .collect();
        assert_eq!(bidders, ["Bidder 2", "Bidder 1", "Bidder 1"]);
    }
    let own: Vec<_> = bea.get(&path).await.json["bids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["own"].clone())
        .collect();
    assert_eq!(own, [json!(false), json!(true), json!(true)]);
    let viewed = seller.get(&path).await.is(200).json;
    assert_eq!(viewed["bids"][0]["bidder_name"], "otto");
    // A token without `bids:read` shows no more than the public view.
    let mut narrow = seller.with_scopes(&pool, &["projects:write"]).await;
    assert!(!narrow.get(&path).await.is(200).text.contains("bidder_name"));
    let page = nobody.get(&format!("{path}?per_page=2")).await.is(200).json;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = nobody
        .get(&format!("{path}?per_page=2&cursor={cursor}"))
        .await
        .is(200)
        .json;
    assert_eq!(
        (rest["bids"].as_array().unwrap().len(), &rest["next_cursor"]),
        (1, &Value::Null)
    );
    assert_eq!(rest["bids"][0]["status"], "replaced");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_award_is_public_and_only_its_two_parties_see_names(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let mut otto = Program::buyer(&site, &pool, "otto").await;
    let mut nobody = Program::anonymous(&site);
    let (id, empty) = (seller.publish(3600).await, seller.publish(3600).await);
    let winning = bea.bid(id, json!(700)).await.is(201).id();
    otto.bid(id, json!(700)).await.is(201);
    let path = format!("/projects/{id}/award");
    nobody.get(&path).await.refused_as(404, "not-found");
    for project in [id, empty] {
        let_deadline_pass(&pool, project).await;
    }
    award(&pool).await;
    for program in [&mut nobody, &mut otto] {
        let viewed = program.get(&path).await.is(200);
        assert_eq!(
            (&viewed.json["winning_bid_id"], &viewed.json["ties"]),
            (&json!(winning), &json!(2))
        );
        let places: Vec<_> = viewed.json["ranking"]
            .as_array()
            .unwrap()
            .iter()
            .map(|b| (b["place"].clone(), b["bidder"].clone()))
            .collect();
        assert_eq!(
            places,
            [(json!(1), json!("Bidder 1")), (json!(2), json!("Bidder 2"))]
        );
        assert!(!viewed.text.contains("example.com") && !viewed.text.contains("bidder_name"));
    }
    assert_eq!(
        seller.get(&path).await.json["winner"]["email"],
        "bea@example.com"
    );
    assert_eq!(
        bea.get(&path).await.json["seller"]["email"],
        "sam@example.com"
    );
    let mut narrow = bea.with_scopes(&pool, &["bids:write"]).await;
    assert!(!narrow.get(&path).await.is(200).text.contains("example.com"));
    let none = nobody
        .get(&format!("/projects/{empty}/award"))
        .await
        .is(200)
        .json;
    assert_eq!(
        (&none["status"], none.get("winning_bid_id")),
        (&json!("unawarded"), None)
    );
    let standing = |reply: crate::client::Reply| reply.json["bids"][0]["standing"].clone();
    assert_eq!(standing(bea.get("/account/bids").await), "won");
    assert_eq!(standing(otto.get("/account/bids").await), "lost");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_does_no_more_than_its_scopes_allow(pool: PgPool) {
    let site = site(&pool, &[]);
    let seller = Program::seller(&site, &pool).await;
    let buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.clone().publish(3600).await;
    let posted = crate::client::project(3600);
    let calls: [(&Program, &str, &str, String, Value, u16); 8] = [
        (
            &seller,
            "projects:write",
            "POST",
            "/projects".to_owned(),
            posted,
            201,
        ),
        (
            &seller,
            "projects:write",
            "POST",
            format!("/projects/{}/cancel", id + 1),
            json!({}),
            200,
        ),
        (
            &seller,
            "projects:read",
            "GET",
            "/account/projects".to_owned(),
            Value::Null,
            200,
        ),
        (
            &seller,
            "account:read",
            "GET",
            "/account".to_owned(),
            Value::Null,
            200,
        ),
        (
            &buyer,
            "bids:write",
            "POST",
            format!("/projects/{id}/bid"),
            json!({ "amount": 5 }),
            201,
        ),
        (
            &buyer,
            "bids:read",
            "GET",
            format!("/projects/{id}/bid"),
            Value::Null,
            200,
        ),
        (
            &buyer,
            "bids:read",
            "GET",
            "/account/bids".to_owned(),
            Value::Null,
            200,
        ),
        (
            &buyer,
            "bids:write",
            "DELETE",
            format!("/projects/{id}/bid"),
            Value::Null,
            200,
        ),
    ];
    for (program, scope, method, path, body, status) in calls {
        let others: Vec<&str> = crate::client::ALL
            .into_iter()
            .filter(|other| *other != scope)
            .collect();
        let body = (!body.is_null()).then(|| body.to_string());
        let method: axum::http::Method = method.parse().unwrap();
        let mut without = program.with_scopes(&pool, &others).await;
        let refused = without
            .send(method.clone(), &path, body.clone(), &[])
            .await
            .refused_as(403, "scope-missing");
        let challenge = refused.header("www-authenticate");
        assert!(
            challenge.contains("insufficient_scope") && challenge.contains(scope),
            "{challenge}"
        );
        let mut with = program.with_scopes(&pool, &[scope]).await;
        with.send(method, &path, body, &[]).await.is(status);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn seeing_names_requires_the_right_scope(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    bea.bid(id, json!(700)).await.is(201);
    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    let reads = [
        "/account/projects".to_owned(),
        format!("/projects/{id}/award"),
        format!("/projects/{id}/bids"),
    ];
    for scope in crate::client::ALL {
        let mut program = seller.with_scopes(&pool, &["projects:read", scope]).await;
        for path in &reads {
            let shown = program.get(path).await.is(200).text;
            let named = shown.contains("bea");
            assert_eq!(named, scope == "bids:read", "{scope} {path}: {shown}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_amount_comes_with_its_currency(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish_with(json!({ "currency": "CHF" })).await;
    bea.bid(id, json!(700)).await.is(201);
    let mut viewed = vec![
        seller.get(&format!("/projects/{id}")).await.json,
        seller.get("/account/projects").await.json["projects"][0].clone(),
        bea.get(&format!("/projects/{id}/bid")).await.json,
        bea.get(&format!("/projects/{id}/bids")).await.json["bids"][0].clone(),
        bea.get("/account/bids").await.json["bids"][0].clone(),
    ];
    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    viewed.push(bea.get(&format!("/projects/{id}/award")).await.json["ranking"][0].clone());
    for one in viewed {
        assert_eq!(one["currency"], "CHF", "{one}");
    }
}
