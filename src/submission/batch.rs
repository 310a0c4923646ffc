//! Forms whose effects share a transaction. Whoever calls this holds a lock that all senders of these forms wait for, so
//! nothing has to be claimed beforehand.

use super::Mark;
use crate::{Result, account::AccountId, store::Connection};
use uuid::Uuid;

/// Where the sender of each of these forms was led, for those that had their effect before.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn settled(
    db: &mut Connection,
    forms: &[(AccountId, &Mark)],
) -> Result<Vec<Option<String>>> {
    let (accounts, keys, hashes) = columns(forms);
    let rows = sqlx::query!(
        r#"select place as "place!", s.location
           from unnest($1::bigint[], $2::uuid[], $3::bytea[]) with ordinality as f (account, key, hash, place)
           join submission s on s.account_id = f.account and s.key = f.key and s.content_hash = f.hash"#,
        &accounts,
        &keys,
        &hashes
    )
    .fetch_all(db)
    .await?;
    let mut settled = vec![None; forms.len()];
    for row in rows {
        if let Some(at) = usize::try_from(row.place - 1)
            .ok()
            .and_then(|place| settled.get_mut(place))
        {
            *at = Some(row.location);
        }
    }
    Ok(settled)
}

/// Notes that these forms had their effect, each once, and where their senders are led.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn settle_all(
    db: &mut Connection,
    forms: &[(AccountId, &Mark)],
    locations: &[String],
) -> Result<()> {
    let (accounts, keys, hashes) = columns(forms);
    sqlx::query!(
        "insert into submission (account_id, key, content_hash, location)
         select * from unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::text[])",
        &accounts,
        &keys,
        &hashes,
        locations
    )
    .execute(db)
    .await?;
    Ok(())
}

fn columns(forms: &[(AccountId, &Mark)]) -> (Vec<i64>, Vec<Uuid>, Vec<Vec<u8>>) {
    (
        forms.iter().map(|(account, _)| account.0).collect(),
        forms.iter().map(|(_, mark)| mark.key).collect(),
        forms
            .iter()
            .map(|(_, mark)| mark.content_hash.clone())
            .collect(),
    )
}
