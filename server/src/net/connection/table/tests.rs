use super::*;
use proptest::prelude::*;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
};

const NO_CAP: usize = usize::MAX;

fn caps(places: usize, per_customer: usize, per_network: usize) -> ConnectionLimits {
    ConnectionLimits {
        places,
        per_customer,
        per_network,
    }
}

fn at(network: u8, host: u8) -> Origin {
    Origin::of(IpAddr::V4(Ipv4Addr::new(10, 0, network, host)))
}

/// A table of numbered connections, with the activity of each.
struct Scene {
    table: ConnectionTable<u32>,
    now_ms: u64,
    open: HashMap<u32, (Origin, Id, Arc<Activity>)>,
    count: u32,
}

impl Scene {
    fn new(caps: ConnectionLimits) -> Self {
        Self {
            table: ConnectionTable::new(caps),
            now_ms: 100_000,
            open: HashMap::new(),
            count: 0,
        }
    }

    /// Opens a connection; returns its number and that of the displaced one.
    fn connect(&mut self, origin: Origin) -> (u32, Option<u32>) {
        self.now_ms += 1;
        let activity = Arc::new(Activity::begin(self.now_ms));
        let number = self.count;
        self.count += 1;
        let (id, displaced) = self
            .table
            .admit(origin, activity.clone(), number, self.now_ms);
        self.open.insert(number, (origin, id, activity));
        if let Some(displaced) = displaced {
            self.open.remove(&displaced);
        }
        (number, displaced)
    }

    /// Calls [`connect`](Self::connect) `count` times; returns the numbers of the displaced connections.
    fn connect_many(&mut self, origin: Origin, count: usize) -> Vec<u32> {
        (0..count).filter_map(|_| self.connect(origin).1).collect()
    }

    fn activity(&self, number: u32) -> &Activity {
        &self.open[&number].2
    }

    fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    fn held_by(&self, is_counted: impl Fn(Origin) -> bool) -> usize {
        let origins = self.open.values().map(|(origin, ..)| *origin);
        origins.filter(|origin| is_counted(*origin)).count()
    }
}

#[test]
fn an_address_over_its_limit_loses_only_its_own_idlest_connection() {
    let mut scene = Scene::new(caps(100, 3, NO_CAP));
    let other = scene.connect(at(1, 1)).0;
    let [first, second, third] = [0; 3].map(|_| scene.connect(at(2, 2)).0);
    scene.wait(5_000);
    scene.activity(first).moved(scene.now_ms);
    assert_eq!(scene.connect(at(2, 2)).1, Some(second));
    assert_eq!(scene.connect(at(2, 2)).1, Some(third));
    assert!(scene.open.contains_key(&other));
}

#[test]
fn a_connection_with_a_request_in_progress_outlasts_idle_ones() {
    let mut scene = Scene::new(caps(3, NO_CAP, NO_CAP));
    let [busy, idle, later] = [0; 3].map(|_| scene.connect(at(1, 1)).0);
    scene.activity(busy).begin_request();
    scene.wait(60_000);
    assert_eq!(scene.connect(at(1, 1)).1, Some(idle));
    scene.wait(60_000);
    assert_eq!(scene.connect(at(2, 2)).1, Some(later));
    scene.activity(busy).end_request();
    scene.wait(60_000);
    assert_eq!(scene.connect(at(2, 2)).1, Some(busy));
}

#[test]
fn a_newcomer_is_not_displaced_by_the_next_one() {
    let mut scene = Scene::new(caps(3, NO_CAP, NO_CAP));
    // Streams whose last heartbeat was some seconds ago.
    let streams = [0; 3].map(|_| scene.connect(at(1, 1)).0);
    for stream in streams {
        scene.activity(stream).begin_request();
    }
    scene.wait(10_000);
    let (newcomer, displaced) = scene.connect(at(1, 1));
    assert_eq!(displaced, Some(streams[0]));
    assert_eq!(scene.connect(at(1, 1)).1, Some(streams[1]));
    assert!(scene.open.contains_key(&newcomer));
}

