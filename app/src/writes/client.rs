//! How an island calls a server function: by `fetch`, with a timeout. `server_fn`'s own client also supports streams,
//! form data and verbose errors, which none of our functions needs and every browser would load.

use super::Refused;
use bytes::Bytes;
use futures::{Sink, Stream, sink, stream::Empty};
use leptos::server_fn::{
    client::Client,
    error::{FromServerFnError as _, ServerFnErrorErr},
    request::ClientReq,
    response::ClientRes,
};

/// Calls server functions from islands.
pub struct Fetch;

/// A call: the arguments as text, posted to the function's path.
pub struct FetchRequest {
    path: String,
    content_type: String,
    body: Bytes,
}

/// The response to a call.
pub struct FetchResponse {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Posts a text of this media type to a function's path.
pub(super) async fn post(
    path: &str,
    content_type: &str,
    body: &str,
) -> Result<FetchResponse, Refused> {
    #[cfg(feature = "hydrate")]
    {
        let fetched = crate::fetch::post(path, content_type, body);
        let fetched = send_wrapper::SendWrapper::new(fetched).await;
        fetched
            .map(|fetched| FetchResponse {
                status: fetched.status,
                body: fetched.text,
            })
            .map_err(|_| Refused::from_server_fn_error(ServerFnErrorErr::Request(String::new())))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (path, content_type, body);
        Err(unsupported())
    }
}

impl Client<Refused> for Fetch {
    type Request = FetchRequest;
    type Response = FetchResponse;

    async fn send(call: FetchRequest) -> Result<FetchResponse, Refused> {
        let body = std::str::from_utf8(&call.body).unwrap_or_default();
        post(&call.path, &call.content_type, body).await
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<
        (
            impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
            impl Sink<Bytes> + Send + 'static,
        ),
        Refused,
    > {
        Err::<(Empty<_>, sink::Drain<_>), _>(unsupported())
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        drop(future);
    }
}

impl ClientReq<Refused> for FetchRequest {
    type FormData = ();

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        _accepts: &str,
        body: Bytes,
        _: http::Method,
    ) -> Result<Self, Refused> {
        Ok(Self {
            path: path.to_owned(),
            content_type: content_type.to_owned(),
            body,
        })
    }

    fn try_new_req_query(
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        _: http::Method,
    ) -> Result<Self, Refused> {
        Err(unsupported())
    }

    fn try_new_req_text(
        _: &str,
        _: &str,
        _: &str,
        _: String,
        _: http::Method,
    ) -> Result<Self, Refused> {
        Err(unsupported())
    }

    fn try_new_req_form_data(
        _: &str,
        _: &str,
        _: &str,
        (): (),
        _: http::Method,
    ) -> Result<Self, Refused> {
        Err(unsupported())
    }

    fn try_new_req_multipart(_: &str, _: &str, (): (), _: http::Method) -> Result<Self, Refused> {
        Err(unsupported())
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: http::Method,
    ) -> Result<Self, Refused> {
        Err(unsupported())
    }
}

impl ClientRes<Refused> for FetchResponse {
    async fn try_into_string(self) -> Result<String, Refused> {
        Ok(self.body)
    }

    async fn try_into_bytes(self) -> Result<Bytes, Refused> {
        Ok(Bytes::from(self.body))
    }

    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, Refused> {
        Err::<Empty<_>, _>(unsupported())
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn status_text(&self) -> String {
        String::new()
    }

    fn location(&self) -> String {
        String::new()
    }

    /// No redirects: a function's result says which page follows.
    fn has_redirect(&self) -> bool {
        false
    }
}

/// The error for features of `server_fn` that our functions don't use.
fn unsupported() -> Refused {
    Refused::from_server_fn_error(ServerFnErrorErr::Serialization(String::new()))
}
