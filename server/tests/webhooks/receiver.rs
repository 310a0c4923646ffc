//! Receivers on this machine, and a worker that may reach them.

use guildhall::{
    account::{AccountId, Role, Viewer},
    webhook::{self, Attempt, NewWebhook, Webhook, WebhookId, WebhookSecret, WebhookSecrets},
};
use server::{
    config::WebhookConfig,
    worker::{Lookup, WebhookClient, WebhookSender, system_lookup},
};
use sqlx::PgPool;
use std::{future::pending, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, UnboundedReceiver},
    time::sleep,
};

pub const BASE_URL: &str = "https://guildhall.example";

/// A receiver that always answers in the same way, over http.
pub struct Receiver {
    pub url: String,
    requests: UnboundedReceiver<Vec<u8>>,
}

impl Receiver {
    /// Sends these bytes to whoever asks, and closes the connection. Without any, it never answers.
    pub async fn start(answer: &'static str) -> Self {
        Self::answering(Duration::ZERO, answer, answer.is_empty()).await
    }

    /// Sends these bytes only after this time, and then keeps the connection open.
    pub async fn start_slow(delay: Duration, answer: &'static str) -> Self {
        Self::answering(delay, answer, true).await
    }

    async fn answering(delay: Duration, answer: &'static str, stays_open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move {
                    let request = read(&mut stream).await;
                    let _ = sender.send(request);
                    sleep(delay).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if stays_open {
                        pending::<()>().await;
                    }
                });
            }
        });
        Self { url, requests }
    }

    /// The requests so far, each with its head and body.
    pub fn requests(&mut self) -> Vec<String> {
        let requests = self.raw_requests().into_iter();
        requests
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    /// The requests so far, with bodies that may be no text.
    pub fn raw_requests(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.requests.try_recv().ok()).collect()
    }
}

async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap_or(0);
        read.extend_from_slice(&part[..count]);
        let is_whole = split(&read).is_some_and(|(head, body)| {
            let length =
                header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
            body.len() >= length
        });
        if is_whole || count == 0 {
            return read;
        }
    }
}

/// The head of a request, and what there is of its body.
pub fn split(request: &[u8]) -> Option<(String, &[u8])> {
    let end = request.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    Some((head, &request[end + 4..]))
}

/// The value of a header in a request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The settings of an operator whose own network is this machine.
pub fn own_network() -> WebhookConfig {
    WebhookConfig {
        webhook_networks: "127.0.0.0/8".parse().unwrap(),
        webhook_ca: None,
    }
}

/// An account with a webhook, and the worker.
pub struct Scene {
    pub pool: PgPool,
    pub viewer: Viewer,
    pub webhook: WebhookId,
    sender: WebhookSender,
}

impl Scene {
    pub async fn new(pool: &PgPool, url: &str, format: &str) -> Self {
        Self::with(pool, url, format, &own_network(), &system_lookup()).await
    }

    pub async fn with(
        pool: &PgPool,
        url: &str,
        format: &str,
        config: &WebhookConfig,
        lookup: &Lookup,
    ) -> Self {
        // A test may have several scenes, one after the other.
        for clear in [
            "delete from webhook",
            "update account set email = email || '.old'",
        ] {
            sqlx::query(clear).execute(pool).await.unwrap();
        }
        let account: i64 = sqlx::query_scalar(
            "insert into account (email, name, role) values ('sam@example.com', 'Sam', 'seller') returning id",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        let viewer = Viewer {
            account: AccountId(account),
            role: Role::Seller,
            name: "Sam".to_owned(),
            has_confirmed_email: true,
        };
        // A network that allows everything: what the worker refuses is tested, not the form.
        let everything = "0.0.0.0/0,::/0".parse().unwrap();
        let new = NewWebhook::parse("Ops", format, url, &everything).unwrap();
        let mut tx = pool.begin().await.unwrap();
        let webhook = webhook::add(&mut tx, &viewer, &new).await.unwrap();
        tx.commit().await.unwrap();
        let client = WebhookClient::with_lookup(config, BASE_URL, lookup).unwrap();
        Self {
            pool: pool.clone(),
            viewer,
            webhook,
            sender: WebhookSender::new(pool.clone(), client),
        }
    }

    /// Queues a test message.
    pub async fn push(&self) {
        let mut tx = self.pool.begin().await.unwrap();
        webhook::send_test(&mut tx, &self.viewer, self.webhook)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Posts what is due; returns how many messages that were.
    pub async fn pass(&self) -> usize {
        self.sender.pass().await.unwrap()
    }

    /// Queues and posts a test message, and returns what the log says of it.
    pub async fn post(&self) -> Attempt {
        self.push().await;
        assert_eq!(self.pass().await, 1);
        self.log().await.remove(0)
    }

    /// The newest attempt first.
    pub async fn log(&self) -> Vec<Attempt> {
        let db = &mut *self.pool.acquire().await.unwrap();
        webhook::attempts(db, &self.viewer, self.webhook)
            .await
            .unwrap()
    }

    pub async fn state(&self) -> Webhook {
        let db = &mut *self.pool.acquire().await.unwrap();
        webhook::find(db, &self.viewer, self.webhook).await.unwrap()
    }

    /// How long after the last attempt the next one is due, in seconds.
    pub async fn wait(&self) -> f64 {
        sqlx::query_scalar(
            "select extract(epoch from w.next_try_at - a.tried_at)::float8
             from webhook w join webhook_attempt a on a.webhook_id = w.id order by a.id desc limit 1",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    pub async fn secret(&self, generation: i32) -> WebhookSecret {
        let secrets = WebhookSecrets::default();
        secrets
            .of(&self.pool, self.webhook, generation)
            .await
            .unwrap()
    }
}
