//! The document is accurate: every request example is sent, and every answer matches its schema.

use crate::{
    client::{Program, let_deadline_pass},
    document::{Market, Operation, Shapes, document, operations},
    support::{Client, site},
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_referenced_schema_exists(pool: PgPool) {
    let document = document(&site(&pool, &[])).await;
    let text = document.to_string();
    let named = text.split("\"$ref\":\"#/").skip(1);
    let mut count = 0;
    for name in named.filter_map(|rest| rest.split('"').next()) {
        count += 1;
        assert!(
            document.pointer(&format!("/{name}")).is_some(),
            "{name} is missing"
        );
    }
    assert!(count > 50, "{count}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_call_and_every_answer_has_an_example_that_fits_its_schema(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let shapes = Shapes(&document);
    let operations = operations(&document);
    assert!(operations.len() >= 13, "{}", operations.len());
    for operation in operations {
        let name = &operation.name;
        if let Some(body) = operation.body() {
            let schema = &operation.spec["requestBody"]["content"]["application/json"]["schema"];
            shapes.must_fit(name, schema, body);
        }
        for (status, kind, content) in operation.answers() {
            let what = format!("{name} {status}");
            let named = content["examples"].as_object().into_iter().flatten();
            let examples: Vec<&Value> = named
                .map(|(_, example)| &example["value"])
                .chain(content.get("example"))
                .collect();
            assert!(!examples.is_empty(), "{what} ({kind}) has no example");
            for example in examples {
                shapes.must_fit(&what, &content["schema"], example);
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_request_example_is_answered_as_documented(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let shapes = Shapes(&document);
    let mut market = Market::new(&site, &pool).await;
    let mut operations = operations(&document);
    // Calls that delete or cancel something come last.
    operations.sort_by_key(|one| (one.method == "DELETE", one.path.ends_with("/cancel")));
    for operation in &operations {
        let status = operation.success();
        let queries = operation.query_examples();
        let together: Vec<_> = queries
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut sent: Vec<String> = together.iter().map(|one| format!("?{one}")).collect();
        sent.extend([String::new(), format!("?{}", together.join("&"))]);
        if operation.method != "GET" {
            sent = vec![String::new()];
        }
        for query in sent {
            let (program, project) = market.caller(&operation.name);
            let path = operation.at(project, &query);
            let method: Method = operation.method.parse().unwrap();
            let body = operation.body().map(Value::to_string);
            let reply = program.send(method, &path, body, &[]).await.is(status);
            let what = format!("{} {path}", operation.name);
            shapes.must_fit(&what, operation.schema(status), &reply.json);
            let headers = &operation.spec["responses"][status.to_string()]["headers"];
            for name in headers.as_object().unwrap().keys() {
                let name = name.to_lowercase();
                // The last page has no link to a next one.
                assert!(
                    name == "link" || !reply.header(&name).is_empty(),
                    "{what}: {name}"
                );
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_refusal_that_can_be_provoked_is_answered_as_documented(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let shapes = Shapes(&document);
    let mut market = Market::new(&site, &pool).await;
    let mut nobody = Program::anonymous(&site);
    let mut provoked = 0;
    for operation in &operations(&document) {
        let documented: Vec<(u16, String)> = operation
            .answers()
            .filter(|(_, kind, _)| *kind == "application/problem+json")
            .flat_map(|(status, _, content)| {
                let slugs = content["examples"].as_object().unwrap().keys();
                slugs.map(move |slug| (status.parse().unwrap(), slug.clone()))
            })
            .collect();
        for (status, slug) in documented {
            let Some(reply) = provoke(&pool, &mut market, &mut nobody, operation, &slug).await
            else {
                continue;
            };
            provoked += 1;
            let reply = reply.refused_as(status, &slug);
            let what = format!("{} {slug}", operation.name);
            shapes.must_fit(&what, operation.schema(status), &reply.json);
        }
    }
    assert!(provoked > 60, "{provoked}");
}

/// Provokes the problem; `None` for problems that need load, an outage or a race.
async fn provoke(
    pool: &PgPool,
    market: &mut Market,
    nobody: &mut Program,
    operation: &Operation,
    slug: &str,
) -> Option<crate::client::Reply> {
    let method: Method = operation.method.parse().unwrap();
    let mut body = operation.body().map(Value::to_string);
    let mut headers = vec![];
    let mut query = "";
    let key = format!("{} {slug}", operation.name);
    let other_role = match operation.name.as_str() {
        "place_bid" | "withdraw_bid" => market.seller.clone(),
        _ => market.buyer.clone(),
    };
    let awarded = market.awarded;
    let bid_on = market.bid_on;
    let (program, mut project) = market.caller(&operation.name);
    let mut program = program.clone();
    match slug {
        "token-required" => program = nobody.clone(),
        "token-invalid" => headers.push(("authorization", "Bearer nonsense")),
        "scope-missing" => {
            let other = if operation.path.contains("account") {
                "bids:write"
            } else {
                "account:read"
            };
            program = program.with_scopes(pool, &[other]).await;
        }
        "not-allowed" => program = other_role,
        "not-found" => project = 999_999,
        "invalid-query" => query = "?per_page=0",
        "idempotency-key-invalid" => headers.push(("idempotency-key", "")),
        "idempotency-key-reused" => {
            headers.push(("idempotency-key", key.as_str()));
            // Send a different request with the same key first.
            program
                .send(
                    Method::POST,
                    "/projects/999999/cancel",
                    Some("{}".to_owned()),
                    &headers,
                )
                .await;
        }
        "not-json" => body = Some("[]".to_owned()),
        "invalid-fields" => body = Some(json!({ "unknown": 1 }).to_string()),
        "not-decodable" => {
            headers.push(("content-encoding", "gzip"));
            body = Some("{}".to_owned());
        }
        "unsupported-encoding" => headers.push(("content-encoding", "br")),
        "unsupported-media-type" => headers.push(("content-type", "text/plain")),
        "too-large" => body = Some(format!("{{\"a\":\"{}\"}}", "x".repeat(600_000))),
        "above-budget" => {
            // On the other project, this buyer would get `not-lower` instead.
            project = market.untouched;
            body = Some(json!({ "amount": 1_000_000 }).to_string());
        }
        "not-lower" => body = Some(json!({ "amount": 950 }).to_string()),
        "has-bids" => project = bid_on,
        "deadline-passed" if operation.name == "cancel_project" => {
            project = program.publish(3600).await;
            let_deadline_pass(pool, project).await;
        }
        "deadline-passed" => project = awarded,
        "not-open" if operation.name == "cancel_project" => project = awarded,
        "not-open" => {
            let mut seller = market.seller.clone();
            project = seller.publish(3600).await;
            seller
                .post(&format!("/projects/{project}/cancel"), json!({}))
                .await
                .is(200);
        }
        "no-bid" => project = market.untouched,
        "email-unconfirmed" => {
            confirm_emails(pool, false).await;
            let scopes = ["projects:write", "bids:write"];
            program = program.with_scopes(pool, &scopes).await;
        }
        "too-many-requests" | "busy" | "database-unreachable" | "no-space" | "still-running" => {
            return None;
        }
        "quota-reached" => sqlx::query("update quota set used = 1e6, at = clock_timestamp()")
            .execute(pool)
            .await
            .map(drop)
            .unwrap(),
        other => panic!("{}: no way to provoke {other}", operation.name),
    }
    let path = operation.at(project, query);
    let reply = program.send(method, &path, body, &headers).await;
    if slug == "email-unconfirmed" {
        confirm_emails(pool, true).await;
    }
    if slug == "quota-reached" {
        sqlx::query("delete from quota")
            .execute(pool)
            .await
            .unwrap();
    }
    Some(reply)
}

/// Makes the addresses of all accounts confirmed, or not.
async fn confirm_emails(pool: &PgPool, are_confirmed: bool) {
    sqlx::query("update account set email_confirmed_at = case when $1 then clock_timestamp() end")
        .bind(are_confirmed)
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_problems_type_links_to_its_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let mut visitor = Client::new(&site);
    let list = visitor.get("/api/docs/problems").await.is(200).body;
    let base = document["servers"][0]["url"].as_str().unwrap().to_owned();
    let mut types: Vec<String> = operations(&document)
        .iter()
        .flat_map(|one| {
            one.answers()
                .map(|(_, _, content)| content["examples"].clone())
                .collect::<Vec<_>>()
        })
        .flat_map(|examples| {
            let examples = examples.as_object().cloned().unwrap_or_default();
            examples
                .into_iter()
                .map(|(_, example)| example["value"]["type"].as_str().unwrap().to_owned())
        })
        .collect();
    let mut nobody = Program::anonymous(&site);
    for (method, path) in [
        (Method::GET, "/api/v0/x"),
        (Method::PUT, "/projects"),
        (Method::GET, "/none"),
    ] {
        let reply = nobody.send(method, path, None, &[]).await;
        types.push(reply.json["type"].as_str().unwrap().to_owned());
    }
    types.sort();
    types.dedup();
    assert!(types.len() >= 20, "{types:?}");
    for kind in types {
        let path = kind.strip_prefix(&base).unwrap();
        assert!(
            list.contains(&format!("href=\"{path}\"")),
            "{path} is not in the list"
        );
        visitor.get(path).await.is(200).says("What to do");
    }
    let listed = list.matches("href=\"/api/docs/problems/").count();
    assert_eq!(listed, 31);
    for link in list
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        if link.starts_with("/api/docs/problems/") {
            visitor.get(link).await.is(200);
        }
    }
    visitor
        .get("/api/docs/problems/none-of-these")
        .await
        .is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_page_shows_every_call_with_its_fields_and_has_no_dead_links(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let page = Client::new(&site).get("/api/docs").await.is(200);
    let text = crate::support::text_of(&page.body);
    for operation in operations(&document) {
        let name = &operation.name;
        assert!(
            page.body.contains(&format!("id=\"{name}\"")),
            "{name} has no section"
        );
        assert!(
            page.body.contains(&format!("href=\"#{name}\"")),
            "{name} is not in the table of contents"
        );
        let named = operation.spec["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        for parameter in named {
            let parameter = parameter["name"].as_str().unwrap();
            assert!(text.contains(parameter), "{name}: {parameter}");
        }
    }
    for schema in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .values()
    {
        for member in schema["properties"].as_object().into_iter().flatten() {
            assert!(text.contains(member.0.as_str()), "{}", member.0);
        }
    }
    let (_, body) = page.body.split_once("<body").expect("the page has a body");
    for link in body.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap();
        assert!(link.starts_with('/') || link.starts_with('#'), "{link}");
        if let Some(anchor) = link.strip_prefix('#') {
            assert!(
                page.body.contains(&format!("id=\"{anchor}\"")),
                "{link} is a dead link"
            );
        }
    }
    assert!(!page.body.contains("<script src=\"http"));
}
