use super::{
    activity::Activity,
    stream::Socket,
    table::{ConnectionLimits, ConnectionTable, Id},
};
use guildhall::origin::Origin;
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// All connections of this process.
pub(super) struct Registry {
    table: Mutex<ConnectionTable<Arc<Socket>>>,
    /// When its clock started.
    began: Instant,
}

impl Registry {
    pub fn new(caps: ConnectionLimits) -> Self {
        Self {
            table: Mutex::new(ConnectionTable::new(caps)),
            began: Instant::now(),
        }
    }

    /// Registers a new connection; if that exceeds a limit, another one is closed before this returns.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Arc<OpenConnection> {
        let origin = Origin::of(peer);
        let now_ms = self.now_ms();
        let activity = Arc::new(Activity::begin(now_ms));
        let socket = Arc::new(Socket::default());
        let (id, gives_way) = self
            .table()
            .admit(origin, activity.clone(), socket.clone(), now_ms);
        close(gives_way.as_deref());
        Arc::new(OpenConnection {
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

    fn table(&self) -> MutexGuard<'_, ConnectionTable<Arc<Socket>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the registry was created.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Closes the displaced connection. Call it without holding the table's lock.
fn close(gives_way: Option<&Socket>) {
    if let Some(socket) = gives_way {
        tracing::debug!("closing a connection to make room");
        socket.close();
    }
}

/// A connection's place in the registry. It is freed when the connection's stream is dropped, or this value if there
/// was no stream. Every request carries this value in its extensions.
pub(crate) struct OpenConnection {
    id: Id,
    origin: Origin,
    activity: Arc<Activity>,
    pub(super) socket: Arc<Socket>,
    registry: Arc<Registry>,
}

impl OpenConnection {
    /// Records that bytes moved just now.
    pub(super) fn moved(&self) {
        self.moved_at(self.now_ms());
    }

    /// Records that bytes moved at this time of the registry's clock.
    pub(super) fn moved_at(&self, now_ms: u64) {
        self.activity.moved(now_ms);
    }

    /// The time of the registry's clock.
    pub(super) fn now_ms(&self) -> u64 {
        self.registry.now_ms()
    }

    /// Frees the place of a connection that has ended.
    pub(super) fn end(&self) {
        self.socket.close();
        self.registry.table().remove(self.origin, self.id);
    }

    /// Counts a request as in progress until the result is dropped.
    pub(super) fn request(self: &Arc<Self>) -> ActiveRequest {
        self.activity.begin_request();
        ActiveRequest(self.clone())
    }

    /// Counts a file as open for this connection until the result is dropped. Like a connection, it takes a place.
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

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.end();
    }
}

/// A request in progress.
pub(super) struct ActiveRequest(Arc<OpenConnection>);

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.moved();
        self.0.activity.end_request();
    }
}

/// A file being sent.
pub(crate) struct OpenFile(Arc<OpenConnection>);

impl Drop for OpenFile {
    fn drop(&mut self) {
        let connection = &self.0;
        let mut table = connection.registry.table();
        table.close_file(connection.origin, connection.id);
    }
}
