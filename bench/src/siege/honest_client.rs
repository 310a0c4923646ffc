//! Honest clients: buyers who bid until the deadline, people who read and sign in, and health probes. Each request has a
//! due time, from which its latency counts.

use super::{
    address::{self, ClientRole},
    auction::{Auction, AuctionBuyer},
    client::{Browser, RawResponse, SiegeClient, get},
    sample::{Sample, TIMEOUT},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// The pause between two reads of the auction after its deadline.
const AWARD_POLL: Duration = Duration::from_millis(20);
/// How long to wait for the award.
const AWARD_TIMEOUT: Duration = Duration::from_secs(30);

/// Requests at a steady rate.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub start: Instant,
    pub rate: f64,
    pub count: u64,
}

impl Schedule {
    #[must_use]
    pub fn due(self, place: u64) -> Instant {
        self.start + Duration::from_secs_f64(place as f64 / self.rate)
    }

    /// As many requests as fit into this time.
    #[must_use]
    pub fn for_duration(start: Instant, rate: f64, seconds: f64) -> Self {
        let count = (rate * seconds) as u64;
        Self { start, rate, count }
    }
}

/// A bid and its answer.
#[derive(Debug, Clone)]
pub struct BidSample {
    pub place: u64,
    pub by_page: bool,
    pub sample: Sample,
    /// The bid's id; 0 if the answer does not contain it.
    pub bid: i64,
    /// True if the answer promises that the bid was not stored.
    pub is_surely_not_stored: bool,
}

/// All buyers bid in turn. A buyer waits for the answer to one bid before the next; if that delays the next one, its
/// latency still counts from when it was due.
///
/// # Errors
/// If a buyer panics.
pub async fn bid(
    auction: &Arc<Auction>,
    buyers: Vec<AuctionBuyer>,
    schedule: Schedule,
) -> anyhow::Result<Vec<BidSample>> {
    let step = buyers.len().max(1);
    let mut bidding = JoinSet::new();
    for (index, mut buyer) in buyers.into_iter().enumerate() {
        let auction = Arc::clone(auction);
        bidding.spawn(async move {
            let mut placed = Vec::new();
            for place in (index as u64..schedule.count).step_by(step) {
                let due = schedule.due(place);
                sleep_until(due).await;
                let sent = Instant::now();
                let answer = buyer.bid(&auction, place).await;
                placed.push(to_bid_sample(place, &buyer, due, sent, answer));
            }
            placed
        });
    }
    let mut all = Vec::new();
    while let Some(placed) = bidding.join_next().await {
        all.extend(placed?);
    }
    Ok(all)
}

fn to_bid_sample(
    place: u64,
    buyer: &AuctionBuyer,
    due: Instant,
    sent: Instant,
    answer: anyhow::Result<RawResponse>,
) -> BidSample {
    let by_page = matches!(buyer, AuctionBuyer::Page(_));
    let bid = match (&answer, by_page) {
        (Ok(answer), false) => crate::open_loop::bid_in(&answer.body),
        _ => 0,
    };
    let is_surely_not_stored = match &answer {
        Ok(answer) if answer.status >= 500 => says_nothing_was_stored(&answer.text()),
        Ok(_) => true,
        Err(_) => false,
    };
    BidSample {
        place,
        by_page,
        sample: sample(due, sent, answer),
        bid,
        is_surely_not_stored,
    }
}

/// Reads these paths in turn, with `clients` clients that have an address each.
///
/// # Errors
/// If a reader panics.
pub async fn read(
    server: SocketAddr,
    role: ClientRole,
    clients: usize,
    paths: Vec<String>,
    schedule: Schedule,
) -> anyhow::Result<Vec<Sample>> {
    let paths = Arc::new(paths);
    let mut reading = JoinSet::new();
    for index in 0..clients {
        let paths = Arc::clone(&paths);
        reading.spawn(async move {
            let mut client = SiegeClient::new(address::of(role, index), server);
            let mut samples = Vec::new();
            for place in (index as u64..schedule.count).step_by(clients) {
                let turn = usize::try_from(place).unwrap_or(0) % paths.len().max(1);
                let path = paths.get(turn).map_or("/", String::as_str);
                let due = schedule.due(place);
                sleep_until(due).await;
                let sent = Instant::now();
                let answer = client.send(&get(server, path, ""), TIMEOUT).await;
                samples.push(sample(due, sent, answer));
            }
            samples
        });
    }
    let mut all = Vec::new();
    while let Some(samples) = reading.join_next().await {
        all.extend(samples?);
    }
    Ok(all)
}

