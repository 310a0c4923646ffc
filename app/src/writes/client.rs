//! How an island reaches the server's functions: as `server_fn`'s own client does, but not for ever.

use super::Refused;
use bytes::Bytes;
use futures::{Sink, Stream};
use leptos::server_fn::client::{Client, browser::BrowserClient};

type Request = <BrowserClient as Client<Refused>>::Request;
type Response = <BrowserClient as Client<Refused>>::Response;

/// `fetch` with an end: a request that takes longer is aborted, and nobody knows whether it had its effect.
pub struct Fetch;

impl Client<Refused> for Fetch {
    type Request = Request;
    type Response = Response;

    #[cfg(feature = "hydrate")]
    async fn send(request: Request) -> Result<Response, Refused> {
        use futures::future::{Either, select};
        use leptos::server_fn::error::{FromServerFnError as _, ServerFnErrorErr};
        use std::pin::pin;

        let answer = pin!(<BrowserClient as Client<Refused>>::send(request));
        match select(answer, pin!(timeout::elapsed())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Refused::from_server_fn_error(ServerFnErrorErr::Request(
                String::new(),
            ))),
        }
    }

    #[cfg(not(feature = "hydrate"))]
    fn send(request: Request) -> impl Future<Output = Result<Response, Refused>> + Send {
        <BrowserClient as Client<Refused>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl Sink<Bytes> + Send + 'static,
            ),
            Refused,
        >,
    > + Send {
        <BrowserClient as Client<Refused>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<Refused>>::spawn(future);
    }
}

#[cfg(feature = "hydrate")]
mod timeout {
    use futures::channel::oneshot;
    use leptos::prelude::set_timeout;
    use std::time::Duration;

    /// How long an answer may take: longer than the server's own limit of 20 s, so that people hear what it says.
    const PATIENCE: Duration = Duration::from_secs(25);

    pub async fn elapsed() {
        let (sender, elapsed) = oneshot::channel::<()>();
        set_timeout(
            move || {
                let _ = sender.send(());
            },
            PATIENCE,
        );
        let _ = elapsed.await;
    }
}
