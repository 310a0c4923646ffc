//! What a browser shows ends when it is signed out, in whatever way, and only then.

use super::{Member, browser, sent, sign_in};
use crate::support::account;
use guildhall::{
    Error,
    account::{self, Role, Viewer},
    device,
    session::{self, SessionContents, SessionOwner},
    store::{MIGRATIONS, Tx},
    webhook::{self, WebhookId},
};
use serde_json::Value;
use sqlx::PgPool;
use time::Duration;

/// One of the ways to sign a browser out.
#[derive(Debug, Clone, Copy)]
enum Ending {
    SignOut,
    EndedSession,
    SignOutElsewhere,
    /// Somebody signs in there for the first time.
    Stranger,
    /// Somebody signs in there who did so before.
    Acquaintance,
    TooManyFailures,
    Oblivion,
}

impl Ending {
    const ALL: [Self; 7] = [
        Self::SignOut,
        Self::EndedSession,
        Self::SignOutElsewhere,
        Self::Stranger,
        Self::Acquaintance,
        Self::TooManyFailures,
        Self::Oblivion,
    ];

    async fn happen(self, ann: &Member, bob: &Viewer) {
        let Member {
            pool,
            viewer,
            device,
        } = ann;
        match self {
            Self::SignOut => {
                let db = &mut *pool.acquire().await.unwrap();
                device::end_push(db, *device, None).await.unwrap();
            }
            Self::EndedSession => end_session(ann).await,
            Self::SignOutElsewhere => {
                let mut tx = pool.begin().await.unwrap();
                account::end_others(&mut tx, viewer.account, Some(&browser(None)))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
            Self::Stranger | Self::Acquaintance => {
                sign_in(pool, Some(*device), bob).await;
            }
            Self::TooManyFailures => {
                run(pool, "update device set failures = 10").await;
                sign_in(pool, Some(*device), viewer).await;
            }
            Self::Oblivion => run(pool, "update device set expires_at = clock_timestamp()").await,
        }
    }
}

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::query(sql).execute(pool).await.unwrap();
}

/// The owner ends a session of this browser elsewhere.
async fn end_session(ann: &Member) {
    let device = serde_json::to_value(ann.device).unwrap();
    let contents = SessionContents {
        account: Some(SessionOwner {
            account: ann.viewer.account,
            epoch: 0,
        }),
        user_agent: "A browser",
        data: &Value::from_iter([(session::DEVICE, device)]),
        lasts: Duration::hours(1),
    };
    let mut tx: Tx<'_> = ann.pool.begin().await.unwrap();
    assert!(session::begin(&mut tx, b"token", &contents).await.unwrap());
    let sessions = session::of_account(&mut tx, ann.viewer.account, b"token").await;
    let (_, current) = sessions.unwrap();
    session::end(&mut tx, ann.viewer.account, current.unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whatever_signs_a_browser_out_ends_what_it_shows(pool: PgPool) {
    let bob = account(&pool, Role::Buyer, "Bob").await;
    for (n, ending) in Ending::ALL.into_iter().enumerate() {
        let mut ann = Member::new(&pool, &format!("Ann {n}")).await;
        if matches!(ending, Ending::Acquaintance) {
            ann.device = sign_in(&pool, Some(ann.device), &bob).await;
        }
        let id = ann.shows("ann").await.unwrap();
        ann.message(id).await;
        assert_eq!(ann.here().await, Some(id));

        ending.happen(&ann, &bob).await;
        assert_eq!(sent(&pool).await, [], "{ending:?}: what waited");
        assert_eq!(ann.all().await, [], "{ending:?}");
        let mut tx = pool.begin().await.unwrap();
        let late = webhook::send_test(&mut tx, &ann.viewer, id).await;
        assert!(matches!(late, Err(Error::NotFound)), "{ending:?}");
        tx.rollback().await.unwrap();
        let db = &mut *pool.acquire().await.unwrap();
        webhook::forget_lost(db).await.unwrap();
        let left: i64 = sqlx::query_scalar("select count(*) from webhook")
            .fetch_one(&mut *db)
            .await
            .unwrap();
        assert_eq!(left, 0, "{ending:?}: it is deleted with what waits");
        run(&pool, "update device set failures = 0").await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_signs_nobody_out_ends_nothing(pool: PgPool) {
    let ann = Member::new(&pool, "Ann").await;
    let other = ann.elsewhere().await;
    let (id, elsewhere) = (
        ann.shows("1").await.unwrap(),
        other.shows("2").await.unwrap(),
    );
    // A session that expires, another sign-in by the owner, and a sign-out in the other browser.
    run(&pool, "delete from session").await;
    assert_eq!(
        sign_in(&pool, Some(ann.device), &ann.viewer).await,
        ann.device
    );
    let mut tx = pool.begin().await.unwrap();
    account::end_others(
        &mut tx,
        ann.viewer.account,
        Some(&browser(Some(ann.device))),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    webhook::forget_lost(db).await.unwrap();
    let left: Vec<WebhookId> = ann.all().await.iter().map(|webhook| webhook.id).collect();
    assert_eq!(left, [id], "and not {elsewhere:?}");
}