#[test]
fn a_stream_outlasts_a_connection_that_was_just_answered() {
    let mut scene = Scene::new(caps(100, 2, NO_CAP));
    let stream = scene.connect(at(1, 1)).0;
    scene.activity(stream).begin_request();
    scene.wait(10_000);
    let mut last = scene.connect(at(1, 1)).0;
    for _ in 0..3 {
        scene.activity(last).begin_request();
        scene.activity(last).end_request();
        let (next, displaced) = scene.connect(at(1, 1));
        assert_eq!(displaced, Some(last));
        last = next;
    }
}

#[test]
fn a_network_over_its_limit_loses_a_connection_of_its_largest_address() {
    let mut scene = Scene::new(caps(100, 5, 6));
    let small = scene.connect(at(1, 1)).0;
    let large = [0; 5].map(|_| scene.connect(at(1, 2)).0);
    let elsewhere = scene.connect(at(2, 1)).0;
    scene.wait(5_000);
    assert_eq!(scene.connect(at(1, 3)).1, Some(large[0]));
    assert!(scene.open.contains_key(&small) && scene.open.contains_key(&elsewhere));
}

#[test]
fn at_capacity_the_largest_holder_is_displaced_and_newcomers_keep_their_places() {
    let mut scene = Scene::new(caps(100, NO_CAP, NO_CAP));
    let honest = [0; 3].map(|_| scene.connect(at(9, 9)).0);
    for host in 1..=5 {
        scene.connect_many(at(1, host), 60);
    }
    scene.wait(5_000);
    let newcomers: Vec<u32> = (0..20).map(|n| scene.connect(at(20 + n, 1)).0).collect();
    for kept in honest.iter().chain(&newcomers) {
        assert!(
            scene.open.contains_key(kept),
            "connection {kept} was displaced"
        );
    }
    // Every address of the flood is treated alike.
    for host in 1..=5 {
        let held = scene.held_by(|origin| origin == at(1, host));
        assert!((15..=16).contains(&held), "{held}");
    }
}

#[test]
fn opening_a_file_takes_a_place_and_never_closes_its_own_connection() {
    let mut scene = Scene::new(caps(10, NO_CAP, NO_CAP));
    let reader = scene.connect(at(1, 1)).0;
    let hoarder = scene.connect(at(2, 2)).0;
    let (origin, id, _) = scene.open[&hoarder].clone();
    for _ in 0..8 {
        assert_eq!(scene.table.open_file(origin, id, scene.now_ms), None);
    }
    // All places are taken, most of them by this connection's files, so the newcomer displaces it.
    let (newcomer, displaced) = scene.connect(at(3, 3));
    assert_eq!(displaced, Some(hoarder));
    assert_eq!(scene.table.taken, 2);
    // Closing a file afterwards changes nothing.
    scene.table.close_file(origin, id);
    assert_eq!(scene.table.taken, 2);

    let (origin, id, _) = scene.open[&newcomer].clone();
    for _ in 0..8 {
        assert_eq!(scene.table.open_file(origin, id, scene.now_ms), None);
    }
    let displaced = scene.table.open_file(origin, id, scene.now_ms);
    assert_eq!(
        displaced,
        Some(reader),
        "the connection with the most places is spared, because it sends the file"
    );
    assert_eq!(scene.table.open_file(origin, id, scene.now_ms), None);
    for _ in 0..10 {
        scene.table.close_file(origin, id);
    }
    assert_eq!(scene.table.taken, 1);
}

#[test]
fn a_closed_connection_is_forgotten() {
    let mut scene = Scene::new(caps(100, 10, 10));
    for network in 0..50 {
        scene.connect_many(at(network, 1), 2);
    }
    for (origin, id, _) in scene.open.values() {
        scene.table.remove(*origin, *id);
        scene.table.remove(*origin, *id);
    }
    let table = &scene.table;
    assert_eq!(table.taken, 0);
    assert!(table.customers.is_empty() && table.networks.is_empty() && table.by_places.is_empty());
}

