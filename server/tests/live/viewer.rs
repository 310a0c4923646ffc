//! An open page, represented by a program that reads its stream.

use crate::support::{Client, site};
use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use http_body_util::BodyExt;
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::timeout;
use tower::ServiceExt;

/// A time limit that only a failing test reaches.
pub const BOUND: Duration = Duration::from_secs(30);

/// The heartbeat of a stream without updates.
pub const BEAT: &str = "event: beat\ndata: {}";

/// Sent when the state may be stale.
pub const LOST: &str = "event: lost\ndata: {}";

/// An open page.
pub struct OpenPage {
    pub response: Response<Body>,
    /// Text received but not parsed yet.
    text: String,
    /// The id of the last event that had one.
    pub last: String,
    /// The number of complete events received.
    pub events: usize,
}

impl OpenPage {
    pub async fn of(site: &Router, path: &str, last: &str) -> Self {
        Self::open_with(site, path, &[("last-event-id", last)]).await
    }

    pub async fn open_with(site: &Router, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(format!("{path}/live")).header("host", "guildhall.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        Self {
            response: site.clone().oneshot(request).await.unwrap(),
            text: String::new(),
            last: String::new(),
            events: 0,
        }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The stream's next part, up to an empty line; `None` when the stream has ended.
    pub async fn part(&mut self) -> Option<String> {
        timeout(BOUND, async {
            loop {
                if let Some((part, rest)) = self.text.split_once("\n\n") {
                    let part = part.to_owned();
                    self.text = rest.to_owned();
                    return Some(part);
                }
                let frame = self.response.body_mut().frame().await?.unwrap();
                let data = frame.into_data().unwrap();
                self.text.push_str(std::str::from_utf8(&data).unwrap());
            }
        })
        .await
        .expect("an event arrives or the stream ends")
    }

    /// The data of the next project event. Heartbeats, the clock and the reconnection delay are skipped.
    pub async fn event(&mut self) -> Option<serde_json::Value> {
        let next = timeout(BOUND, self.next_event()).await;
        next.expect("an event arrives or the stream ends")
    }

    async fn next_event(&mut self) -> Option<serde_json::Value> {
        loop {
            let part = self.part().await?;
            if !part.contains("event: project") {
                let is_known = [BEAT, LOST].contains(&&*part) || part.starts_with("retry: ");
                assert!(is_known || !part.contains("event:"), "{part}");
                continue;
            }
            self.events += 1;
            for line in part.lines() {
                if let Some(id) = line.strip_prefix("id: ") {
                    self.last = id.to_owned();
                }
            }
            let (_, data) = part.split_once("data: ").unwrap();
            return Some(serde_json::from_str(data).unwrap());
        }
    }

    /// Reads until the lowest bid is `minor`; returns that event.
    pub async fn until_lowest(&mut self, minor: i64) -> serde_json::Value {
        loop {
            let event = self.event().await.expect("the stream continues");
            if event["lowest_minor"] == minor {
                return event;
            }
        }
    }

    pub async fn until_state(&mut self, state: &str) -> serde_json::Value {
        loop {
            let event = self.event().await.expect("the stream continues");
            if event["state"] == state {
                return event;
            }
        }
    }
}

pub fn project_id(path: &str) -> i64 {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// A seller, two buyers, and the path of a project that stays open for an hour.
pub async fn scene(pool: &PgPool) -> (Router, Client, Client, Client, String) {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let other = Client::member(&site, "buyer", "otto@example.com").await;
    let path = seller.publish(pool, "A new shop window", 3600).await;
    (site, seller, buyer, other, path)
}

/// Bea bids without loading the page.
pub async fn bid_directly(pool: &PgPool, path: &str, minor: i64) {
    let mut tx = pool.begin().await.unwrap();
    bid_within(&mut tx, path, minor).await;
    tx.commit().await.unwrap();
}

/// Bea bids in a transaction that may stay open.
pub async fn bid_within(tx: &mut guildhall::store::Tx<'_>, path: &str, minor: i64) {
    let bea = guildhall::account::Viewer {
        account: guildhall::account::AccountId(2),
        role: guildhall::account::Role::Buyer,
        name: String::new(),
        has_confirmed_email: true,
    };
    let amount = guildhall::money::Money::from_minor(minor, guildhall::money::Currency::Eur);
    let id = guildhall::project::ProjectId(project_id(path));
    guildhall::bid::place_within(tx, &bea, id, amount)
        .await
        .unwrap();
}
