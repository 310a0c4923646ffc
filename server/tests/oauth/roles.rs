//! A program gets no scope that the role of the account can't use.

use crate::{
    fixture::{CALLBACK, OWN, Program, allow, caller, decide, hidden, param},
    support::{Client, count, site},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const FOR_BOTH: (&str, &str) = ("scope", "projects:write bids:read bids:write");

async fn consent(site: &Router, role: &str) -> (Client, Program) {
    let mut maker = Client::member(site, "seller", "maker@example.com").await;
    let person = Client::member(site, role, "ada@example.com").await;
    let program = Program::with_device_flow(&mut maker, "public", CALLBACK).await;
    (person, program)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn consent_is_asked_for_what_the_role_can_use_and_says_what_is_left_out(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut buyer, program) = consent(&site, "buyer").await;
    let path = program.authorization_path(&[FOR_BOTH]);
    let page = buyer
        .get(&path)
        .await
        .is(200)
        .says("bid for you, and withdraw your bids")
        .says("Buyers don't post projects, so the app won't get projects:write , which it also asked for.");
    assert!(!page.body.contains("post projects and cancel them"));
    let location = allow(&mut buyer, &path).await;
    let code = param(&location, "code").unwrap();
    let tokens = program.redeem(&site, &code).await.is(200);
    assert_eq!(tokens.json["scope"], "bids:read bids:write");
    let caller = caller(&pool, &tokens.access()).await.unwrap();
    assert_eq!(caller.scopes.to_string(), "bids:read bids:write");

    let all = program.authorization_path(&[("scope", "bids:read")]);
    let page = buyer.get(&all).await.is(200);
    assert!(!page.body.contains("also asked for"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_for_scopes_of_the_other_role_only_is_refused_and_says_why(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, program) = consent(&site, "seller").await;
    let path = program.authorization_path(&[("scope", "bids:write")]);
    let why = "Sellers don't bid, so none of the requested scopes can be granted.";
    let page = seller.get(&path).await.is(400).says(why);
    assert!(page.body.contains("error=invalid_scope"));
    assert!(!page.body.contains("value=\"allow\""));
    // Even a form that was made by hand grants nothing.
    let fine = seller.get(&program.authorization_path(&[])).await.is(200);
    let mut fields = hidden(&fine);
    for (name, value) in &mut fields {
        if name == "scope" {
            *value = "bids:write".to_owned();
        }
    }
    fields.push(("decision".to_owned(), "allow".to_owned()));
    decide(&mut seller, &fields).await.is(400).says(why);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_device_gets_what_the_role_can_use(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut buyer, program) = consent(&site, "buyer").await;
    let begin = async |scopes| {
        let fields = [("scope", scopes)];
        let path = "/oauth/device_authorization";
        program.send(&site, path, &fields).await.is(200)
    };
    let code = begin(FOR_BOTH.1).await.text("user_code");
    buyer
        .post("/device", &[("user_code", &code)])
        .await
        .is(200)
        .says("so the app won't get projects:write");
    let code = begin("projects:read").await.text("user_code");
    buyer
        .post("/device", &[("user_code", &code)])
        .await
        .is(409)
        .says("Buyers don't post projects, and this app asks for nothing else.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_that_acts_for_its_owner_has_the_scopes_of_the_owners_role(pool: PgPool) {
    let site = site(&pool, &[]);
    for (role, scopes) in [
        ("seller", "projects:read projects:write bids:read"),
        ("buyer", "bids:read bids:write"),
    ] {
        let mut owner = Client::member(&site, role, &format!("{role}@example.com")).await;
        let server = Program::register(&mut owner, "confidential", "").await;
        let all = server.send(&site, "/oauth/token", &OWN).await.is(200);
        assert_eq!(all.json["scope"], scopes);
        let others = ["projects:write", "bids:write"];
        for other in others.into_iter().filter(|other| !scopes.contains(other)) {
            let fields = [OWN[0], ("scope", other)];
            let reply = server.send(&site, "/oauth/token", &fields).await;
            reply.denied("invalid_scope");
        }
    }
}