#[derive(Debug, Clone)]
enum Step {
    Connect(u8, u8),
    /// The number selects one of the open connections.
    Leave(usize),
    Move(usize),
    BeginRequest(usize),
    OpenFile(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u8, 0..4_u8).prop_map(|(network, host)| Step::Connect(network, host)),
        1 => any::<usize>().prop_map(Step::Leave),
        2 => any::<usize>().prop_map(Step::Move),
        2 => any::<usize>().prop_map(Step::BeginRequest),
        1 => any::<usize>().prop_map(Step::OpenFile),
        2 => (0..3_000_u64).prop_map(Step::Wait),
    ]
}

impl Scene {
    fn chosen(&self, number: usize) -> Option<u32> {
        let mut open: Vec<u32> = self.open.keys().copied().collect();
        open.sort_unstable();
        (!open.is_empty()).then(|| open[number % open.len()])
    }

    /// Opens a connection, and checks that the displaced one was chosen according to the rules.
    fn connect_by_the_rules(&mut self, origin: Origin) {
        let caps = self.table.caps;
        let of_customer = self.held_by(|other| other.customer() == origin.customer());
        let of_network = self.held_by(|other| other.network() == origin.network());
        let taken = self.table.taken;
        let before = self.open.clone();
        let (newcomer, displaced) = self.connect(origin);
        let now_ms = self.now_ms;
        assert!(self.open.contains_key(&newcomer));
        let Some(displaced) = displaced else {
            assert!(of_customer < caps.per_customer);
            assert!(of_network < caps.per_network);
            assert!(taken < caps.places);
            return;
        };
        let (whose, _, activity) = &before[&displaced];
        if of_customer >= caps.per_customer {
            assert_eq!(whose.customer(), origin.customer());
        } else if of_network >= caps.per_network {
            assert_eq!(whose.network(), origin.network());
        } else {
            assert!(taken >= caps.places, "no limit was reached");
        }
        // No other connection of the same customer was idler.
        for (other, _, others) in before.values() {
            if other.customer() == whose.customer() {
                assert!(others.order(now_ms) >= activity.order(now_ms));
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Connect(network, host) => self.connect_by_the_rules(at(network, host)),
            Step::Wait(ms) => self.wait(ms),
            Step::Leave(number) => {
                if let Some((origin, id, _)) = self
                    .chosen(number)
                    .and_then(|chosen| self.open.remove(&chosen))
                {
                    self.table.remove(origin, id);
                }
            }
            Step::Move(number) => {
                if let Some(chosen) = self.chosen(number) {
                    self.activity(chosen).moved(self.now_ms);
                }
            }
            Step::BeginRequest(number) => {
                if let Some(chosen) = self.chosen(number) {
                    self.activity(chosen).begin_request();
                }
            }
            Step::OpenFile(number) => {
                if let Some(chosen) = self.chosen(number) {
                    let (origin, id, _) = self.open[&chosen].clone();
                    let displaced = self.table.open_file(origin, id, self.now_ms);
                    assert_ne!(displaced, Some(chosen));
                    if let Some(displaced) = displaced {
                        self.open.remove(&displaced);
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn every_newcomer_is_admitted_and_no_limit_is_exceeded(
        places in 1..20_usize,
        per_customer in 1..8_usize,
        per_network in 1..12_usize,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut scene = Scene::new(caps(places, per_customer, per_network));
        for step in steps {
            scene.take(step);
            let files: usize = scene
                .table
                .customers
                .values()
                .flat_map(|customer| customer.connections.values())
                .map(|held| held.files)
                .sum();
            prop_assert_eq!(scene.table.taken, scene.open.len() + files);
            // A lone connection may have more files open than there are places, because nobody else suffers.
            prop_assert!(scene.table.taken <= places || scene.open.len() == 1);
            for (origin, ..) in scene.open.values() {
                let held = |same: &dyn Fn(Origin) -> Block| {
                    scene.held_by(|other| same(other) == same(*origin))
                };
                prop_assert!(held(&Origin::customer) <= per_customer);
                prop_assert!(held(&Origin::network) <= per_network);
            }
        }
    }
}
