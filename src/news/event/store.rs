use super::{BidPlaced, CHANNEL, EventKind};
use crate::{Result, account::AccountId, project::ProjectId, store::Connection};
use serde_json::Value;

/// Records an event in the outbox.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record(
    db: &mut Connection,
    kind: EventKind,
    project: Option<ProjectId>,
    account: Option<AccountId>,
    body: Value,
) -> Result<()> {
    sqlx::query!(
        "insert into outbox (kind, project_id, account_id, body) values ($1, $2, $3, $4)",
        kind.name(),
        project.map(|p| p.0),
        account.map(|a| a.0),
        body
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records the events of accepted bids, in order, in one statement.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record_bids(db: &mut Connection, placed: &[BidPlaced]) -> Result<()> {
    let projects: Vec<i64> = placed.iter().map(|placed| placed.project.0).collect();
    let buyers: Vec<i64> = placed.iter().map(|placed| placed.buyer.0).collect();
    let bodies: Vec<Value> = placed.iter().map(|placed| placed.body.clone()).collect();
    sqlx::query!(
        "insert into outbox (kind, project_id, account_id, body)
         select $1, project, buyer, body
         from unnest($2::bigint[], $3::bigint[], $4::jsonb[]) with ordinality as bid (project, buyer, body, place)
         order by place",
        EventKind::BidPlaced.name(),
        &projects,
        &buyers,
        &bodies
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records the events of ended projects in one statement, because thousands may end in the same second. Notifies
/// listeners of each project.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record_ended(db: &mut Connection, ended: &[(ProjectId, EventKind)]) -> Result<()> {
    let projects: Vec<i64> = ended.iter().map(|(project, _)| project.0).collect();
    let kinds: Vec<String> = ended
        .iter()
        .map(|(_, kind)| kind.name().to_owned())
        .collect();
    sqlx::query!(
        "insert into outbox (kind, project_id, body)
         select kind, project, '{}'::jsonb from unnest($1::bigint[], $2::text[]) as ended (project, kind)",
        &projects,
        &kinds
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "select pg_notify($1, id::text) from unnest($2::bigint[]) as ended (id)",
        CHANNEL,
        &projects
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notifies listeners that a project opened or ended. Never call it for every bid: a notification takes a global lock
/// at commit.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn announce(db: &mut Connection, project: ProjectId) -> Result<()> {
    sqlx::query!("select pg_notify($1, $2::bigint::text)", CHANNEL, project.0)
        .execute(db)
        .await?;
    Ok(())
}
