//! Refresh tokens, and how a grant ends.

use crate::{
    fixture::{CALLBACK, Program, caller, grant_endings, run},
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use tokio::task::JoinSet;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refresh_token_is_valid_once_and_its_replay_ends_the_grant(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let other_family = program.allowed_by(&site, &mut person).await;
    let first = program.allowed_by(&site, &mut person).await;
    let second = program.refresh(&site, &first.refresh()).await.is(200);
    let third = program.refresh(&site, &second.refresh()).await.is(200);
    assert_eq!(third.json["scope"], "projects:read bids:read");
    for tokens in [&first, &second, &third] {
        assert!(caller(&pool, &tokens.access()).await.is_some());
    }
    let replay = program.refresh(&site, &first.refresh()).await;
    replay.denied("invalid_grant");
    for tokens in [&first, &second, &third] {
        assert!(caller(&pool, &tokens.access()).await.is_none());
    }
    let newest = program.refresh(&site, &third.refresh()).await;
    newest.denied("invalid_grant");
    assert_eq!(grant_endings(&pool).await, ["refresh_token_reused"]);
    // Tokens of another grant stay valid.
    assert!(caller(&pool, &other_family.access()).await.is_some());
    program
        .refresh(&site, &other_family.refresh())
        .await
        .is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_one_of_several_concurrent_refreshes_succeeds(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "confidential", CALLBACK).await;
    for _ in 0..3 {
        let token = program.allowed_by(&site, &mut person).await.refresh();
        let mut refreshes = JoinSet::new();
        for _ in 0..8 {
            let (site, program, token) = (site.clone(), program.clone(), token.clone());
            refreshes.spawn(async move { program.refresh(&site, &token).await });
        }
        let replies = refreshes.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = replies
            .into_iter()
            .partition(|reply| reply.answer.status == 200);
        assert_eq!(won.len(), 1);
        for reply in lost {
            reply.denied("invalid_grant");
        }
        assert!(
            caller(&pool, &won[0].access()).await.is_none(),
            "the grant has ended"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn fewer_scopes_may_be_requested_but_not_more(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let first = program.allowed_by(&site, &mut person).await;
    let token = first.refresh();
    let with = async |token: &str, scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ];
        program.send(&site, "/oauth/token", &fields).await
    };
    for scope in ["projects:read bids:write", "account:read", "everything"] {
        with(&token, scope).await.denied("invalid_scope");
    }
    let less = with(&token, "bids:read").await.is(200);
    assert_eq!(less.json["scope"], "bids:read");
    let scopes = caller(&pool, &less.access()).await.unwrap().scopes;
    assert_eq!(scopes.to_string(), "bids:read");
    // The new refresh token still has all granted scopes.
    let all = program.refresh(&site, &less.refresh()).await.is(200);
    assert_eq!(all.json["scope"], "projects:read bids:read");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn scopes_removed_from_a_program_disappear_at_the_next_refresh(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    let fields = [
        ("name", "Ledger Sync"),
        ("redirect_uris", CALLBACK),
        ("scopes", "bids:read"),
    ];
    person.post(&program.path, &fields).await.is(303);
    let next = program.refresh(&site, &tokens.refresh()).await.is(200);
    assert_eq!(next.json["scope"], "bids:read");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_program_can_neither_use_nor_use_up_a_refresh_token(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    for kind in ["public", "confidential"] {
        let program = Program::register(&mut person, kind, CALLBACK).await;
        let other = Program::register(&mut person, kind, CALLBACK).await;
        let tokens = program.allowed_by(&site, &mut person).await;
        let stolen = other.refresh(&site, &tokens.refresh()).await;
        stolen.denied("invalid_grant");
        program.refresh(&site, &tokens.refresh()).await.is(200);
        let replayed = other.refresh(&site, &tokens.refresh()).await;
        replayed.denied("invalid_grant");
    }
    assert!(grant_endings(&pool).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refresh_token_expires_after_thirty_idle_days_and_after_a_year_at_the_latest(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    let days = async || -> f64 {
        sqlx::query_scalar(
            "select extract(epoch from expires_at - clock_timestamp())::double precision / 86400
             from oauth_refresh_token where used_at is null",
        )
        .fetch_one(&pool)
        .await
        .unwrap()
    };
    assert!((29.9..=30.0).contains(&days().await));
    run(
        &pool,
        "update oauth_grant set consented_at = clock_timestamp() - interval '360 days'",
    )
    .await;
    let tokens = program.refresh(&site, &tokens.refresh()).await.is(200);
    assert!((4.9..=5.0).contains(&days().await), "{}", days().await);
    run(
        &pool,
        "update oauth_refresh_token set expires_at = clock_timestamp()",
    )
    .await;
    let late = program.refresh(&site, &tokens.refresh()).await;
    late.denied("invalid_grant");
    run(
        &pool,
        "update access_token set expires_at = clock_timestamp()",
    )
    .await;
    assert!(caller(&pool, &tokens.access()).await.is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_revoked_on_one_server_is_refused_by_another_at_once(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &[]));
    let mut person = Client::member(&here, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "confidential", CALLBACK).await;
    let is_active = async |token: &str| {
        let reply = program
            .send(&there, "/oauth/introspect", &[("token", token)])
            .await;
        reply.is(200).json["active"] == true
    };
    // A token is revoked by the user, by the program, by a replay, or by deleting the program itself.
    for end in 0..4 {
        let tokens = program.allowed_by(&here, &mut person).await;
        assert!(is_active(&tokens.access()).await && is_active(&tokens.refresh()).await);
        match end {
            0 => {
                let path = format!("{}/revoke", program.path);
                person.post(&path, &[]).await.is(303);
            }
            1 => {
                let fields = [("token", &*tokens.refresh())];
                program.send(&here, "/oauth/revoke", &fields).await.is(200);
            }
            2 => {
                let next = program.refresh(&here, &tokens.refresh()).await.is(200);
                let replay = program.refresh(&here, &tokens.refresh()).await;
                replay.denied("invalid_grant");
                assert!(!is_active(&next.access()).await);
            }
            _ => {
                let path = format!("{}/delete", program.path);
                person.post(&path, &[]).await.is(303);
                let reply = program.refresh(&there, &tokens.refresh()).await;
                reply.denied("invalid_client");
                assert!(caller(&pool, &tokens.access()).await.is_none());
                continue;
            }
        }
        assert!(!is_active(&tokens.access()).await, "{end}");
        assert!(!is_active(&tokens.refresh()).await, "{end}");
        assert!(caller(&pool, &tokens.access()).await.is_none());
        let reply = program.refresh(&there, &tokens.refresh()).await;
        reply.denied("invalid_grant");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_rows_of_expired_and_revoked_grants_are_swept(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let other_tokens = program.allowed_by(&site, &mut person).await;
    program.code_from(&mut person).await;
    let sweep = async || {
        let db = &mut *pool.acquire().await.unwrap();
        let swept = guildhall::oauth::end_expired(db).await.unwrap();
        swept
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .collect::<Vec<_>>()
    };
    assert_eq!(sweep().await, []);
    // An authorization code that was never redeemed is swept with its grant.
    run(
        &pool,
        "update oauth_code set expires_at = expires_at - interval '2 days' where used_at is null",
    )
    .await;
    run(&pool, "update oauth_grant set expires_at = expires_at - interval '2 days' where expires_at < clock_timestamp() + interval '1 hour'").await;
    assert_eq!(sweep().await, [("codes", 1), ("grants", 1)]);
    assert!(caller(&pool, &other_tokens.access()).await.is_some());
    program
        .refresh(&site, &other_tokens.refresh())
        .await
        .is(200);
    // The revoked grant is swept with everything that references it.
    person
        .post(&format!("{}/revoke", program.path), &[])
        .await
        .is(303);
    run(
        &pool,
        "update oauth_grant set revoked_at = revoked_at - interval '2 days'",
    )
    .await;
    assert_eq!(sweep().await, [("grants", 1)]);
    for table in [
        "oauth_grant",
        "oauth_code",
        "oauth_refresh_token",
        "access_token",
    ] {
        assert_eq!(crate::support::count(&pool, table).await, 0, "{table}");
    }
}
