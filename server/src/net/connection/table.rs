//! The accounting of connections: who holds how many, and which one to close. It uses no clock and no socket.
//!
//! - There are as many places as this process may have open files, minus those that it needs itself (`open_files`).
//! - If a new connection exceeds a limit, another is closed before the next one is accepted. It is one of the same
//!   address or network, if that is over its cap; otherwise one of the network with the most places, and in it of the
//!   address with the most. So a client with few connections loses none to a client with many.
//! - An address may hold 3,000 connections (`--connections-per-address`): its 2,000 streams and 1,000 others. Its
//!   network (IPv4 /24, IPv6 /48) may hold four times as many. Behind proxies (`--trusted-proxies`) the peer is the
//!   proxy, so only the places are bounded.
//! - A file that is being sent takes a place too: it is an open file, and one HTTP/2 client can request a hundred of
//!   them and read none.
//! - A search compares at most 512 connections of an address, so it takes microseconds however many there are.

use super::activity::Activity;
use guildhall::origin::{Block, Origin};
use indexmap::IndexMap;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// How many of an address's connections are compared before one is closed; the next search continues after them. So the
/// idlest is always found if there are no more than this, and a search takes some microseconds at any size.
const COMPARED: usize = 512;

/// The limits on connections; each is at least 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Open files available to connections: one each, and one per file being sent.
    pub places: usize,
    /// Connections per customer: an IPv4 address or an IPv6 /64.
    pub per_customer: usize,
    /// Connections per network: an IPv4 /24 or an IPv6 /48.
    pub per_network: usize,
}

/// Identifies a connection for the life of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(u64);

/// All connections by origin. `T` is the handle that closes one.
pub(super) struct ConnectionTable<T> {
    caps: ConnectionLimits,
    last_id: u64,
    customers: HashMap<Block, Customer<T>>,
    networks: HashMap<Block, Network>,
    /// Networks ordered by the places they take.
    by_places: BTreeSet<(usize, Block)>,
    /// The number of places taken.
    taken: usize,
}

struct Customer<T> {
    origin: Origin,
    connections: IndexMap<Id, TableEntry<T>>,
    places: usize,
    /// Where the next search starts.
    next: usize,
}

#[derive(Default)]
struct Network {
    connections: usize,
    places: usize,
    /// The network's customers ordered by the places they take.
    by_places: BTreeSet<(usize, Block)>,
}

struct TableEntry<T> {
    activity: Arc<Activity>,
    closes: T,
    files: usize,
}

/// The connections a search considers.
#[derive(Debug, Clone, Copy)]
enum Scope {
    Customer(Block),
    Network(Block),
    All,
}

impl<T> ConnectionTable<T> {
    pub fn new(caps: ConnectionLimits) -> Self {
        Self {
            caps,
            last_id: 0,
            customers: HashMap::new(),
            networks: HashMap::new(),
            by_places: BTreeSet::new(),
            taken: 0,
        }
    }

    /// Registers a new connection, which always gets a place. If that exceeds a limit, another connection is removed
    /// and returned to be closed: one of the customer or network over its limit, otherwise one of the network with the
    /// most places, and within a network one of the customer with the most. Idle connections go first, the longest idle
    /// before others.
    pub fn admit(
        &mut self,
        origin: Origin,
        activity: Arc<Activity>,
        closes: T,
        now_ms: u64,
    ) -> (Id, Option<T>) {
        let gives_way = self
            .exceeded_limit(origin)
            .and_then(|scope| self.take_idlest(scope, None, now_ms));
        self.last_id += 1;
        let id = Id(self.last_id);
        let held = TableEntry {
            activity,
            closes,
            files: 0,
        };
        self.customers
            .entry(origin.customer())
            .or_insert_with(|| Customer::new(origin))
            .connections
            .insert(id, held);
        self.networks
            .entry(origin.network())
            .or_default()
            .connections += 1;
        self.recount(origin, 1, 0);
        (id, gives_way)
    }

    /// Removes a connection that has ended.
    pub fn remove(&mut self, origin: Origin, id: Id) -> Option<T> {
        let customer = self.customers.get_mut(&origin.customer())?;
        let held = customer.connections.swap_remove(&id)?;
        if let Some(network) = self.networks.get_mut(&origin.network()) {
            network.connections -= 1;
        }
        self.recount(origin, 0, 1 + held.files);
        Some(held.closes)
    }

