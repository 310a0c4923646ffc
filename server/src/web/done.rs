use super::{failure::Failure, saved_form, session, visit::Visit};
use app::writes::Done;
use axum::{
    Json,
    response::{IntoResponse, Redirect, Response},
};

/// Leads to the page that shows what was done, and says it there.
pub(super) async fn done(
    visit: &Visit,
    location: &str,
    message: &str,
) -> Result<Response, Failure> {
    announce(visit, message).await?;
    Ok(if visit.wants_json {
        let (message, location) = (message.to_owned(), location.to_owned());
        Json(Done { message, location }).into_response()
    } else {
        Redirect::to(location).into_response()
    })
}

/// Keeps what was done to be said once, on the page that follows; a form that was saved before it is not needed any more.
pub(super) async fn announce(visit: &Visit, message: &str) -> Result<(), Failure> {
    saved_form::forget(visit).await?;
    session::flash(&visit.session, message).await?;
    Ok(())
}
