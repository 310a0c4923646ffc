//! Tokens on a real PostgreSQL: authentication, expiry, revocation and what is stored.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, Result,
    account::{Role, Viewer},
    oauth,
    store::MIGRATIONS,
    token::{self, Caller, MAX_PERSONAL, NewPersonalToken, Scope, Secret, SecretKind, TokenId},
};
use sqlx::PgPool;
use support::{account, seller};
use time::OffsetDateTime;

async fn create(pool: &PgPool, viewer: &Viewer, scopes: &[&str]) -> Result<Secret> {
    let new = NewPersonalToken::parse(viewer.role, "Build server", scopes, "30")?;
    let mut tx = pool.begin().await?;
    let secret = token::create_personal(&mut tx, viewer.account, &new).await?;
    tx.commit().await?;
    Ok(secret)
}

async fn caller(pool: &PgPool, secret: &Secret) -> Option<Caller> {
    let db = &mut *pool.acquire().await.unwrap();
    let known = token::authenticate(db, &secret.hash()).await.unwrap();
    known.map(|known| known.caller)
}

async fn revoke(pool: &PgPool, viewer: &Viewer, token: TokenId) -> Result<()> {
    let mut tx = pool.begin().await?;
    token::revoke_personal(&mut tx, viewer, token).await?;
    tx.commit().await?;
    Ok(())
}

async fn change(pool: &PgPool, statement: &'static str) {
    let changed = sqlx::query(statement).execute(pool).await.unwrap();
    assert_eq!(changed.rows_affected(), 1, "{statement}");
}

