//! One auction: how buyers bid in it, and its audit.

use super::{
    client::{Browser, RawResponse, SiegeClient},
    honest_client::BidSample,
    sample::TIMEOUT,
};
use crate::audit::{self, BidAnswer, Findings, Plan};
use sqlx::PgPool;
use std::{collections::HashMap, net::SocketAddr};
use tokio::time::Instant;

/// A project that takes bids until its deadline.
#[derive(Debug)]
pub struct Auction {
    pub server: SocketAddr,
    pub project: i64,
    pub deadline: Instant,
    pub(super) plan: Plan,
    /// The buyers' access tokens, in the order of the buyers.
    pub(super) tokens: Vec<String>,
}

/// A bidding client, with its own address.
#[derive(Debug)]
pub enum AuctionBuyer {
    Api(SiegeClient),
    Page(Browser),
}

impl AuctionBuyer {
    /// # Errors
    /// If there is no answer in time.
    pub async fn bid(&mut self, auction: &Auction, place: u64) -> anyhow::Result<RawResponse> {
        match self {
            Self::Api(client) => {
                let host = auction.server.to_string();
                let request = auction.plan.request(&host, &auction.tokens, place);
                client.send(&request, TIMEOUT).await
            }
            Self::Page(browser) => {
                let path = format!("/projects/{}/bids", auction.project);
                let amount = auction.plan.amount_at(place);
                // A form's key is a UUID; the auction's id and the index make a unique one.
                let project = auction.project & 0xffff_ffff;
                let key = format!("{project:08x}-0000-4000-8000-{place:012x}");
                let fields = [("amount", amount.as_str()), ("form_key", &key)];
                browser.post(&path, &fields, TIMEOUT).await
            }
        }
    }
}

impl Auction {
    /// Compares every answer with what is stored.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn books(&self, pool: &PgPool, placed: &[BidSample]) -> anyhow::Result<Findings> {
        let stored = sqlx::query!(
            "select id, amount_minor from bid where project_id = $1",
            self.project
        )
        .fetch_all(pool)
        .await?;
        let by_amount: HashMap<i64, i64> = stored
            .into_iter()
            .map(|bid| (bid.amount_minor, bid.id))
            .collect();
        let first_amount = self.plan.first_amount;
        let bid_at = |place: u64| {
            let amount = first_amount - i64::try_from(place).ok()?;
            by_amount.get(&amount).copied()
        };
        let (answered, in_doubt) = answers(placed, bid_at);
        audit::check(pool, &self.plan, &answered, 0, in_doubt).await
    }
}

/// The answers for the audit: a page does not return a bid's id, so the id of the stored bid with the same amount is
/// used. Doubtful bids are counted separately, because they may or may not be stored.
fn answers(placed: &[BidSample], bid_at: impl Fn(u64) -> Option<i64>) -> (Vec<BidAnswer>, u64) {
    let mut answered = Vec::new();
    let mut in_doubt = 0;
    for bid in placed {
        let status = bid.sample.status;
        let is_accepted = is_accepted(bid);
        if !is_accepted && !bid.is_surely_not_stored {
            in_doubt += 1;
            continue;
        }
        answered.push(BidAnswer {
            place: Some(bid.place),
            status: if is_accepted { 201 } else { status },
            bid: match (is_accepted, bid.by_page) {
                (true, true) => bid_at(bid.place).unwrap_or(0),
                _ => bid.bid,
            },
        });
    }
    (answered, in_doubt)
}

/// True if the answer says that the bid was accepted.
#[must_use]
pub fn is_accepted(bid: &BidSample) -> bool {
    bid.sample.status == if bid.by_page { 303 } else { 201 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::siege::sample::Sample;

    fn placed(place: u64, by_page: bool, status: u16, bid: i64, sure: bool) -> BidSample {
        let now = Instant::now();
        BidSample {
            place,
            by_page,
            sample: Sample {
                due: now,
                sent: now,
                done: now,
                status,
                reason: String::new(),
            },
            bid,
            is_surely_not_stored: sure,
        }
    }

    #[test]
    fn a_bid_from_a_page_is_found_by_its_amount_and_doubtful_ones_are_counted() {
        let all = [
            placed(0, false, 201, 70, false),
            placed(1, true, 303, 0, true),
            placed(2, true, 303, 0, true),
            placed(3, false, 405, 0, true),
            placed(4, false, 503, 0, false),
            placed(5, false, 0, 0, false),
        ];
        let (answered, in_doubt) = answers(&all, |place| (place == 1).then_some(71));
        let triples: Vec<(Option<u64>, u16, i64)> = answered
            .iter()
            .map(|a| (a.place, a.status, a.bid))
            .collect();
        assert_eq!(
            triples,
            [
                (Some(0), 201, 70),
                (Some(1), 201, 71),
                // Accepted but not stored: the audit calls it lost.
                (Some(2), 201, 0),
                (Some(3), 405, 0)
            ]
        );
        assert_eq!(in_doubt, 2);
    }
}
