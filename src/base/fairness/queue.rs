use super::{
    Submitter,
    usage::{Rank, Usage},
};
use std::{cmp::Ordering, time::Duration};

/// How many clients may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub in_all: usize,
    /// Per network: an IPv4 /24 or an IPv6 /48.
    pub per_network: usize,
    /// Per customer: an IPv4 address or an IPv6 /64.
    pub per_customer: usize,
}

/// Identifies a place in the queue; later places have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// A queue of clients. Known clients come first, then the others, those with the least recent usage first: a newcomer
/// comes before hundreds of clients that keep sending requests.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    limits: QueueLimits,
    waiting: Vec<Waiter<T>>,
    usage: Usage,
    next_ticket: u64,
}

#[derive(Debug)]
struct Waiter<T> {
    ticket: Ticket,
    client: Submitter,
    item: T,
}

/// The result of asking for a place.
#[derive(Debug)]
pub(crate) enum Admission<T> {
    /// The client has a place. If a lower-ranked one had to give way, this holds its item.
    Admitted(Ticket, Option<T>),
    /// A limit was reached and the client would rank last; holds its item.
    Refused(T),
}

impl<T> Queue<T> {
    pub fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            waiting: Vec::new(),
            usage: Usage::default(),
            next_ticket: 0,
        }
    }

    /// Adds the client. If a limit is then exceeded, the lowest-ranked client under that limit gives way.
    pub fn push(&mut self, client: Submitter, item: T, now: Duration) -> Admission<T> {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiting.push(Waiter {
            ticket,
            client,
            item,
        });
        let Some(last) = self.over_limit(&client, now) else {
            return Admission::Admitted(ticket, None);
        };
        let displaced = self.waiting.swap_remove(last);
        if displaced.ticket == ticket {
            Admission::Refused(displaced.item)
        } else {
            Admission::Admitted(ticket, Some(displaced.item))
        }
    }

    /// Removes the client whose turn it is. Until the turn's cost is known, the client is charged `expected_secs`, so
    /// that it does not get the next turn as well.
    pub fn pop(&mut self, expected_secs: f64, now: Duration) -> Option<(Submitter, T)> {
        self.pop_where(|_| true, expected_secs, now)
    }

    /// Like [`pop`](Self::pop), but only among clients for which `is_eligible` is true.
    pub fn pop_where(
        &mut self,
        is_eligible: impl Fn(&Submitter) -> bool,
        expected_secs: f64,
        now: Duration,
    ) -> Option<(Submitter, T)> {
        let first = self.standing(now, is_eligible).min_by(compare)?.index;
        let waiter = self.waiting.swap_remove(first);
        self.usage.charge(&waiter.client, expected_secs, now);
        Some((waiter.client, waiter.item))
    }

    /// Charges the client for the difference between what a turn cost and what was expected; may be negative.
    pub fn charge(&mut self, client: &Submitter, secs: f64, now: Duration) {
        self.usage.charge(client, secs, now);
    }

    /// Removes a client that no longer waits; `None` if its turn has already come.
    pub fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let index = self.waiting.iter().position(|w| w.ticket == ticket)?;
        Some(self.waiting.swap_remove(index).item)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The index of the client that must give way, if a limit is exceeded.
    fn over_limit(&self, client: &Submitter, now: Duration) -> Option<usize> {
        let origin = client.origin;
        let same_customer = |other: &Submitter| other.origin.customer() == origin.customer();
        let same_network = |other: &Submitter| other.origin.network() == origin.network();
        self.last_over_limit(self.limits.per_customer, now, same_customer)
            .or_else(|| self.last_over_limit(self.limits.per_network, now, same_network))
            .or_else(|| self.last_over_limit(self.limits.in_all, now, |_| true))
    }

    fn last_over_limit(
        &self,
        limit: usize,
        now: Duration,
        counted: impl Fn(&Submitter) -> bool,
    ) -> Option<usize> {
        let count = self.waiting.iter().filter(|w| counted(&w.client)).count();
        if count <= limit {
            return None;
        }
        let last = self.standing(now, counted).max_by(compare);
        last.map(|standing| standing.index)
    }

    fn standing(
        &self,
        now: Duration,
        counted: impl Fn(&Submitter) -> bool,
    ) -> impl Iterator<Item = Standing> {
        let of = move |(index, waiter): (usize, &Waiter<T>)| {
            counted(&waiter.client).then(|| Standing {
                rank: self.usage.rank(&waiter.client, now),
                ticket: waiter.ticket,
                index,
            })
        };
        self.waiting.iter().enumerate().filter_map(of)
    }
}

struct Standing {
    rank: Rank,
    ticket: Ticket,
    index: usize,
}

fn compare(a: &Standing, b: &Standing) -> Ordering {
    (a.rank.stranger.cmp(&b.rank.stranger))
        .then(a.rank.secs.total_cmp(&b.rank.secs))
        .then(a.ticket.cmp(&b.ticket))
}

#[cfg(test)]
mod tests;
