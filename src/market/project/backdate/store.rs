//! SQL that moves an auction back in time.

use crate::{Result, project::ProjectId, store::Connection};
use time::{Duration, OffsetDateTime};

/// Moves an auction back in time, as if it had been published at `from` and its bids had come within `lasts` after
/// that, more and more often. `ended`, if given, becomes its deadline. For demo data only.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn backdate(
    db: &mut Connection,
    id: ProjectId,
    from: OffsetDateTime,
    lasts: Duration,
    ended: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "with moment as (
             select at, row_number() over (order by at) as place, count(*) over () as places
             from (select accepted_at as at from bid where project_id = $1
                   union select ended_at from bid where project_id = $1 and ended_at is not null) every
         ), moved as (
             select at, $2::timestamptz + make_interval(secs => $3::float8 * (1 - power(1 - (place - 0.5)::float8 / places, 1.6))) as new
             from moment
         )
         update bid set accepted_at = pair.accepted, ended_at = pair.ended,
             undone_at = case when undone_at is not null then pair.ended end
         from (select b.id, a.new as accepted, e.new as ended
               from bid b join moved a on a.at = b.accepted_at left join moved e on e.at = b.ended_at
               where b.project_id = $1) pair
         where bid.id = pair.id",
        id.0,
        from,
        lasts.as_seconds_f64()
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update project
         set published_at = $2, created_at = $2, deadline = coalesce($3, deadline),
             ended_at = case when ended_at is not null then coalesce($3, ended_at) end
         where id = $1",
        id.0,
        from,
        ended
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update award set decided_at = coalesce($2, decided_at) where project_id = $1",
        id.0,
        ended
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}