    /// Counts a file being sent on a connection; if that exceeds the limit, another connection is removed and returned
    /// to be closed.
    pub fn open_file(&mut self, origin: Origin, id: Id, now_ms: u64) -> Option<T> {
        self.held(origin, id)?.files += 1;
        self.recount(origin, 1, 0);
        (self.taken > self.caps.places)
            .then(|| self.take_idlest(Scope::All, Some(id), now_ms))
            .flatten()
    }

    /// Stops counting a file that was sent. Does nothing if the connection was removed together with its files.
    pub fn close_file(&mut self, origin: Origin, id: Id) {
        if let Some(held) = self.held(origin, id)
            && held.files > 0
        {
            held.files -= 1;
            self.recount(origin, 0, 1);
        }
    }

    /// Removes one connection although no new one was registered: the system has no open file left to accept one.
    pub fn make_room(&mut self, now_ms: u64) -> Option<T> {
        self.take_idlest(Scope::All, None, now_ms)
    }

    fn held(&mut self, origin: Origin, id: Id) -> Option<&mut TableEntry<T>> {
        let customer = self.customers.get_mut(&origin.customer())?;
        customer.connections.get_mut(&id)
    }

    /// The limit that one more connection of this origin would exceed.
    fn exceeded_limit(&self, origin: Origin) -> Option<Scope> {
        let (customer, network) = (origin.customer(), origin.network());
        let of_customer = self.customers.get(&customer);
        let of_network = self.networks.get(&network);
        if of_customer.is_some_and(|held| held.connections.len() >= self.caps.per_customer) {
            Some(Scope::Customer(customer))
        } else if of_network.is_some_and(|held| held.connections >= self.caps.per_network) {
            Some(Scope::Network(network))
        } else if self.taken >= self.caps.places {
            Some(Scope::All)
        } else {
            None
        }
    }

    fn take_idlest(&mut self, scope: Scope, exempt: Option<Id>, now_ms: u64) -> Option<T> {
        let customer = match scope {
            Scope::Customer(customer) => customer,
            Scope::Network(network) => self.largest_customer(network, exempt)?,
            Scope::All => self
                .by_places
                .iter()
                .rev()
                .find_map(|(_, network)| self.largest_customer(*network, exempt))?,
        };
        let customer = self.customers.get_mut(&customer)?;
        let (origin, id) = (customer.origin, customer.idlest(exempt, now_ms)?);
        self.remove(origin, id)
    }

    /// The customer with the most places in a network, among those with a connection that is not spared.
    fn largest_customer(&self, network: Block, exempt: Option<Id>) -> Option<Block> {
        let network = self.networks.get(&network)?;
        let mut largest_first = network.by_places.iter().rev();
        largest_first
            .find(|(_, customer)| {
                self.customers.get(customer).is_some_and(|customer| {
                    let mut ids = customer.connections.keys();
                    ids.any(|id| Some(*id) != exempt)
                })
            })
            .map(|(_, customer)| *customer)
    }

    /// Adds and removes places of an origin; updates the sums and the orders.
    fn recount(&mut self, origin: Origin, more: usize, fewer: usize) {
        let (customer, network) = (origin.customer(), origin.network());
        let (Some(held), Some(count)) = (
            self.customers.get_mut(&customer),
            self.networks.get_mut(&network),
        ) else {
            return;
        };
        count.by_places.remove(&(held.places, customer));
        self.by_places.remove(&(count.places, network));
        held.places = held.places + more - fewer;
        count.places = count.places + more - fewer;
        self.taken = self.taken + more - fewer;
        if held.connections.is_empty() {
            self.customers.remove(&customer);
        } else {
            count.by_places.insert((held.places, customer));
        }
        if count.connections == 0 {
            self.networks.remove(&network);
        } else {
            self.by_places.insert((count.places, network));
        }
    }
}

impl<T> Customer<T> {
    fn new(origin: Origin) -> Self {
        Self {
            origin,
            connections: IndexMap::new(),
            places: 0,
            next: 0,
        }
    }

    /// The connection to close first, among those compared.
    fn idlest(&mut self, exempt: Option<Id>, now_ms: u64) -> Option<Id> {
        let count = self.connections.len();
        let compared = count.min(COMPARED);
        let first = self.next % count.max(1);
        self.next = first + compared;
        (first..first + compared)
            .filter_map(|index| self.connections.get_index(index % count))
            .filter(|(id, _)| Some(**id) != exempt)
            .min_by_key(|(_, held)| held.activity.order(now_ms))
            .map(|(id, _)| *id)
    }
}

#[cfg(test)]
mod tests;
