//! A request that is carried out once, however often it is sent with the same Idempotency-Key
//! (draft-ietf-httpapi-idempotency-key-header).

use super::{
    admission::sent,
    call::Call,
    problem::{Kind, Problem},
};
use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};
use guildhall::{
    Error,
    bid::{Bid, LayOut},
    idempotency::{self, Answer, Mark, Standing},
    store::Tx,
    token::Caller,
};
use serde::Serialize;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The transaction that a request is carried out in.
pub(super) struct Once<'c> {
    tx: Tx<'c>,
    mark: Option<Mark>,
}

/// How a request begins.
pub(super) enum Begun<'c> {
    First(Once<'c>),
    /// It was answered before; this is that answer.
    Replayed(Response),
}

impl<'c> Once<'c> {
    /// Begins the transaction and, where the caller gave a key, claims it.
    pub async fn begin(call: &Call, caller: &Caller, body: &[u8]) -> Result<Begun<'c>, Problem> {
        let mark = mark(call, caller, body)?;
        let mut tx: Tx<'c> = call.app.pool.begin().await?;
        let Some(mark) = mark else {
            return Ok(Begun::First(Self { tx, mark: None }));
        };
        match idempotency::claim(&mut tx, &mark).await? {
            Standing::First => {
                idempotency::mark_point(&mut tx).await?;
                Ok(Begun::First(Self {
                    tx,
                    mark: Some(mark),
                }))
            }
            Standing::Running => Err(Problem::new(Kind::StillRunning)),
            // The claim is given up before the answer is out: whoever sends the next one must not find it taken.
            Standing::OtherRequest => {
                tx.rollback().await?;
                Err(Problem::new(Kind::IdempotencyKeyReused))
            }
            Standing::Answered(answer) => {
                tx.rollback().await?;
                Ok(Begun::Replayed(kept(answer, true)))
            }
        }
    }

    /// The transaction, for the verb.
    pub const fn tx(&mut self) -> &mut Tx<'c> {
        &mut self.tx
    }

    /// Commits and answers. A refusal takes back what the verb did and is kept under the key as well; what may come out
    /// otherwise the next time is not.
    pub async fn finish(
        mut self,
        call: &Call,
        done: Result<Answer, Error>,
    ) -> Result<Response, Problem> {
        match (done.map_err(Problem::from), self.mark) {
            (Ok(answer), mark) => {
                if let Some(mark) = mark {
                    idempotency::keep(&mut self.tx, &mark, &answer).await?;
                }
                self.tx.commit().await?;
                Ok(sent(answer))
            }
            (Err(problem), Some(mark)) if !problem.is_passing() => {
                let answer = problem.answer(call);
                idempotency::back_to_point(&mut self.tx).await?;
                idempotency::keep(&mut self.tx, &mark, &answer).await?;
                self.tx.commit().await?;
                Ok(sent(answer))
            }
            (Err(problem), _) => {
                self.tx.rollback().await?;
                Err(problem)
            }
        }
    }
}

/// An answer that is kept under a key, and whether it was given before.
pub(super) fn kept(answer: Answer, again: bool) -> Response {
    let mut response = sent(answer);
    if again {
        let headers = response.headers_mut();
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// How the answer is made that is kept under a key, for a verb that keeps it by itself: by this, or of what was refused.
pub(super) fn lay_out(
    call: &Call,
    done: impl Fn(Bid) -> Result<Answer, Error> + Send + Sync + 'static,
) -> LayOut {
    let call = call.clone();
    Box::new(move |bid| match bid.and_then(&done) {
        Err(error) if error.is_passing() => Err(error),
        Err(error) => Ok(Problem::from(error).answer(&call)),
        done => done,
    })
}

/// The mark of a request whose caller gave a key.
pub(super) fn mark(call: &Call, caller: &Caller, body: &[u8]) -> Result<Option<Mark>, Problem> {
    let mut keys = call.headers.get_all(KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let invalid = || Problem::new(Kind::IdempotencyKeyInvalid);
    if keys.next().is_some() {
        return Err(invalid());
    }
    let key = key.to_str().map_err(|_| invalid())?;
    let mark = Mark::new(
        caller.viewer.account,
        key,
        call.method.as_str(),
        &call.path,
        body,
    );
    mark.map(Some).ok_or_else(invalid)
}

/// An answer of this status with a JSON body.
pub(super) fn answer(status: u16, body: &impl Serialize) -> Result<Answer, Error> {
    Ok(Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: serde_json::to_string(body).map_err(Error::unexpected)?,
    })
}

/// 201 with the place of what was made.
pub(super) fn created(location: String, body: &impl Serialize) -> Result<Answer, Error> {
    let mut answer = answer(201, body)?;
    answer.headers.push(("location".to_owned(), location));
    Ok(answer)
}
