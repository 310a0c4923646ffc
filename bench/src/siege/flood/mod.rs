//! A flood: hostile clients on loopback, in a separate process so that they can have a lower priority than what is
//! measured. They are limited in number, requests and time, and stop by themselves.

mod connections;
mod random;
mod requests;

use super::{
    address::{self, ClientRole},
    client::SiegeClient,
};
use crate::config::FloodConfig;
use anyhow::Context;
use clap::ValueEnum;
use random::Random;
use requests::Requests;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io::Write, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

/// How long a flooder waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a request without an answer, so that refused connections do not become a busy loop.
const PAUSE: Duration = Duration::from_millis(50);
/// The delay between starting two flooders of connections: 1,800 start within a second. Starting all at once would only
/// test the kernel's queue of new connections.
const RAMP: Duration = Duration::from_micros(500);
/// Maximum number of requests that one flooder sends.
const MAX_REQUESTS: u64 = 100_000;

/// The kind of flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FloodKind {
    SignUps,
    WrongPasswords,
    Pages,
    Api,
    Forms,
    Publishing,
    OauthEndpoints,
    HeldConnections,
    SlowRequests,
}

impl FloodKind {
    /// The name in the report.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::SignUps => "sign-ups",
            Self::WrongPasswords => "wrong passwords",
            Self::Pages => "pages",
            Self::Api => "API",
            Self::Forms => "previews and drafts",
            Self::Publishing => "publishing",
            Self::OauthEndpoints => "OAuth endpoints",
            Self::HeldConnections => "held connections",
            Self::SlowRequests => "slow requests",
        }
    }

    /// True for floods of connections, which attack the limit on open files.
    #[must_use]
    pub const fn is_of_connections(self) -> bool {
        matches!(self, Self::HeldConnections | Self::SlowRequests)
    }

    /// The number of concurrent hostile clients.
    #[must_use]
    pub const fn clients(self, addresses: u16) -> u16 {
        match self {
            // More than the server's limit on open files, which the scenario sets to 1,500.
            Self::HeldConnections | Self::SlowRequests => 1_800,
            _ if addresses == 1 => 30,
            _ => addresses,
        }
    }
}

/// What a flood knows about the server it attacks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Material {
    /// Published projects; the first one is the auction.
    pub projects: Vec<i64>,
    /// E-mail addresses of accounts.
    pub emails: Vec<String>,
    /// `Cookie` headers of sellers who are signed in.
    pub sessions: Vec<String>,
    /// Sellers' access tokens.
    pub tokens: Vec<String>,
    /// A deadline for projects, in Unix seconds.
    pub deadline: i64,
}

/// The result of a flood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests, or connections for floods of connections.
    pub sent: u64,
    pub answers: BTreeMap<u16, u64>,
    pub unanswered: u64,
}

impl Tally {
    /// Counts one answer; 0 means none.
    fn count(&mut self, status: u16) {
        self.sent += 1;
        match status {
            0 => self.unanswered += 1,
            status => *self.answers.entry(status).or_default() += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.unanswered += other.unanswered;
        for (status, count) in &other.answers {
            *self.answers.entry(*status).or_default() += count;
        }
    }
}

/// Runs the flood and prints the tally as one line of JSON.
///
/// # Errors
/// If the material cannot be read, or standard output is closed.
pub async fn run(config: FloodConfig) -> anyhow::Result<ExitCode> {
    let material = std::fs::read(&config.material)
        .with_context(|| format!("cannot read {}", config.material.display()))?;
    let tally = flood(&config, serde_json::from_slice(&material)?).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&tally)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs until the time is up.
///
/// # Errors
/// If a flooder panics.
pub async fn flood(config: &FloodConfig, material: Material) -> anyhow::Result<Tally> {
    let end = Instant::now() + Duration::from_millis(config.milliseconds);
    let material = Arc::new(material);
    let mut flooders = JoinSet::new();
    for index in 0..usize::from(config.clients) {
        let from = address::of(
            ClientRole::Flood,
            index % usize::from(config.addresses.max(1)),
        );
        let (kind, server) = (config.kind, config.server);
        let material = Arc::clone(&material);
        flooders.spawn(async move {
            if kind.is_of_connections() {
                sleep(RAMP * u32::try_from(index).unwrap_or(0)).await;
                return connections::occupy(kind, from, server, end).await;
            }
            let requests = Requests::new(kind, index, server, material);
            send_all(SiegeClient::new(from, server), requests, end).await
        });
    }
    let mut tally = Tally::default();
    while let Some(done) = flooders.join_next().await {
        tally.add(&done?);
    }
    Ok(tally)
}

/// Sends one request after another, without a pause.
async fn send_all(mut client: SiegeClient, mut requests: Requests, end: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < end && tally.sent < MAX_REQUESTS {
        let request = requests.next();
        let sending = client.send(&request, TIMEOUT);
        // The flood ends with requests in progress, whose answers do not matter.
        let Ok(answer) = timeout_at(end, sending).await else {
            return tally;
        };
        match answer {
            Ok(answer) => tally.count(answer.status),
            Err(_) => {
                tally.count(0);
                sleep(PAUSE).await;
            }
        }
    }
    tally
}
