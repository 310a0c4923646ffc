//! The requests to webhooks. A user who enters an address must not be able to reach private networks, to occupy a worker,
//! or to read more than the beginning of the answer.

use super::{
    body::body,
    push,
    resolver::{CheckedResolver, Lookup, NotPublic, system_lookup},
    retry_after::retry_after,
};
use crate::config::WebhookConfig;
use anyhow::{Context, anyhow};
use guildhall::{
    Result, notice,
    webhook::{
        Networks, PushSigner, WebhookFormat, WebhookSecrets,
        delivery::{WebhookAnswer, WebhookDelivery, WebhookOutcome},
    },
};
use reqwest::{
    Certificate, Client, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
    redirect, retry,
};
use sqlx::PgPool;
use std::{
    error::Error as StdError,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;

const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take, with its answer.
const REQUEST: Duration = Duration::from_secs(15);
/// How long an attempt may take, with what comes before its request.
const ATTEMPT_BOUND: Duration = Duration::from_secs(17);
/// How long the rest of an answer is read after its status has arrived.
const READING: Duration = Duration::from_secs(2);
/// How much of an answer is read. The rest is of no interest.
const READ_BYTES: usize = 16 * 1024;
/// How much of an answer its owner sees, in characters.
const SHOWN: usize = 1000;

/// Posts messages. Cloning it only increments counts.
#[derive(Clone)]
pub struct WebhookClient {
    /// For addresses on the internet.
    public: Client,
    /// For addresses that only the operator's networks may have, such as those of http.
    internal: Client,
    networks: Arc<Networks>,
    /// The site's address, without a trailing slash.
    base_url: Arc<str>,
    secrets: Arc<WebhookSecrets>,
    signer: Arc<PushSigner>,
}

impl WebhookClient {
    /// # Errors
    /// A sentence on what is wrong with the configuration.
    pub fn new(config: &WebhookConfig, base_url: &str) -> anyhow::Result<Self> {
        Self::with_lookup(config, base_url, &system_lookup())
    }

    /// A client that looks names up in this way.
    ///
    /// # Errors
    /// A sentence on what is wrong with the configuration.
    pub fn with_lookup(
        config: &WebhookConfig,
        base_url: &str,
        lookup: &Lookup,
    ) -> anyhow::Result<Self> {
        // Succeeds once per process; later calls change nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let networks = Arc::new(config.webhook_networks.clone());
        let authorities = authorities(config)?;
        let client = |is_internal| {
            let resolver =
                CheckedResolver::new(Arc::clone(lookup), Arc::clone(&networks), is_internal);
            build(resolver, &authorities)
        };
        Ok(Self {
            public: client(false)?,
            internal: client(true)?,
            base_url: base_url.into(),
            secrets: Arc::default(),
            signer: Arc::default(),
            networks,
        })
    }

    /// Posts a message, and reports what the receiver answered.
    pub(super) async fn post(&self, pool: &PgPool, delivery: &WebhookDelivery) -> WebhookAnswer {
        let started = Instant::now();
        let tried = timeout(ATTEMPT_BOUND, self.exchange(pool, delivery, started)).await;
        let mut answer = match tried {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => failed(error),
            Err(_) => failed(format!(
                "The attempt was given up after {} s.",
                ATTEMPT_BOUND.as_secs()
            )),
        };
        answer.took = started.elapsed();
        answer
    }

    async fn exchange(
        &self,
        pool: &PgPool,
        delivery: &WebhookDelivery,
        started: Instant,
    ) -> Result<WebhookAnswer, String> {
        if delivery.keys.is_some() && push::is_overdue(delivery) {
            let text = "The deadline has passed, so it was not sent.".to_owned();
            return Ok(WebhookAnswer {
                text,
                ..WebhookAnswer::default()
            });
        }
        // A resolver is not asked for a host that is an address.
        let literal = delivery.url.literal();
        if literal.is_some_and(|address| !delivery.url.may_reach(address, &self.networks)) {
            return Err(NotPublic.to_string());
        }
        let client = match delivery.url.is_internal() {
            true => &self.internal,
            false => &self.public,
        };
        let request = self.request(client, pool, delivery).await?;
        let mut response = client.execute(request).await.map_err(|error| why(&error))?;
        let text = beginning(&mut response).await;
        let (status, now) = (response.status(), delivery.at + started.elapsed());
        // A push service may also say so by 404 (RFC 8030, section 7.3).
        let is_gone = status == StatusCode::GONE
            || (status == StatusCode::NOT_FOUND && delivery.keys.is_some());
        let (outcome, error) = match status {
            _ if status.is_success() => (WebhookOutcome::Accepted, None),
            _ if is_gone => (WebhookOutcome::Gone, Some(format!("It answered {status}."))),
            _ if status.is_redirection() => (
                WebhookOutcome::Failed { retry_after: None },
                Some(format!("It answered {status}. Redirects are not followed.")),
            ),
            _ => (
                WebhookOutcome::Failed {
                    retry_after: retry_after(response.headers(), now),
                },
                Some(format!("It answered {status}.")),
            ),
        };
        Ok(WebhookAnswer {
            outcome,
            status: Some(status.as_u16()),
            took: Duration::ZERO,
            error,
            text,
        })
    }

    async fn request(
        &self,
        client: &Client,
        pool: &PgPool,
        delivery: &WebhookDelivery,
    ) -> Result<Request, String> {
        let is_quiet = is_quiet(pool, delivery).await;
        let is_quiet = is_quiet.map_err(|error| error.to_string())?;
        let body = body(
            delivery.format,
            delivery.id,
            &delivery.notice,
            &self.base_url,
            is_quiet,
        )
        .map_err(|error| error.to_string())?;
        if let Some(keys) = &delivery.keys {
            let site = self.signer.key_pair(pool).await;
            let site = site.map_err(|error| error.to_string())?;
            let request = push::request(client, delivery, body, keys, &site, &self.base_url)
                .map_err(|error| error.to_string())?;
            return request.build().map_err(|error| why(&error));
        }
        let mut request = client
            .post(delivery.url.url().clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if delivery.format == WebhookFormat::Standard {
            let mut signatures = Vec::new();
            for generation in &delivery.generations {
                let secret = self
                    .secrets
                    .of(pool, delivery.claim.webhook, *generation)
                    .await;
                let secret = secret.map_err(|error| error.to_string())?;
                signatures.push(secret.sign(delivery.id, delivery.at, &body));
            }
            request = request
                .header("webhook-id", delivery.id.to_string())
                .header("webhook-timestamp", delivery.at.unix_timestamp())
                .header("webhook-signature", signatures.join(" "));
        }
        request.body(body).build().map_err(|error| why(&error))
    }
}

/// True if the receiver is a browser and its owner has quiet hours now. Other webhooks have none: machines don't sleep.
async fn is_quiet(pool: &PgPool, delivery: &WebhookDelivery) -> Result<bool> {
    if delivery.keys.is_none() {
        return Ok(false);
    }
    let db = &mut *pool.acquire().await?;
    let schedule = notice::schedule(db, delivery.claim.account).await?;
    Ok(schedule.is_some_and(|schedule| schedule.is_quiet(delivery.at)))
}

fn build(resolver: CheckedResolver, authorities: &[Certificate]) -> anyhow::Result<Client> {
    let client = Client::builder()
        .user_agent("Guildhall-Webhooks")
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        // Each request connects anew, to addresses that were just checked.
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(resolver));
    let trusting = authorities.iter().cloned();
    let client = trusting.fold(client, |client, one| client.add_root_certificate(one));
    client
        .build()
        .context("cannot build the client for webhooks")
}

fn authorities(config: &WebhookConfig) -> anyhow::Result<Vec<Certificate>> {
    let Some(file) = &config.webhook_ca else {
        return Ok(Vec::new());
    };
    let path = file.display();
    let pem =
        fs::read(file).with_context(|| format!("cannot read GUILDHALL_WEBHOOK_CA, {path}"))?;
    let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if found.is_empty() {
        return Err(anyhow!(
            "GUILDHALL_WEBHOOK_CA, {path}, has no certificate in PEM format"
        ));
    }
    Ok(found)
}

pub(super) fn failed(error: String) -> WebhookAnswer {
    WebhookAnswer {
        outcome: WebhookOutcome::Failed { retry_after: None },
        error: Some(error),
        ..WebhookAnswer::default()
    }
}

/// How an answer begins, without characters that would disturb a page. The status has decided already, so an answer that
/// stops in the middle, or does not end, changes nothing.
async fn beginning(response: &mut Response) -> String {
    let mut read = Vec::new();
    let reading = async {
        while read.len() < READ_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            read.extend_from_slice(&chunk);
        }
    };
    let _ = timeout(READING, reading).await;
    read.truncate(READ_BYTES);
    let text = String::from_utf8_lossy(&read);
    let text = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    text.filter(|c| !is_hidden(*c)).take(SHOWN).collect()
}

/// True for control characters, also those that turn the direction of text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Why a request failed, in a sentence. The address is left out, because it may be a secret.
fn why(error: &reqwest::Error) -> String {
    let mut cause = None;
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(refused) = source.downcast_ref::<NotPublic>() {
            return refused.to_string();
        }
        cause = Some(source);
        next = source.source();
    }
    if error.is_connect() && error.is_timeout() {
        return format!("No connection was possible within {} s.", CONNECT.as_secs());
    }
    if error.is_timeout() {
        return format!("It did not answer within {} s.", REQUEST.as_secs());
    }
    let what = if error.is_connect() {
        "No connection was possible"
    } else {
        "The request failed"
    };
    match cause {
        None => format!("{what}."),
        Some(cause) => format!("{what}: {cause}."),
    }
}
