//! Browsers that show their owner's notices.

mod ending;

use crate::{
    fixture::{add, claim, record, tell, test},
    support::{account, open_project, place, pool as pool_of, seller},
};
use guildhall::{
    Error, Result,
    account::{Browser, Role, Viewer},
    audit,
    device::{self, DeviceId},
    event::{EventKind, Position},
    notice::{self, NoticeChannel, NoticeKind, Preferences},
    session::{self, SessionContents, SessionOwner},
    store::MIGRATIONS,
    webhook::{
        self, MAX_BROWSERS, NewWebhook, Refusal, Webhook, WebhookFormat, WebhookId,
        delivery::WebhookOutcome,
    },
};
use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The receiver's keys in the example of RFC 8291, appendix A.
const KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// Somebody in a browser that has signed in.
struct Member {
    pool: PgPool,
    viewer: Viewer,
    browser: Browser,
}

/// What a browser subscribes with, at an address of its own.
fn browser_at(address: &str) -> NewWebhook {
    let endpoint = format!("https://push.example.com/{address}");
    let subscription = json!({ "endpoint": endpoint, "keys": { "p256dh": KEY, "auth": AUTH } });
    let networks = "".parse().unwrap();
    NewWebhook::browser("Firefox on Linux", &subscription.to_string(), &networks).unwrap()
}

impl Member {
    async fn new(pool: &PgPool, name: &str) -> Self {
        let viewer = account(pool, Role::Buyer, name).await;
        let browser = sign_in(pool, None, &viewer).await;
        Self {
            pool: pool.clone(),
            viewer,
            browser,
        }
    }

    /// The same person in another browser.
    async fn elsewhere(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            viewer: self.viewer.clone(),
            browser: sign_in(&self.pool, None, &self.viewer).await,
        }
    }

    async fn shows(&self, address: &str) -> Result<WebhookId> {
        let mut tx = self.pool.begin().await?;
        let new = browser_at(address);
        let added = webhook::add_browser(&mut tx, &self.viewer, &self.browser, &new);
        let id = added.await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Queues a message to the browser.
    async fn message(&self, id: WebhookId) {
        test(&self.pool, &self.viewer, id).await.unwrap();
    }

    async fn all(&self) -> Vec<Webhook> {
        let db = &mut *self.pool.acquire().await.unwrap();
        webhook::of_account(db, &self.viewer).await.unwrap()
    }

    /// The webhook of this browser.
    async fn here(&self) -> Option<WebhookId> {
        let db = &mut *self.pool.acquire().await.unwrap();
        let here = webhook::of_device(db, &self.viewer, self.browser.device).await;
        here.unwrap()
    }
}

/// Signs somebody in, with a session that names the device.
async fn sign_in(pool: &PgPool, present: Option<DeviceId>, viewer: &Viewer) -> Browser {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    let token = TOKENS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let epoch = sqlx::query_scalar("select session_epoch from account where id = $1")
        .bind(viewer.account.0)
        .fetch_one(pool)
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    let device = device::remember(&mut tx, present, viewer.account).await;
    let device = device.unwrap().id;
    let named = serde_json::to_value(device).unwrap();
    let contents = SessionContents {
        account: Some(SessionOwner {
            account: viewer.account,
            epoch,
        }),
        user_agent: "A browser",
        data: &Value::from_iter([(session::DEVICE, named)]),
        lasts: time::Duration::hours(1),
    };
    assert!(session::begin(&mut tx, &token, &contents).await.unwrap());
    let sessions = session::of_account(&mut tx, viewer.account, &token).await;
    tx.commit().await.unwrap();
    Browser {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        session: sessions.unwrap().1,
        device: Some(device),
    }
}

