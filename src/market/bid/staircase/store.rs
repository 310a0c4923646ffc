//! SQL for the staircase.

use super::{ActiveBid, MAX_BIDS};
use crate::{Result, project::ProjectId, store::Connection};

/// The latest bids of a project and the leading one.
pub(super) async fn active_bids(db: &mut Connection, project: ProjectId) -> Result<Vec<ActiveBid>> {
    Ok(sqlx::query_as!(
        ActiveBid,
        r#"select amount_minor as "minor!", accepted_at as "from!", ended_at as until from (
               (select id, amount_minor, accepted_at, ended_at from bid where project_id = $1 order by id desc limit $2)
               union
               (select id, amount_minor, accepted_at, ended_at from bid where project_id = $1 and state = 'live'
                order by amount_minor, accepted_at, id limit 1)) bid"#,
        project.0,
        MAX_BIDS
    )
    .fetch_all(db)
    .await?)
}
