//! Every SQL statement about the record.

use super::{AuditEntry, Head};
use crate::{Result, account::AccountId, store::Connection};

/// Locks the end of the chain until the transaction ends, so that only one transaction at a time appends to it.
const APPENDERS: i64 = 0x0061_7564_6974;

/// The last entry, once nobody else appends.
pub(super) async fn lock_head(db: &mut Connection) -> Result<Head> {
    sqlx::query!("select pg_advisory_xact_lock($1)", APPENDERS)
        .execute(&mut *db)
        .await?;
    head(db).await
}

pub(super) async fn head(db: &mut Connection) -> Result<Head> {
    let row = sqlx::query!("select number, hash from audit_entry order by number desc limit 1")
        .fetch_optional(db)
        .await?;
    Ok(row.map_or(Head::EMPTY, |row| Head {
        number: row.number,
        hash: row.hash.try_into().unwrap_or_default(),
    }))
}

/// Those of these events that have an entry.
pub(super) async fn recorded(db: &mut Connection, events: &[i64]) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select event_id from audit_entry where event_id = any ($1)",
        events
    )
    .fetch_all(db)
    .await?)
}

/// Appends entries with the hash of each.
pub(super) async fn insert(db: &mut Connection, entries: &[(AuditEntry, Head)]) -> Result<()> {
    let column = |number: fn(&AuditEntry) -> i64| -> Vec<i64> {
        entries.iter().map(|(entry, _)| number(entry)).collect()
    };
    let text = |text: fn(&AuditEntry) -> &str| -> Vec<String> {
        entries
            .iter()
            .map(|(entry, _)| text(entry).to_owned())
            .collect()
    };
    let accounts: Vec<Option<i64>> = (entries.iter())
        .map(|(entry, _)| entry.account.map(|account| account.0))
        .collect();
    let times: Vec<_> = entries.iter().map(|(entry, _)| entry.happened_at).collect();
    let hashes: Vec<_> = entries.iter().map(|(_, head)| head.hash.to_vec()).collect();
    sqlx::query!(
        "insert into audit_entry (number, event_id, kind, account_id, happened_at, facts, hash)
         select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::bytea[])",
        &column(|entry| entry.number),
        &column(|entry| entry.event),
        &text(|entry| &entry.kind),
        &accounts as &[Option<i64>],
        &times,
        &text(|entry| &entry.facts),
        &hashes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The entries after this number with their stored hashes, in order.
pub(super) async fn after(
    db: &mut Connection,
    number: i64,
    most: i64,
) -> Result<Vec<(AuditEntry, Vec<u8>)>> {
    let rows = sqlx::query!(
        "select number, event_id, kind, account_id, happened_at, facts, hash from audit_entry
         where number > $1 order by number limit $2",
        number,
        most
    )
    .fetch_all(db)
    .await?;
    let entries = rows.into_iter().map(|row| {
        let entry = AuditEntry {
            number: row.number,
            event: row.event_id,
            kind: row.kind,
            account: row.account_id.map(AccountId),
            happened_at: row.happened_at,
            facts: row.facts,
        };
        (entry, row.hash)
    });
    Ok(entries.collect())
}

/// The account's entries before this number, the newest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(
    db: &mut Connection,
    account: AccountId,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<AuditEntry>> {
    let rows = sqlx::query!(
        "select number, event_id, kind, account_id, happened_at, facts from audit_entry
         where account_id = $1 and number < $2 order by number desc limit $3",
        account.0,
        before.unwrap_or(i64::MAX),
        most
    )
    .fetch_all(db)
    .await?;
    let entries = rows.into_iter().map(|row| AuditEntry {
        number: row.number,
        event: row.event_id,
        kind: row.kind,
        account: row.account_id.map(AccountId),
        happened_at: row.happened_at,
        facts: row.facts,
    });
    Ok(entries.collect())
}
