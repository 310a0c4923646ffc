//! A flood: hostile clients on loopback, in a process of their own so that they can have a lower priority than what is
//! measured. They are bounded in number, requests and time, and stop by themselves.

mod connections;
mod random;
mod requests;

use super::{
    address::{self, Role},
    client::Client,
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
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a flooder waits after a request that got no answer, so that refused connections don't become a busy loop.
const PAUSE: Duration = Duration::from_millis(50);
/// Between the beginnings of two flooders of connections: 1,800 begin within a second. All at the same moment would only test
/// the kernel's queue of new connections.
const RAMP: Duration = Duration::from_micros(500);
/// The most requests that one flooder sends.
const MOST_REQUESTS: u64 = 100_000;

/// What the flood does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
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

impl Kind {
    /// For people.
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

    /// True for floods of connections: they attack the number of open files.
    #[must_use]
    pub const fn is_of_connections(self) -> bool {
        matches!(self, Self::HeldConnections | Self::SlowRequests)
    }

    /// How many hostile clients run at the same time.
    #[must_use]
    pub const fn clients(self, addresses: u16) -> u16 {
        match self {
            // More than the server's limit of open files, which the scenario sets to 1,500.
            Self::HeldConnections | Self::SlowRequests => 1_800,
            _ if addresses == 1 => 30,
            _ => addresses,
        }
    }
}

/// What a flood knows of the server that it attacks.
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

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests, or connections where the flood is one of connections.
    pub sent: u64,
    pub answers: BTreeMap<u16, u64>,
    pub unanswered: u64,
}

impl Tally {
    /// Counts one answer; 0 is none.
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

/// Floods, and writes the tally as one line of JSON to standard output.
///
/// # Errors
/// When the material can't be read, or standard output is closed.
pub async fn run(config: FloodConfig) -> anyhow::Result<ExitCode> {
    let material = std::fs::read(&config.material)
        .with_context(|| format!("{} can't be read", config.material.display()))?;
    let tally = flood(&config, serde_json::from_slice(&material)?).await?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&tally)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs until the time is over.
///
/// # Errors
/// When a flooder panics.
pub async fn flood(config: &FloodConfig, material: Material) -> anyhow::Result<Tally> {
    let end = Instant::now() + Duration::from_millis(config.milliseconds);
    let material = Arc::new(material);
    let mut flooders = JoinSet::new();
    for index in 0..usize::from(config.clients) {
        let from = address::of(Role::Flood, index % usize::from(config.addresses.max(1)));
        let (kind, server) = (config.kind, config.server);
        let material = Arc::clone(&material);
        flooders.spawn(async move {
            if kind.is_of_connections() {
                sleep(RAMP * u32::try_from(index).unwrap_or(0)).await;
                return connections::occupy(kind, from, server, end).await;
            }
            let requests = Requests::new(kind, index, server, material);
            send_all(Client::new(from, server), requests, end).await
        });
    }
    let mut tally = Tally::default();
    while let Some(done) = flooders.join_next().await {
        tally.add(&done?);
    }
    Ok(tally)
}

/// One request after the other, as fast as they are answered.
async fn send_all(mut client: Client, mut requests: Requests, end: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < end && tally.sent < MOST_REQUESTS {
        let request = requests.next();
        let sending = client.send(&request, PATIENCE);
        // The flood ends while requests are under way; what those would have been answered is nobody's concern.
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
