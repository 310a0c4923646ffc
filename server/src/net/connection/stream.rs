//! A socket that can be closed at once, whatever its task is waiting for.
//!
//! The task may be waiting for a handshake, a request, or a client that reads nothing. Closing takes the socket away
//! from the task. The client sees the end of the connection, without GOAWAY. For this, each read and write costs an
//! uncontended lock, a read of the clock and an atomic store.

use super::registry::OpenConnection;
use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A connection's socket, which can be closed from any task.
#[derive(Default)]
pub(super) struct Socket(Mutex<State>);

#[derive(Default)]
enum State {
    /// Accepted, but not served yet.
    #[default]
    Accepted,
    Open {
        stream: TcpStream,
        /// The waker of the task that reads and writes, while it waits.
        waker: Option<Waker>,
    },
    Closed,
}

impl Socket {
    /// Stores the stream.
    ///
    /// # Errors
    /// If the socket is already closed; the stream is then closed too.
    pub fn open(&self, stream: TcpStream) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Closed) {
            return Err(displaced());
        }
        *state = State::Open {
            stream,
            waker: None,
        };
        Ok(())
    }

    /// Closes the file descriptor and wakes the task, which then sees that it is closed.
    pub fn close(&self) {
        let state = mem::replace(&mut *self.state(), State::Closed);
        if let State::Open { stream, waker } = state {
            drop(stream);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls the stream and remembers the waker.
    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        match &mut *self.state() {
            State::Open { stream, waker } => {
                let polled = poll(Pin::new(stream), cx);
                if polled.is_pending() {
                    match waker {
                        Some(waker) => waker.clone_from(cx.waker()),
                        None => *waker = Some(cx.waker().clone()),
                    }
                }
                polled
            }
            State::Accepted | State::Closed => Poll::Ready(Err(displaced())),
        }
    }
}

fn displaced() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "it was displaced by a newer connection",
    )
}

/// A connection's stream, which records when bytes move.
pub(super) struct Stream(Arc<OpenConnection>);

impl Stream {
    /// # Errors
    /// If the connection was displaced before it was served.
    pub fn open(stream: TcpStream, connection: Arc<OpenConnection>) -> io::Result<Self> {
        connection.socket.open(stream)?;
        Ok(Self(connection))
    }

    fn write(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        // Read the clock before the write: the client may send its next request before this thread runs again.
        let now_ms = self.0.now_ms();
        let written = self.0.socket.poll(cx, poll);
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.0.moved_at(now_ms);
        }
        written
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = self
            .0
            .socket
            .poll(cx, |stream, cx| stream.poll_read(cx, buf));
        if buf.filled().len() > before {
            self.0.moved();
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.socket.poll(cx, TcpStream::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.socket.poll(cx, TcpStream::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::connection::{ConnectionLimits, registry::Registry};
    use std::{net::Ipv4Addr, time::Duration};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::timeout,
    };

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// A client, the server's stream for it, and their registry, which has a single place.
    async fn pair() -> (Arc<Registry>, TcpStream, Stream) {
        let caps = ConnectionLimits {
            places: 1,
            per_customer: 1,
            per_network: 1,
        };
        let registry = Arc::new(Registry::new(caps));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (accepted, peer) = listener.accept().await.unwrap();
        let stream = Stream::open(accepted, registry.admit(peer.ip())).unwrap();
        (registry, client.unwrap(), stream)
    }

    #[tokio::test]
    async fn a_reading_task_is_woken_when_its_connection_is_displaced() {
        let (registry, mut client, mut stream) = pair().await;
        client.write_all(b"x").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'x');
        let reading = tokio::spawn(async move { stream.read_u8().await });
        tokio::task::yield_now().await;
        let _newer = registry.admit(Ipv4Addr::LOCALHOST.into());
        let read = timeout(TIMEOUT, reading)
            .await
            .expect("the task is still blocked");
        assert_eq!(
            read.unwrap().unwrap_err().kind(),
            io::ErrorKind::ConnectionAborted
        );
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_blocked_writing_task_is_woken_when_its_connection_is_displaced() {
        let (registry, _client, mut stream) = pair().await;
        let writing = tokio::spawn(async move {
            loop {
                if let Err(error) = stream.write_all(&[0; 65_536]).await {
                    return error.kind();
                }
            }
        });
        // Wait until the system's buffers are full.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!writing.is_finished());
        let _newer = registry.admit(Ipv4Addr::LOCALHOST.into());
        let kind = timeout(TIMEOUT, writing)
            .await
            .expect("the task is still blocked");
        assert_eq!(kind.unwrap(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_connection_displaced_before_it_was_served_is_not_served() {
        let (registry, mut client, stream) = pair().await;
        let waiting = registry.admit(Ipv4Addr::LOCALHOST.into());
        drop(stream);
        let _newer = registry.admit(Ipv4Addr::LOCALHOST.into());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _other = TcpStream::connect(listener.local_addr().unwrap()).await;
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(Stream::open(accepted, waiting).is_err());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    }
}
