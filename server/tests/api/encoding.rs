//! Compressed request bodies (RFC 9110, section 8.4): every endpoint decodes them within the limit for a plain
//! body, or refuses them.

use crate::{
    client::{Program, Reply, project},
    support::{Answer, Client, PASSWORD, count, site},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method},
};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::io::Write;

const FORM: &str = "application/x-www-form-urlencoded";
const SUPPORTED: &str = "gzip, deflate";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

async fn post(
    seller: &mut Program,
    path: &str,
    coding: &str,
    body: Vec<u8>,
    headers: &[(&'static str, &str)],
) -> Reply {
    let headers = [&[("content-encoding", coding)], headers].concat();
    seller
        .send_bytes(Method::POST, path, Some(body), &headers)
        .await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_compressed_body_is_decoded(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let plain = project(3600).to_string().into_bytes();
    let members = plain.split_at(40);
    for (coding, body) in [
        ("gzip", gzip(&plain)),
        ("GZIP", gzip(&plain)),
        ("x-gzip", gzip(&plain)),
        ("deflate", zlib(&plain)),
        ("identity", plain.clone()),
        ("", plain.clone()),
        ("identity, gzip", gzip(&plain)),
        // RFC 1952: several members form one file.
        ("gzip", [gzip(members.0), gzip(members.1)].concat()),
    ] {
        let reply = post(&mut seller, "/projects", coding, body, &[]).await;
        assert_eq!(reply.status, 201, "{coding}: {}", reply.text);
    }
    assert_eq!(count(&pool, "project").await, 8);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_body_that_does_not_match_its_encoding_is_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let id = seller.publish(3600).await;
    let plain = project(3600).to_string().into_bytes();
    let compressed = gzip(&plain);
    for (what, coding, body) in [
        ("plain", "gzip", plain.clone()),
        ("plain", "deflate", plain.clone()),
        (
            "cut off",
            "gzip",
            compressed[..compressed.len() - 9].to_vec(),
        ),
        ("trailing bytes", "gzip", [&compressed[..], b"{}"].concat()),
        (
            "trailing bytes",
            "deflate",
            [&zlib(&plain)[..], b"{}"].concat(),
        ),
        ("a wrong checksum", "gzip", {
            let mut body = compressed.clone();
            let last = body.len() - 6;
            body[last] ^= 1;
            body
        }),
        ("no zlib header", "deflate", raw_deflate(&plain)),
        ("gzip data", "deflate", compressed.clone()),
    ] {
        for path in ["/projects".to_owned(), format!("/projects/{id}/cancel")] {
            let reply = post(&mut seller, &path, coding, body.clone(), &[]).await;
            assert_eq!(reply.status, 400, "{coding} {what}: {}", reply.text);
            reply.refused_as(400, "not-decodable");
        }
    }
    assert_eq!(count(&pool, "project").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unsupported_encoding_is_refused_with_the_supported_ones(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let id = seller.publish(3600).await;
    let plain = project(3600).to_string().into_bytes();
    for coding in ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "none"] {
        for path in ["/projects".to_owned(), format!("/projects/{id}/cancel")] {
            let reply = post(&mut seller, &path, coding, plain.clone(), &[]).await;
            let refused = reply.refused_as(415, "unsupported-encoding");
            assert_eq!(refused.header("accept-encoding"), SUPPORTED, "{coding}");
        }
    }
    assert_eq!(count(&pool, "project").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_decoded_body_has_the_same_size_limit_as_a_plain_one(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    // 100 MB of spaces after one brace compress to about 100 kB.
    let bomb = gzip(&[&b"{"[..], &vec![b' '; 100_000_000]].concat());
    assert!(bomb.len() < 200_000);
    for path in ["/projects", "/projects/1/cancel"] {
        let reply = post(&mut seller, path, "gzip", bomb.clone(), &[]).await;
        reply.refused_as(413, "too-large");
    }
    // This body is too large as sent, although it decodes to nothing.
    let empty = gzip(b"").repeat(30_000);
    let reply = post(&mut seller, "/projects", "gzip", empty, &[]).await;
    reply.refused_as(413, "too-large");
    for path in ["/sign-in", "/oauth/token"] {
        let answer = post_form(&site, path, "gzip", bomb.clone()).await;
        assert_eq!(answer.status.as_u16(), 413, "{path}");
    }
    // The OAuth endpoints have a lower limit.
    let answer = post_form(&site, "/oauth/token", "gzip", gzip(&[b'a'; 20_000])).await;
    assert_eq!(answer.status.as_u16(), 413);
    let large = format!("{{{}\"name\": 1}}", " ".repeat(400_000));
    let reply = post(
        &mut seller,
        "/projects",
        "gzip",
        gzip(large.as_bytes()),
        &[],
    )
    .await;
    reply.refused_as(422, "invalid-fields");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_repeated_request_with_another_encoding_is_the_same_request(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let plain = project(3600).to_string().into_bytes();
    let key = [("idempotency-key", "one")];
    let first = post(&mut seller, "/projects", "gzip", gzip(&plain), &key).await;
    let again = post(&mut seller, "/projects", "", plain, &key).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.is(201).id(), again.is(201).id());
}

async fn post_form(site: &axum::Router, path: &str, coding: &str, body: Vec<u8>) -> Answer {
    let mut client = Client::new(site);
    client.headers.push(("content-encoding", coding.to_owned()));
    client
        .send(Method::POST, path, Body::from(body), Some(FORM))
        .await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn page_forms_are_decoded_too(pool: PgPool) {
    let site = site(&pool, &[]);
    Client::new(&site)
        .sign_up("buyer", "bea@example.com")
        .await
        .is(303);
    let fields = format!(
        "email=bea%40example.com&password={}",
        PASSWORD.replace(' ', "+")
    );
    let fields = fields.as_bytes();
    for (coding, body) in [("gzip", gzip(fields)), ("deflate", zlib(fields))] {
        let answer = post_form(&site, "/sign-in", coding, body).await.is(303);
        assert_eq!(answer.location(), "/dashboard", "{coding}");
    }
    let refused = post_form(&site, "/sign-in", "br", fields.to_vec()).await;
    let refused = refused.is(415).says("is not supported");
    assert_eq!(refused.header("accept-encoding"), SUPPORTED);
    post_form(&site, "/sign-in", "gzip", fields.to_vec())
        .await
        .is(400)
        .says("Content-Encoding");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn oauth_requests_are_decoded_too(pool: PgPool) {
    let site = site(&pool, &[]);
    // Only a decoded request can be refused because of its repeated parameter.
    let twice = b"client_id=a&client_id=b";
    let is_invalid_request = |answer: &Answer| answer.body.contains("invalid_request");
    for path in [
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/device_authorization",
    ] {
        let answer = post_form(&site, path, "gzip", gzip(twice)).await.is(400);
        assert!(is_invalid_request(&answer), "{}", answer.body);
        let answer = post_form(&site, path, "br", twice.to_vec()).await.is(415);
        assert!(is_invalid_request(&answer), "{}", answer.body);
        let headers: &HeaderMap = &answer.headers;
        assert_eq!(headers["accept-encoding"], SUPPORTED, "{path}");
        let answer = post_form(&site, path, "gzip", twice.to_vec()).await.is(400);
        assert!(answer.body.contains("Content-Encoding"), "{}", answer.body);
    }
}