/// Signs somebody in at every due time of the schedule, from a new address and without cookies.
///
/// # Errors
/// If a sign-in panics.
pub async fn sign_in(
    server: SocketAddr,
    emails: &[String],
    password: &'static str,
    schedule: Schedule,
) -> anyhow::Result<Vec<Sample>> {
    let mut signing_in = JoinSet::new();
    for place in 0..schedule.count {
        let turn = usize::try_from(place).unwrap_or(0);
        let email = emails
            .get(turn % emails.len().max(1))
            .cloned()
            .unwrap_or_default();
        let due = schedule.due(place);
        signing_in.spawn(async move {
            sleep_until(due).await;
            let sent = Instant::now();
            let mut browser = Browser::new(address::of(ClientRole::SignIn, turn), server);
            let answer = browser.sign_in(&email, password, TIMEOUT).await;
            sample(due, sent, answer)
        });
    }
    let mut all = Vec::new();
    while let Some(sample) = signing_in.join_next().await {
        all.push(sample?);
    }
    Ok(all)
}

/// The owner of an account signs in repeatedly, in a browser that has signed in before.
pub async fn sign_in_again(
    mut browser: Browser,
    email: String,
    password: &'static str,
    schedule: Schedule,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    for place in 0..schedule.count {
        let due = schedule.due(place);
        sleep_until(due).await;
        browser.end_session();
        let sent = Instant::now();
        let answer = browser.sign_in(&email, password, TIMEOUT).await;
        samples.push(sample(due, sent, answer));
    }
    samples
}

/// How long after the deadline everybody can read that the project is awarded; `None` after a timeout.
pub async fn award_is_readable(auction: &Auction) -> Option<Duration> {
    let server = auction.server;
    let mut client = SiegeClient::new(address::of(ClientRole::Reader, 200), server);
    let path = format!("/api/v1/projects/{}", auction.project);
    sleep_until(auction.deadline).await;
    while auction.deadline.elapsed() < AWARD_TIMEOUT {
        let answer = client.send(&get(server, &path, ""), TIMEOUT).await;
        if answer.is_ok_and(|answer| answer.text().contains("\"status\":\"awarded\"")) {
            return Some(auction.deadline.elapsed());
        }
        sleep(AWARD_POLL).await;
    }
    None
}

fn sample(due: Instant, sent: Instant, answer: anyhow::Result<RawResponse>) -> Sample {
    let done = Instant::now();
    let (status, reason) = match answer {
        Ok(answer) => (answer.status, problem_in(&answer.text())),
        Err(error) => (0, error.to_string()),
    };
    Sample {
        due,
        sent,
        done,
        status,
        reason,
    }
}

/// True if the answer says that nothing was stored. A server that cannot reach its database says so only if it is
/// certain; any other failure leaves the bid in doubt.
fn says_nothing_was_stored(body: &str) -> bool {
    body.to_lowercase().contains("nothing was stored")
}

/// The last part of the `type` of problem details (RFC 9457).
fn problem_in(body: &str) -> String {
    body.split_once("\"type\":\"")
        .and_then(|(_, rest)| rest.split('"').next())
        .and_then(|kind| kind.rsplit('/').next())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_labeled_with_its_problem_type() {
        let body = r#"{"type":"http://a.example/api/docs/problems/deadline-passed","title":"x"}"#;
        assert_eq!(problem_in(body), "deadline-passed");
        assert_eq!(problem_in("<html>"), "");
    }
}
