use super::{failure::Failure, saved_form, session, visit::Visit};
use axum::{
    Json,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Result,
    account::AccountId,
    store::Tx,
    submission::{self, Mark, Standing},
};
use serde_json::json;
use sqlx::PgPool;

/// A form that is being carried out once, however often it is sent.
pub(super) struct Submission<'c> {
    tx: Tx<'c>,
    account: AccountId,
    mark: Mark,
}

/// How a form begins.
pub(super) enum Begun<'c> {
    First(Submission<'c>),
    /// It was carried out before; its sender is led here again.
    Repeated(String),
}

impl<'c> Submission<'c> {
    /// Begins the transaction that the form is carried out in.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(pool: &PgPool, account: AccountId, mark: Mark) -> Result<Begun<'c>> {
        let mut tx: Tx<'c> = pool.begin().await?;
        Ok(match submission::claim(&mut tx, account, &mark).await? {
            Standing::First => Begun::First(Self { tx, account, mark }),
            Standing::Repeated { location } => Begun::Repeated(location),
        })
    }

    /// The transaction, for the verb.
    pub const fn tx(&mut self) -> &mut Tx<'c> {
        &mut self.tx
    }

    /// Commits, and answers where the sender is led.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`; nothing is stored then.
    pub async fn commit(mut self, location: String) -> Result<String> {
        submission::settle(&mut self.tx, self.account, &self.mark, &location).await?;
        self.tx.commit().await.map_err(Error::from)?;
        Ok(location)
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
