//! Forms that have one effect, however often they are sent.

use guildhall::{
    Error, Result,
    account::AccountId,
    store::{Pool, Tx},
    submission::{self, Mark, Standing},
};

/// A form that is being carried out.
pub struct Submission<'c> {
    tx: Tx<'c>,
    account: AccountId,
    mark: Mark,
}

/// How a form begins.
pub enum Begun<'c> {
    First(Submission<'c>),
    /// It was carried out before; its sender was led here.
    Repeated(String),
}

impl<'c> Submission<'c> {
    /// Begins the transaction that the form is carried out in.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn begin(pool: &Pool, account: AccountId, mark: Mark) -> Result<Begun<'c>> {
        let mut tx: Tx<'c> = pool.begin().await?;
        Ok(match submission::claim(&mut tx, account, &mark).await? {
            Standing::First => Begun::First(Self { tx, account, mark }),
            Standing::Repeated { location } => Begun::Repeated(location),
        })
    }

    /// The transaction, for the use case.
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
