//! SQL for the check for unusually low bids; it locks nothing.

use crate::{
    Error, Result,
    account::AccountId,
    bid::store::Glance,
    money::{Currency, Money},
    project::ProjectId,
    store::Connection,
};

/// What a bid is checked against before it is queued, read without a lock.
pub(super) struct BidTerms {
    pub glance: Glance,
    pub budget: Money,
}

/// `None` for a draft or an unknown project.
pub(super) async fn terms(db: &mut Connection, project: ProjectId) -> Result<Option<BidTerms>> {
    let row = sqlx::query!(
        r#"select state, deadline as "deadline!", clock_timestamp() as "now!", currency, budget_minor as "budget_minor!"
           from project where id = $1 and state <> 'draft'"#,
        project.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        Ok(BidTerms {
            glance: Glance {
                state: row.state.parse().map_err(Error::unexpected)?,
                deadline: row.deadline,
                now: row.now,
            },
            budget: Money::from_minor(row.budget_minor, currency),
        })
    })
    .transpose()
}

/// The amounts of the other buyers' live bids in minor units: the lowest `most`.
pub(super) async fn amounts_of_others(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
    most: i64,
) -> Result<Vec<i64>> {
    let amounts = sqlx::query_scalar!(
        "select amount_minor from bid where project_id = $1 and state = 'live' and buyer_id <> $2
         order by amount_minor, accepted_at, id limit $3",
        project.0,
        buyer.0,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(amounts)
}
