use super::{
    activity::Activity,
    stream::Socket,
    table::{Caps, Id, Table},
};
use guildhall::origin::Origin;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Every connection of this process.
pub(super) struct Registry {
    table: Mutex<Table<Arc<Socket>>>,
    /// Where its clock begins.
    began: Instant,
}

impl Registry {
    pub fn new(caps: Caps) -> Self {
        Self {
            table: Mutex::new(Table::new(caps)),
            began: Instant::now(),
        }
    }

    /// Takes a new connection in; where that is one too many, another one is closed before this returns.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Arc<Connection> {
        let origin = Origin::of(peer);
        let now_ms = self.now_ms();
        let activity = Arc::new(Activity::begin(now_ms));
        let socket = Arc::new(Socket::default());
        let (id, gives_way) = self
            .table()
            .admit(origin, activity.clone(), socket.clone(), now_ms);
        close(gives_way.as_deref());
        Arc::new(Connection {
            id,
            origin,
            activity,
            socket,
            registry: self.clone(),
        })
    }

    /// Closes one connection, so that another can be accepted.
    pub fn make_room(&self) {
        let gives_way = self.table().make_room(self.now_ms());
        close(gives_way.as_deref());
    }

    fn table(&self) -> MutexGuard<'_, Table<Arc<Socket>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since it began.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Closes the connection that gives way. The table must not be locked meanwhile.
fn close(gives_way: Option<&Socket>) {
    if let Some(socket) = gives_way {
        tracing::debug!("a connection gives way to a newer one");
        socket.close();
    }
}

/// A connection's place, until the stream or, where none was made, this is dropped. Each request carries it among its
/// extensions.
pub(crate) struct Connection {
    id: Id,
    origin: Origin,
    activity: Arc<Activity>,
    pub(super) socket: Arc<Socket>,
    registry: Arc<Registry>,
}

impl Connection {
    /// Bytes moved.
    pub(super) fn moved(&self) {
        self.activity.moved(self.registry.now_ms());
    }

    /// It has ended, and its place is free.
    pub(super) fn end(&self) {
        self.socket.close();
        self.registry.table().remove(self.origin, self.id);
    }

    /// A request is under way until this is dropped.
    pub(super) fn request(self: &Arc<Self>) -> UnderWay {
        self.activity.begin_request();
        UnderWay(self.clone())
    }

    /// A file is open for this connection until this is dropped. It takes a place, as a connection does.
    pub(crate) fn open_file(self: &Arc<Self>) -> OpenFile {
        let now_ms = self.registry.now_ms();
        let gives_way = self
            .registry
            .table()
            .open_file(self.origin, self.id, now_ms);
        close(gives_way.as_deref());
        OpenFile(self.clone())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.end();
    }
}

/// A request under way.
pub(super) struct UnderWay(Arc<Connection>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.moved();
        self.0.activity.end_request();
    }
}

/// A file that is being sent.
pub(crate) struct OpenFile(Arc<Connection>);

impl Drop for OpenFile {
    fn drop(&mut self) {
        let connection = &self.0;
        let mut table = connection.registry.table();
        table.close_file(connection.origin, connection.id);
    }
}
