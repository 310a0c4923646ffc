//! The transaction of a request that has a mark, for handlers.
//!
//! `begin` opens the transaction and claims the mark with an advisory lock. The use case runs in that transaction.
//! `commit` or `finish` stores the receipt and commits.
//!
//! A refused call is rolled back to a savepoint from before the effect, and its refusal is committed as its receipt. A
//! refused form leaves nothing behind.

use super::{ClaimResult, Conflict, Denial, Mark, Receipt, claim, store};
use crate::{
    Result,
    store::{Connection, Tx},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgPool;
use std::marker::PhantomData;

/// A request processed at most once, however often it is sent. It holds the transaction and the claim. Dropped without
/// [`Once::commit`] or [`Once::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Once<'c, T> {
    tx: Tx<'c>,
    mark: Option<Mark>,
    /// The type that is stored and read back when the request is repeated.
    outcome: PhantomData<fn() -> T>,
}

/// How a request starts.
#[derive(Debug)]
pub enum WriteStart<'c, T> {
    First(Once<'c, T>),
    /// The request was processed before.
    Repeated(Receipt<T>),
    Conflict(Conflict),
}

impl<'c, T: Serialize + DeserializeOwned> Once<'c, T> {
    /// Begins the transaction and claims the mark in it. Without a mark, every request is new.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(pool: &PgPool, mark: Option<Mark>) -> Result<WriteStart<'c, T>> {
        let mut tx: Tx<'c> = pool.begin().await?;
        let standing = match &mark {
            Some(mark) => claim(&mut tx, mark).await?,
            None => ClaimResult::First,
        };
        let begun = match standing {
            ClaimResult::First => {
                if mark.as_ref().is_some_and(Mark::keeps_refusals) {
                    store::begin_effect(&mut tx).await?;
                }
                let outcome = PhantomData;
                return Ok(WriteStart::First(Self { tx, mark, outcome }));
            }
            ClaimResult::Repeated(receipt) => WriteStart::Repeated(receipt),
            ClaimResult::Conflict(conflict) => WriteStart::Conflict(conflict),
        };
        // Release the claim before answering, so that the client's next request does not find it taken.
        tx.rollback().await?;
        Ok(begun)
    }

    /// The transaction to work in.
    pub const fn tx(&mut self) -> &mut Tx<'c> {
        &mut self.tx
    }

    /// Commits the work together with its receipt.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`; nothing is then stored.
    pub async fn commit(mut self, done: T) -> Result<T> {
        if let Some(mark) = &self.mark {
            keep(&mut self.tx, mark, Ok(&done)).await?;
        }
        self.tx.commit().await?;
        Ok(done)
    }

    /// Commits the result with its receipt. A refusal rolls the work back, and is stored if the mark keeps refusals.
    ///
    /// # Errors
    /// The refusal itself; or `Busy` or `Unexpected`, and nothing is then stored.
    pub async fn finish(mut self, done: Result<T>) -> Result<T> {
        let error = match done {
            Ok(done) => return self.commit(done).await,
            Err(error) => error,
        };
        match (self.mark.as_ref(), Denial::of(&error)) {
            (Some(mark), Some(denial)) if mark.keeps_refusals() => {
                store::roll_back_effect(&mut self.tx).await?;
                keep::<T>(&mut self.tx, mark, Err(denial)).await?;
                self.tx.commit().await?;
            }
            _ => self.tx.rollback().await?,
        }
        Err(error)
    }
}

async fn keep<T: Serialize>(
    db: &mut Connection,
    mark: &Mark,
    outcome: Result<&T, Denial>,
) -> Result<()> {
    store::keep_all(db, &[(mark, outcome)]).await
}
