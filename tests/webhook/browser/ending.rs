//! What a browser shows ends when it is signed out, in whatever way, and only then.

use super::{Member, sent, sign_in};
use crate::support::{account, pool as pool_of};
use guildhall::{
    Error,
    account::{self, Role, Viewer},
    device, session,
    store::{MIGRATIONS, Tx},
    webhook::{self, WebhookId, WebhookState},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

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
    Expiry,
}

impl Ending {
    const ALL: [Self; 7] = [
        Self::SignOut,
        Self::EndedSession,
        Self::SignOutElsewhere,
        Self::Stranger,
        Self::Acquaintance,
        Self::TooManyFailures,
        Self::Expiry,
    ];

    async fn happen(self, ann: &Member, bob: &Viewer) {
        let Member {
            pool,
            viewer,
            browser,
        } = ann;
        let device = browser.device.unwrap();
        match self {
            Self::SignOut => {
                let db = &mut *pool.acquire().await.unwrap();
                device::end_push(db, device, None).await.unwrap();
            }
            Self::EndedSession => end_session(ann).await,
            Self::SignOutElsewhere => {
                let mut tx = pool.begin().await.unwrap();
                account::end_others(&mut tx, viewer.account, None)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
            Self::Stranger | Self::Acquaintance => {
                sign_in(pool, Some(device), bob).await;
            }
            Self::TooManyFailures => {
                run(pool, "update device set failures = 10").await;
                sign_in(pool, Some(device), viewer).await;
            }
            Self::Expiry => run(pool, "update device set expires_at = clock_timestamp()").await,
        }
    }
}

async fn run(pool: &PgPool, sql: &'static str) {
    sqlx::query(sql).execute(pool).await.unwrap();
}

/// The owner ends the session of this browser from another one.
async fn end_session(ann: &Member) {
    let mut tx: Tx<'_> = ann.pool.begin().await.unwrap();
    session::end(&mut tx, ann.viewer.account, ann.browser.session.unwrap())
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
            let device = sign_in(&pool, ann.browser.device, &bob).await.device;
            ann.browser = sign_in(&pool, device, &ann.viewer).await;
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
async fn what_leaves_a_browser_signed_in_leaves_what_it_shows(pool: PgPool) {
    let ann = Member::new(&pool, "Ann").await;
    let other = ann.elsewhere().await;
    let (id, elsewhere) = (
        ann.shows("1").await.unwrap(),
        other.shows("2").await.unwrap(),
    );
    // A session that expires, another sign-in by the owner, and “Sign out everywhere else” here, which ends the other one.
    run(&pool, "delete from session").await;
    let again = sign_in(&pool, ann.browser.device, &ann.viewer).await;
    assert_eq!(again.device, ann.browser.device);
    let mut tx = pool.begin().await.unwrap();
    account::end_others(&mut tx, ann.viewer.account, Some(&again))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // Whoever ends apps with a new password keeps this browser.
    let mut tx = pool.begin().await.unwrap();
    webhook::turn_all_off(&mut tx, &ann.viewer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ann.all().await[0].state, WebhookState::On);
    let db = &mut *pool.acquire().await.unwrap();
    webhook::forget_lost(db).await.unwrap();
    let left: Vec<WebhookId> = ann.all().await.iter().map(|webhook| webhook.id).collect();
    assert_eq!(left, [id], "and not {elsewhere:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_is_ended_meanwhile_leaves_nothing_shown(
    _options: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool_of(connect, 8).await;
    for n in 0..10 {
        let ann = Member::new(&pool, &format!("Ann {n}")).await;
        let (added, ()) = tokio::join!(ann.shows("ann"), end_session(&ann));
        if let Err(refused) = added {
            assert!(matches!(refused, Error::SignInRequired), "{refused}");
        }
        assert_eq!(ann.all().await, []);
    }
}
