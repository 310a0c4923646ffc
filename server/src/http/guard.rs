//! Limits how long a handler that may use the database can run, and refuses or cuts off requests during an outage.
//!
//! It is the outermost layer. The session layer and the error page use the database too, so a timeout inside them
//! would bound nothing. The guard ends a request after 20 s, and every request under way when the breaker opens.
//!
//! During an outage a write is refused at once. `GET /sign-in/with/…` counts as a write, because it stores the OAuth
//! state. A read is answered from memory; if it needs the database after all, it is cut off after 150 ms with 503 and
//! `Retry-After`.

use crate::database::outage::{self, Breaker, Memory};
use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use guildhall::Error;
use std::time::Duration;
use tokio::time::timeout;

/// The time limit for a response; by then most clients have given up.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The time limit for a response from memory, which never blocks; a handler that needs the database after all is cut
/// off.
const MEMORY_TIMEOUT: Duration = Duration::from_millis(150);

/// Runs the request, or handles a database outage: a write that starts during an outage is refused before anything is
/// done; a read is answered from memory or refused.
///
/// # Errors
/// `Unreachable`; `Busy` if it took too long.
pub(crate) async fn run_guarded(
    breaker: &Breaker,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    // Signing in through a provider writes on GET, as OAuth requires.
    let is_write =
        !request.method().is_safe() || request.uri().path().starts_with("/sign-in/with/");
    if breaker.is_open() {
        if is_write {
            return Err(outage::unreachable(false));
        }
        let answer = Memory::only().scope(async {
            let mut response = next.run(request).await;
            set_age(&mut response);
            response
        });
        let answered = timeout(MEMORY_TIMEOUT, answer).await;
        return answered.map_err(|_| outage::unreachable(false));
    }
    let answer = Memory::with_database().scope(next.run(request));
    tokio::select! {
        biased;
        answered = timeout(TIMEOUT, answer) => answered.map_err(|_| Error::Busy {
            retry_after: Duration::from_secs(1),
        }),
        () = breaker.until_open() => Err(outage::unreachable(is_write)),
    }
}

/// Sets the `Age` header for programs and caches (RFC 9111, section 5.1), in seconds.
fn set_age(response: &mut Response) {
    if let Some(age) = outage::age() {
        let age = HeaderValue::from(age.as_secs());
        response.headers_mut().insert(header::AGE, age);
    }
}