/// The kinds of what is claimed, each with the address it goes to.
async fn sent(pool: &PgPool) -> Vec<(NoticeKind, String)> {
    let claimed = claim(pool, 10).await.into_iter();
    let sent = claimed.map(|delivery| {
        assert_eq!(
            delivery.keys.is_some(),
            delivery.format == WebhookFormat::Push
        );
        (delivery.notice.kind, delivery.url.url().path().to_owned())
    });
    sent.collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_also_shows_what_concerns_security(pool: PgPool) {
    let ann = Member::new(&pool, "Ann").await;
    let first = ann.shows("1").await.unwrap();
    // The first message shows that they arrive.
    let shown = claim(&pool, 10).await.remove(0);
    assert_eq!(shown.notice.kind, NoticeKind::PushAdded);
    assert_eq!((shown.claim.webhook, shown.keys.is_some()), (first, true));
    assert!(record(&pool, &shown, WebhookOutcome::Accepted).await);
    // A team's chat learns nothing of what is added next; the browser does.
    add(&pool, &ann.viewer, "Team", "slack").await.unwrap();
    add(&pool, &ann.viewer, "Ops", "standard").await.unwrap();
    assert_eq!(
        sent(&pool).await,
        [(NoticeKind::WebhookAdded, "/1".to_owned())]
    );

    let db = &mut *pool.acquire().await.unwrap();
    let channels = webhook::channels(db, ann.viewer.account).await.unwrap();
    let all = [
        NoticeChannel::Push,
        NoticeChannel::Webhook,
        NoticeChannel::Chat,
    ];
    assert_eq!(channels, all);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_heeds_the_preferences_of_its_own_channel(pool: PgPool) {
    let viewer = seller(&pool).await;
    let sam = Member {
        pool: pool.clone(),
        browser: sign_in(&pool, None, &viewer).await,
        viewer,
    };
    let ann = account(&pool, Role::Buyer, "Ann").await;
    sam.shows("sam").await.unwrap();
    let added = claim(&pool, 1).await.remove(0);
    record(&pool, &added, WebhookOutcome::Accepted).await;
    let mut at = Position::default();
    for (channel, to) in [
        (NoticeChannel::Push, vec![]),
        (NoticeChannel::Chat, vec!["/sam"]),
    ] {
        let off = NoticeKind::ALL.iter().map(|kind| (*kind, channel));
        let mut tx = pool.begin().await.unwrap();
        notice::set_preferences(&mut tx, sam.viewer.account, &Preferences::without(off))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let project = open_project(&pool, &sam.viewer, Duration::from_secs(7200)).await;
        place(&pool, &ann, project, 90_000).await.unwrap();
        tell(&pool, &mut at).await;
        let sent = sent(&pool).await;
        let paths: Vec<&str> = sent.iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(paths, to, "{channel:?} is off");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_browser_has_one_webhook_however_often_and_for_whomever_it_subscribes(
    _options: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool_of(connect, 8).await;
    let ann = Member::new(&pool, "Ann").await;
    let (first, again) = tokio::join!(ann.shows("1"), ann.shows("1"));
    let first = first.unwrap();
    assert_eq!(again.unwrap(), first, "pressed twice");
    let told = "select count(*) from notice where kind = 'account.push_added'";
    let told: i64 = sqlx::query_scalar(told).fetch_one(&pool).await.unwrap();
    assert_eq!(told, 1);
    let second = ann.shows("2").await.unwrap();
    assert_ne!(second, first);
    assert_eq!(
        ann.all().await.len(),
        1,
        "a new address replaces the old one"
    );

    // Bob borrows the browser, whose cookies Ann has deleted.
    let bob = Member::new(&pool, "Bob").await;
    let bobs = bob.shows("2").await.unwrap();
    assert_eq!(ann.all().await, []);
    assert_eq!(ann.here().await, None);
    assert_eq!(bob.here().await, Some(bobs));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn ten_browsers_show_the_notices_of_an_account_at_most(pool: PgPool) {
    let ann = Member::new(&pool, "Ann").await;
    for n in 1..MAX_BROWSERS {
        let other = ann.elsewhere().await;
        other.shows(&format!("other-{n}")).await.unwrap();
    }
    ann.shows("ann").await.unwrap();
    // A browser that is counted already may subscribe anew, and webhooks have a limit of their own.
    ann.shows("ann-again").await.unwrap();
    add(&pool, &ann.viewer, "Ops", "standard").await.unwrap();
    let last = ann.elsewhere().await;
    let refused = last.shows("last").await.unwrap_err();
    let full = Refusal::TooManyBrowsers { most: MAX_BROWSERS };
    assert_eq!(refused.refused(), Some(&full));
    let mut tx = pool.begin().await.unwrap();
    let own = ann.here().await.unwrap();
    webhook::remove(&mut tx, &ann.viewer, own).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ann.here().await, None);
    last.shows("last").await.unwrap();
    let recorded: Vec<String> = sqlx::query_scalar(
        "select kind from outbox where body = jsonb_build_object('webhook', $1::bigint) order by id",
    )
    .bind(own.0)
    .fetch_all(&pool)
    .await
    .unwrap();
    let kinds = [EventKind::PushAdded, EventKind::PushRemoved];
    assert_eq!(recorded, kinds.map(EventKind::name));
    assert!(kinds.iter().all(|kind| audit::EVENTS.contains(kind)));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_a_browser_that_a_sign_out_reaches_shows_notices(pool: PgPool) {
    let ann = Member::new(&pool, "Ann").await;
    let try_in = async |browser: Browser| {
        let mut tx = pool.begin().await.unwrap();
        webhook::add_browser(&mut tx, &ann.viewer, &browser, &browser_at("1")).await
    };
    let ended = Browser {
        session: None,
        ..ann.browser
    };
    let refused = try_in(ended).await.unwrap_err();
    assert!(matches!(refused, Error::SignInRequired), "{refused}");
    // Ending the session would not reach a browser without a device, of another account, or of another session.
    let bob = Member::new(&pool, "Bob").await;
    let other = ann.elsewhere().await;
    for device in [None, bob.browser.device, other.browser.device] {
        let unknown = Browser {
            device,
            ..ann.browser
        };
        let refused = try_in(unknown).await.unwrap_err();
        assert_eq!(refused.refused(), Some(&Refusal::UnknownBrowser));
    }
}

#[test]
fn what_is_no_address_of_a_browser_is_refused() {
    let networks = "".parse().unwrap();
    let add = |name: &str, subscription: &str| {
        NewWebhook::browser(name, subscription, &networks).unwrap_err()
    };
    for endpoint in [
        "http://push.example.com/1",
        "https://127.0.0.1/",
        "push",
        "",
    ] {
        let subscription = json!({ "endpoint": endpoint, "keys": { "p256dh": KEY, "auth": AUTH } });
        let refused = add("Firefox", &subscription.to_string());
        assert_eq!(refused.refused(), Some(&Refusal::NoEndpoint), "{endpoint}");
    }
    assert_eq!(
        add("Firefox", "").refused(),
        Some(&Refusal::NoEndpoint),
        "a form without an answer"
    );
    assert!(matches!(add(" ", ""), Error::Invalid(_)));
    // Nobody chooses the format in the form of webhooks.
    let typed = NewWebhook::parse("Firefox", "push", "https://push.example.com/1", &networks);
    assert!(matches!(typed, Err(Error::Invalid(_))));
}
