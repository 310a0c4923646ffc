use super::*;
use crate::account::AccountId;
use proptest::{collection::vec, prelude::*};
use std::{collections::HashMap, net::Ipv4Addr};

const LIMITS: QueueLimits = QueueLimits {
    in_all: 40,
    per_network: 20,
    per_customer: 4,
};
/// The cost of one hash, in seconds.
const TURN: f64 = 0.025;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An address in one of many networks.
fn address(network: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, network, host)
}

fn stranger(network: u8, host: u8) -> Submitter {
    Submitter::stranger(address(network, host).into())
}

/// A queue in which this many addresses compete, four per network. Each address rejoins the queue right after its turn.
fn flooded(addresses: u8, turns: u32) -> (Queue<Submitter>, Duration) {
    let mut queue = Queue::new(QueueLimits {
        in_all: 1000,
        ..LIMITS
    });
    let mut now = Duration::ZERO;
    for n in 0..addresses {
        let client = stranger(n / 4, n % 4);
        queue.push(client, client, now);
    }
    for _ in 0..turns {
        now += ms(25);
        if let Some((client, _)) = queue.pop(TURN, now) {
            queue.push(client, client, now);
        }
    }
    (queue, now)
}

fn next(queue: &mut Queue<Submitter>, now: Duration) -> Option<Submitter> {
    queue.pop(TURN, now).map(|(client, _)| client)
}

#[test]
fn a_newcomer_comes_before_150_addresses_that_keep_retrying() {
    let (mut queue, now) = flooded(150, 300);
    let newcomer = stranger(200, 1);
    queue.push(newcomer, newcomer, now);
    assert_eq!(next(&mut queue, now), Some(newcomer));
}

#[test]
fn a_known_client_comes_before_strangers_never_served() {
    let mut queue = Queue::new(LIMITS);
    let known = Submitter::known(address(7, 1).into(), AccountId(1));
    for host in 0..4 {
        queue.push(stranger(1, host), stranger(1, host), ms(0));
    }
    queue.push(known, known, ms(0));
    assert_eq!(next(&mut queue, ms(0)), Some(known));
}

#[test]
fn when_the_queue_is_full_the_heaviest_user_gives_way() {
    let mut queue = Queue::new(LIMITS);
    let heavy = stranger(0, 1);
    queue.push(heavy, heavy, ms(0));
    queue.pop(10.0, ms(0));
    queue.push(heavy, heavy, ms(1));
    for n in 0..39 {
        queue.push(
            stranger(1 + n / 4, n % 4),
            stranger(1 + n / 4, n % 4),
            ms(1),
        );
    }
    let newcomer = stranger(200, 1);
    match queue.push(newcomer, newcomer, ms(1)) {
        Admission::Admitted(_, Some(gone)) => assert_eq!(gone, heavy),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        queue.push(heavy, heavy, ms(1)),
        Admission::Refused(_)
    ));
}

#[test]
fn an_address_at_its_limit_takes_no_places_from_its_neighbors() {
    let mut queue = Queue::new(LIMITS);
    for _ in 0..4 {
        let one = stranger(0, 1);
        assert!(matches!(
            queue.push(one, one, ms(0)),
            Admission::Admitted(_, None)
        ));
    }
    assert!(matches!(
        queue.push(stranger(0, 1), stranger(0, 1), ms(0)),
        Admission::Refused(_)
    ));
    let neighbor = stranger(0, 2);
    assert!(matches!(
        queue.push(neighbor, neighbor, ms(0)),
        Admission::Admitted(_, None)
    ));
}

#[test]
fn a_client_that_stops_waiting_is_removed() {
    let mut queue = Queue::new(LIMITS);
    let Admission::Admitted(ticket, None) = queue.push(stranger(0, 1), "gone", ms(0)) else {
        panic!("there is a place")
    };
    queue.push(stranger(0, 2), "stays", ms(0));
    assert_eq!(queue.remove(ticket), Some("gone"));
    assert_eq!(queue.remove(ticket), None);
    assert_eq!(queue.pop(TURN, ms(0)).map(|(_, item)| item), Some("stays"));
}

proptest! {
    /// This holds however many clients keep retrying, and for however long.
    #[test]
    fn a_newcomer_is_the_next_to_be_served(addresses in 1_u8..=200, rounds in 1_u32..4) {
        let (mut queue, now) = flooded(addresses, u32::from(addresses) * rounds);
        let newcomer = stranger(200, 1);
        queue.push(newcomer, newcomer, now);
        prop_assert_eq!(next(&mut queue, now), Some(newcomer));
    }

    /// A client that sends more requests than others gains nothing.
    #[test]
    fn no_address_takes_more_than_its_share(greedy in 2_usize..4, addresses in 2_u8..40, turns in 40_u32..400) {
        let mut queue = Queue::new(QueueLimits { in_all: 1000, ..LIMITS });
        let mut now = Duration::ZERO;
        // The first address waits several times at once; each address has a network of its own.
        for n in 0..addresses {
            for _ in 0..if n == 0 { greedy } else { 1 } {
                queue.push(stranger(n, 1), stranger(n, 1), now);
            }
        }
        let mut served: HashMap<Submitter, u32> = HashMap::new();
        for _ in 0..turns {
            now += ms(25);
            if let Some((client, _)) = queue.pop(TURN, now) {
                *served.entry(client).or_default() += 1;
                queue.push(client, client, now);
            }
        }
        let most = served.values().max().copied().unwrap_or_default();
        let share = turns.div_ceil(u32::from(addresses));
        prop_assert!(most <= share + 1, "{} of {}, share {}", most, turns, share);
    }

    /// No sequence of pushes exceeds a limit.
    #[test]
    fn the_number_of_waiting_clients_is_bounded(clients in vec((0_u8..6, 0_u8..10, proptest::option::of(0_i64..3)), 0..300)) {
        let mut queue = Queue::new(LIMITS);
        for (n, (network, host, known_as)) in clients.into_iter().enumerate() {
            let address = address(network, host).into();
            let client = known_as.map_or_else(
                || Submitter::stranger(address),
                |account| Submitter::known(address, AccountId(account)),
            );
            queue.push(client, (), ms(0));
            if n % 5 == 0 {
                queue.pop(TURN, ms(0));
            }
            prop_assert!(queue.waiting.len() <= LIMITS.in_all);
            let count = |block, of: fn(&Submitter) -> crate::origin::Block| {
                queue.waiting.iter().filter(|w| of(&w.client) == block).count()
            };
            prop_assert!(count(client.origin.customer(), |c| c.origin.customer()) <= LIMITS.per_customer);
            prop_assert!(count(client.origin.network(), |c| c.origin.network()) <= LIMITS.per_network);
        }
    }
}
