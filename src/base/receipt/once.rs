//! The transaction of a request that has a mark, for handlers.
//!
//! `begin` opens the transaction and claims the mark by an advisory lock. The use case runs in that transaction.
//! `commit` or `finish` stores the receipt and commits.
//!
//! A refused call is rolled back to a savepoint from before the effect, and its refusal is committed as its receipt. A
//! refused form leaves nothing behind.

use super::{Conflict, Denial, Mark, Receipt, Standing, claim, store};
use crate::{
    Result,
    store::{Connection, Tx},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgPool;
use std::marker::PhantomData;

/// A request that is carried out once, however often it is sent: its transaction, which holds the claim. Dropped without
/// [`Once::commit`] or [`Once::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Once<'c, T> {
    tx: Tx<'c>,
    mark: Option<Mark>,
    /// The same type is kept, and read when the request is repeated.
    outcome: PhantomData<fn() -> T>,
}

/// How a request begins.
#[derive(Debug)]
pub enum Begun<'c, T> {
    First(Once<'c, T>),
    /// It was carried out before.
    Repeated(Receipt<T>),
    Conflict(Conflict),
}

impl<'c, T: Serialize + DeserializeOwned> Once<'c, T> {
    /// Begins the transaction and claims the mark in it. Without a mark, a repeated request is a new one.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(pool: &PgPool, mark: Option<Mark>) -> Result<Begun<'c, T>> {
        let mut tx: Tx<'c> = pool.begin().await?;
        let standing = match &mark {
            Some(mark) => claim(&mut tx, mark).await?,
            None => Standing::First,
        };
        let begun = match standing {
            Standing::First => {
                if mark.as_ref().is_some_and(Mark::keeps_refusals) {
                    store::begin_effect(&mut tx).await?;
                }
                let outcome = PhantomData;
                return Ok(Begun::First(Self { tx, mark, outcome }));
            }
            Standing::Repeated(receipt) => Begun::Repeated(receipt),
            Standing::Conflict(conflict) => Begun::Conflict(conflict),
        };
        // The claim is given up before the answer is out: whoever sends the next request must not find it taken.
        tx.rollback().await?;
        Ok(begun)
    }

    /// The transaction, for the effect.
    pub const fn tx(&mut self) -> &mut Tx<'c> {
        &mut self.tx
    }

    /// Commits the effect with its receipt.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`; nothing is stored then.
    pub async fn commit(mut self, done: T) -> Result<T> {
        if let Some(mark) = &self.mark {
            keep(&mut self.tx, mark, Ok(&done)).await?;
        }
        self.tx.commit().await?;
        Ok(done)
    }

    /// Commits what was done with its receipt. A refusal undoes it, and is kept where the mark keeps refusals.
    ///
    /// # Errors
    /// What was refused; `Busy` or `Unexpected`, and nothing is stored then.
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