async fn token_events(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox where kind like 'token.%' order by id")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_acts_for_its_account_within_its_scopes(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = create(&pool, &seller, &["bids:read", "projects:write"])
        .await
        .unwrap();
    let caller = caller(&pool, &secret).await.unwrap();
    assert_eq!(caller.viewer, seller);
    assert_eq!(caller.scopes.to_string(), "projects:write bids:read");
    assert!(caller.must_have(Scope::BidsRead).is_ok());
    assert!(matches!(
        caller.must_have(Scope::BidsWrite),
        Err(Error::ScopeMissing {
            scope: "bids:write"
        })
    ));
    let stored: Vec<String> = sqlx::query_scalar("select unnest(scopes) from access_token")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(stored, ["projects:write", "bids:read"]);

    // A scope dropped by a later version allows nothing.
    change(
        &pool,
        "update access_token set scopes = '{bids:read,everything}'",
    )
    .await;
    let caller = self::caller(&pool, &secret).await.unwrap();
    assert_eq!(caller.scopes.to_string(), "bids:read");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unknown_token_authenticates_nobody(pool: PgPool) {
    let seller = seller(&pool).await;
    create(&pool, &seller, &["bids:read"]).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    for kind in [
        SecretKind::PersonalToken,
        SecretKind::AccessToken,
        SecretKind::RefreshToken,
        SecretKind::ClientSecret,
    ] {
        let unknown = Secret::generate(kind).unwrap();
        let caller = token::authenticate(db, &unknown.hash()).await.unwrap();
        assert!(caller.is_none(), "{kind:?}");
        let may_be = matches!(kind, SecretKind::PersonalToken | SecretKind::AccessToken);
        assert_eq!(token::token_hash(unknown.reveal()).is_some(), may_be);
    }
    for text in ["", "guildhall_pat_", "' or true --", "a\0b"] {
        assert!(token::token_hash(text).is_none());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_expired_token_is_refused_and_deleted_after_a_day(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = create(&pool, &seller, &["bids:read"]).await.unwrap();
    let (days,): (f64,) = sqlx::query_as(
        "select (extract(epoch from expires_at - created_at) / 86400)::float8 from access_token",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!((days - 30.0).abs() < 0.001, "{days}");

    change(
        &pool,
        "update access_token set expires_at = clock_timestamp() + interval '1 minute'",
    )
    .await;
    assert!(caller(&pool, &secret).await.is_some());
    change(
        &pool,
        "update access_token set expires_at = clock_timestamp()",
    )
    .await;
    assert!(caller(&pool, &secret).await.is_none());
    let db = &mut *pool.acquire().await.unwrap();
    assert!(token::personal(db, &seller).await.unwrap().is_empty());

    assert_eq!(
        token::end_expired(db).await.unwrap(),
        0,
        "an expired token is stored for a day"
    );
    change(
        &pool,
        "update access_token set expires_at = clock_timestamp() - interval '25 hours'",
    )
    .await;
    assert_eq!(token::end_expired(db).await.unwrap(), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_its_owner_can_revoke_a_token(pool: PgPool) {
    let seller = seller(&pool).await;
    let stranger = account(&pool, Role::Seller, "Eve Elsewhere").await;
    let secret = create(&pool, &seller, &["bids:read"]).await.unwrap();
    let token = caller(&pool, &secret).await.unwrap().token;

    let refused = revoke(&pool, &stranger, token).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(caller(&pool, &secret).await.is_some());

    revoke(&pool, &seller, token).await.unwrap();
    assert!(caller(&pool, &secret).await.is_none());
    revoke(&pool, &seller, token).await.unwrap();
    let refused = revoke(&pool, &stranger, token).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert_eq!(
        token_events(&pool).await,
        ["token.created", "token.revoked"],
        "a second click changes nothing"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_can_revoke_its_own_tokens_but_no_personal_one(pool: PgPool) {
    let seller = seller(&pool).await;
    let own = programs_token(&pool, &seller).await;
    let personal = create(&pool, &seller, &["bids:read"]).await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    let program = oauth::find_by_public_id(&mut tx, "a-program")
        .await
        .unwrap();
    let program = program.unwrap();
    for secret in [&own, &personal] {
        let answer = oauth::revoke(&mut tx, &program, secret.reveal()).await;
        assert_eq!(answer.unwrap(), Ok(()));
    }
    tx.commit().await.unwrap();
    assert!(caller(&pool, &own).await.is_none());
    assert!(caller(&pool, &personal).await.is_some());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_revoked_token_is_stored_for_a_day(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = create(&pool, &seller, &["bids:read"]).await.unwrap();
    create(&pool, &seller, &["bids:read"]).await.unwrap();
    let token = caller(&pool, &secret).await.unwrap().token;
    revoke(&pool, &seller, token).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(token::end_expired(db).await.unwrap(), 0);
    change(
        &pool,
        "update access_token set revoked_at = revoked_at - interval '25 hours' where revoked_at is not null",
    )
    .await;
    assert_eq!(token::end_expired(db).await.unwrap(), 1);
    assert_eq!(token::personal(db, &seller).await.unwrap().len(), 1);
}

/// A token issued to a program, with the rows it references.
async fn programs_token(pool: &PgPool, owner: &Viewer) -> Secret {
    let secret = Secret::generate(SecretKind::AccessToken).unwrap();
    sqlx::query(
        "with client as (
             insert into oauth_client (client_id, account_id, name, redirect_uris, scopes)
             values ('a-program', $1, 'A program', '{}', '{bids:read}') returning id),
         granted as (
             insert into oauth_grant (account_id, client_id, scopes, expires_at)
             select $1, id, '{bids:read}', clock_timestamp() + interval '1 day' from client returning id, client_id)
         insert into access_token (hash, account_id, client_id, grant_id, scopes, expires_at)
         select sha256(convert_to($2, 'UTF8')), $1, client_id, id, '{bids:read}', clock_timestamp() + interval '1 hour'
         from granted",
    )
    .bind(owner.account.0)
    .bind(secret.reveal())
    .execute(pool)
    .await
    .unwrap();
    secret
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_programs_token_ends_with_its_grant(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = programs_token(&pool, &seller).await;
    assert_eq!(caller(&pool, &secret).await.unwrap().viewer, seller);
    change(
        &pool,
        "update oauth_grant set revoked_at = clock_timestamp()",
    )
    .await;
    assert!(caller(&pool, &secret).await.is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_programs_token_ends_with_the_program(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = programs_token(&pool, &seller).await;
    assert!(caller(&pool, &secret).await.is_some());
    change(
        &pool,
        "update oauth_client set deleted_at = clock_timestamp()",
    )
    .await;
    assert!(caller(&pool, &secret).await.is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_programs_token_is_not_among_the_personal_ones(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = programs_token(&pool, &seller).await;
    let token = caller(&pool, &secret).await.unwrap().token;
    let db = &mut *pool.acquire().await.unwrap();
    assert!(token::personal(db, &seller).await.unwrap().is_empty());
    let refused = revoke(&pool, &seller, token).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert!(caller(&pool, &secret).await.is_some());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_last_use_is_recorded_at_most_once_a_minute(pool: PgPool) {
    let seller = seller(&pool).await;
    let secret = create(&pool, &seller, &["bids:read"]).await.unwrap();
    let last_use = async || -> Option<OffsetDateTime> {
        let db = &mut *pool.acquire().await.unwrap();
        token::personal(db, &seller).await.unwrap()[0].last_used_at
    };
    assert_eq!(last_use().await, None);
    caller(&pool, &secret).await.unwrap();
    let first = last_use().await.unwrap();
    caller(&pool, &secret).await.unwrap();
    assert_eq!(last_use().await, Some(first));

    change(
        &pool,
        "update access_token set last_used_at = last_used_at - interval '61 seconds'",
    )
    .await;
    caller(&pool, &secret).await.unwrap();
    assert!(last_use().await.unwrap() >= first);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_at_most_fifty_tokens_even_with_concurrent_requests(pool: PgPool) {
    let seller = seller(&pool).await;
    for _ in 1..MAX_PERSONAL {
        create(&pool, &seller, &["bids:read"]).await.unwrap();
    }
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (pool, seller) = (pool.clone(), seller.clone());
        tries.spawn(async move { create(&pool, &seller, &["bids:read"]).await });
    }
    let (created, refused): (Vec<_>, Vec<_>) = tries
        .join_all()
        .await
        .into_iter()
        .partition(|created| created.is_ok());
    assert_eq!((created.len(), refused.len()), (1, 7));
    assert!(refused.iter().all(|refused| matches!(
        refused,
        Err(error) if matches!(error.refused(), Some(token::Refusal::TooManyTokens {
            most: MAX_PERSONAL
        }))
    )));

    // Another account has its own limit, and a revoked token makes room for a new one.
    let other = account(&pool, Role::Buyer, "Olga Other").await;
    create(&pool, &other, &["bids:read"]).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let newest = token::personal(db, &seller).await.unwrap()[0].id;
    revoke(&pool, &seller, newest).await.unwrap();
    create(&pool, &seller, &["bids:read"]).await.unwrap();
}
