use super::{failure::Failure, saved_form, session, visit::Visit};
use app::writes::WriteSuccess;
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

/// Redirects to the page that shows the result, with a message.
pub(super) async fn redirect_with_message(
    visit: &Visit,
    location: &str,
    message: &str,
) -> Result<Response, Failure> {
    let (message, location) = (message.to_owned(), location.to_owned());
    redirect_after(visit, WriteSuccess { message, location }).await
}

/// Like [`redirect_with_message`], for the result of a server function.
pub(super) async fn redirect_after(
    visit: &Visit,
    success: WriteSuccess,
) -> Result<Response, Failure> {
    announce(visit, &success.message).await?;
    Ok(if visit.wants_json {
        Json(success).into_response()
    } else {
        Redirect::to(&success.location).into_response()
    })
}

/// Stores a message for the next page, and deletes the saved form, which is no longer needed.
pub(super) async fn announce(visit: &Visit, message: &str) -> Result<(), Failure> {
    saved_form::forget(visit).await?;
    session::flash(&visit.session, message).await?;
    Ok(())
}

/// Prevents caching of a response that carries a secret or an authorization code, or asks for consent.
pub(super) fn uncached(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
