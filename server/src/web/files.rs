//! Static files from the site's folder: the same for everybody, so neither a session nor the database is used.
//!
//! - A path that no file can have gets 404, not 500: too long for the file system, with a NUL byte, or below a file.
//! - Files are compressed at build time (`cargo leptos build --precompress`), and answers say `Vary: accept-encoding`.
//! - A file with its hash in its name is cached by browsers for a year.
//! - A file that is being sent counts among its connection's open files.

use crate::{http::guarded_body::GuardedBody, net::connection::OpenConnection};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
};
use futures_util::{FutureExt, TryFutureExt, future::BoxFuture};
use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_http::{
    services::{
        ServeDir,
        fs::{Backend, TokioBackend, TokioFile},
    },
    set_header::SetResponseHeaderLayer,
};

/// Serves the folder's files, in compressed form if cargo-leptos has stored one.
pub(crate) fn serve(folder: &Path, caching: &'static str) -> Router {
    let serve = ServeDir::with_backend(folder, Disk)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let caching = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        move |response: &Response| {
            let status = response.status();
            // RFC 9110, section 15.4.5: a 304 has the same caching headers.
            let is_file = status.is_success() || status == StatusCode::NOT_MODIFIED;
            is_file.then_some(HeaderValue::from_static(caching))
        },
    );
    Router::new()
        .fallback_service(serve)
        .layer(caching)
        .layer(from_fn(count_open_file))
}

/// Counts a file being sent among its connection's open files: an HTTP/2 client can request a hundred at once and read
/// none.
async fn count_open_file(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Arc<OpenConnection>>();
    let open_file = connection.map(OpenConnection::open_file);
    let response = next.run(request).await;
    match open_file {
        Some(open_file) => response.map(|body| Body::new(GuardedBody::new(body, open_file))),
        None => response,
    }
}

/// The file system. A path that no file can have is reported as not found, because anybody can request one.
#[derive(Debug, Clone, Copy)]
struct Disk;

impl Backend for Disk {
    type File = TokioFile;
    type Metadata = std::fs::Metadata;
    type OpenFuture = BoxFuture<'static, io::Result<TokioFile>>;
    type MetadataFuture = BoxFuture<'static, io::Result<std::fs::Metadata>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        TokioBackend.open(path).map_err(not_found).boxed()
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        TokioBackend.metadata(path).map_err(not_found).boxed()
    }
}

/// Paths that are too long, contain a NUL byte, continue below a file or name a directory are reported as not found;
/// any other error stays as it is.
fn not_found(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory => ErrorKind::NotFound.into(),
        _ => error,
    }
}
