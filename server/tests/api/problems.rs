//! Problems with the request itself.

use crate::{
    client::{Program, project},
    support::site,
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_body_that_is_malformed_too_large_or_of_another_type_is_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    for body in [
        "",
        "{",
        "[]",
        "5",
        "null",
        "\"x\"",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"name\":NaN}",
        "{\"budget\":01}",
        "\u{feff}",
        "\u{feff}\u{feff}{}",
        "{\u{feff}}",
    ] {
        seller
            .send(Method::POST, "/projects", Some(body.to_owned()), &[])
            .await
            .refused_as(400, "not-json");
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(600_000));
    seller
        .send(Method::POST, "/projects", Some(large), &[])
        .await
        .refused_as(413, "too-large");
    let good = project(3600).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        seller
            .send(
                Method::POST,
                "/projects",
                Some(good.clone()),
                &[("content-type", kind)],
            )
            .await
            .refused_as(415, "unsupported-media-type");
    }
    for kind in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/merge-patch+json",
    ] {
        seller
            .send(
                Method::POST,
                "/projects",
                Some(good.clone()),
                &[("content-type", kind)],
            )
            .await
            .is(201);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unsupported_method_is_refused_with_the_supported_ones(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let id = seller.publish(3600).await;
    for (method, path, allowed) in [
        (Method::PUT, "/projects".to_owned(), vec!["GET", "POST"]),
        (Method::DELETE, format!("/projects/{id}"), vec!["GET"]),
        (
            Method::PATCH,
            format!("/projects/{id}/bid"),
            vec!["GET", "POST", "DELETE"],
        ),
        (Method::GET, format!("/projects/{id}/cancel"), vec!["POST"]),
    ] {
        let refused = seller
            .send(method, &path, None, &[])
            .await
            .refused_as(405, "method-not-allowed");
        for method in allowed {
            assert!(
                refused.header("allow").contains(method),
                "{path}: {}",
                refused.header("allow")
            );
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn cookies_grant_no_access_to_the_api(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut browser = crate::support::Client::member(&site, "seller", "sam@example.com").await;
    let answer = browser
        .send(
            Method::POST,
            "/api/v1/projects",
            axum::body::Body::from(project(60).to_string()),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.status.as_u16(), 401);
}
