//! SQL for awards.
//!
//! Lock order: project, then award.
//!
//! The statement that locks a project's row also sets `idle_in_transaction_session_timeout = 800ms` for its
//! transaction. If a worker stalls, PostgreSQL closes its connection within a second, and another worker makes the
//! award.

use super::EndedProject;
use crate::{Result, project::ProjectId, store::Connection};
use time::OffsetDateTime;

pub(super) async fn lock_due(db: &mut Connection, most: i64) -> Result<Vec<ProjectId>> {
    // Read the clock once, in a sub-select, so that the index on the deadline can be used.
    let rows = sqlx::query!(
        "select id, set_config('idle_in_transaction_session_timeout', '800ms', true) as bound
         from project where state = 'open' and deadline <= (select clock_timestamp())
         order by deadline, id limit $1 for no key update skip locked",
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ProjectId(row.id)).collect())
}

pub(super) async fn due(db: &mut Connection, most: i64) -> Result<Vec<ProjectId>> {
    let ids = sqlx::query_scalar!(
        "select id from project where state = 'open' and deadline <= (select clock_timestamp())
         order by deadline, id limit $1",
        most
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ProjectId).collect())
}

pub(super) async fn lock_one_due(db: &mut Connection, id: ProjectId) -> Result<Vec<ProjectId>> {
    let rows = sqlx::query!(
        "select id, set_config('idle_in_transaction_session_timeout', '800ms', true) as bound
         from project where id = $1 and state = 'open' and deadline <= clock_timestamp() for no key update",
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ProjectId(row.id)).collect())
}

pub(super) async fn next_deadline(
    db: &mut Connection,
) -> Result<(Option<OffsetDateTime>, OffsetDateTime)> {
    let row = sqlx::query!(
        r#"select (select deadline from project where state = 'open' order by deadline limit 1) as deadline, clock_timestamp() as "now!""#
    )
    .fetch_one(db)
    .await?;
    Ok((row.deadline, row.now))
}

pub(super) async fn award_lowest(db: &mut Connection, due: &[ProjectId]) -> Result<()> {
    let due: Vec<i64> = due.iter().map(|p| p.0).collect();
    sqlx::query!(
        "insert into award (project_id, bid_id)
         select p.id, first.id from unnest($1::bigint[]) as p (id)
         cross join lateral (select b.id from bid b where b.project_id = p.id and b.state = 'live'
                             order by b.amount_minor, b.accepted_at, b.id limit 1) first",
        &due
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn end(db: &mut Connection, due: &[ProjectId]) -> Result<Vec<EndedProject>> {
    let due: Vec<i64> = due.iter().map(|p| p.0).collect();
    let rows = sqlx::query!(
        r#"update project p set ended_at = clock_timestamp(),
             state = case when exists (select from award a where a.project_id = p.id) then 'awarded' else 'unawarded' end
           where p.id = any ($1) and p.state = 'open'
           returning p.id, p.state = 'awarded' as "awarded!", p.deadline as "deadline!", p.ended_at as "decided_at!""#,
        &due
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| EndedProject {
            project: ProjectId(row.id),
            awarded: row.awarded,
            deadline: row.deadline,
            decided_at: row.decided_at,
        })
        .collect())
}
