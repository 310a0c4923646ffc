use super::{failure::Failure, saved_form, session, visit::Visit};
use axum::{
    Json,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Refusal, Result,
    receipt::{self, Mark, Once},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use sqlx::PgPool;

/// How a form begins.
pub(super) enum Begun<'c, T> {
    First(Once<'c, T>),
    /// It was carried out before; this came of it.
    Repeated(T),
}

/// Begins the transaction that a form is carried out in once, however often it is sent.
///
/// # Errors
/// `Refused(StalePage)` where an older version of the server may have carried the form out; `Busy` or `Unexpected`.
pub(super) async fn begin<'c, T: Serialize + DeserializeOwned>(
    pool: &PgPool,
    mark: Mark,
) -> Result<Begun<'c, T>> {
    match Once::begin(pool, Some(mark)).await? {
        receipt::Begun::First(once) => Ok(Begun::First(once)),
        receipt::Begun::Repeated(receipt) => Ok(Begun::Repeated(receipt.outcome?)),
        receipt::Begun::Conflict(_) => Err(Refusal::StalePage.into()),
    }
}

/// Says what was done on the page that follows, and leads there.
pub(super) async fn done(visit: &Visit, location: &str, words: &str) -> Result<Response, Failure> {
    saved_form::forget(visit).await?;
    session::flash(&visit.session, words).await?;
    Ok(if visit.wants_json {
        Json(json!({ "message": words, "location": location })).into_response()
    } else {
        Redirect::to(location).into_response()
    })
}
