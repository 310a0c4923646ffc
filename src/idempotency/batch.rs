//! Requests whose effects share a transaction.

use super::{Answer, Mark};
use crate::{Error, Result, store::Connection};

/// What is known of a request's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    Answered(Answer),
    /// The key was used for another request.
    OtherRequest,
    /// Somebody else holds the key.
    Running,
}

impl Mark {
    /// Whether both have the same key, of the same account.
    pub(crate) fn has_key_of(&self, other: &Self) -> bool {
        self.account == other.account && self.key == other.key
    }

    /// Whether both ask for the same.
    pub(crate) fn asks_for(&self, other: &Self) -> bool {
        self.request_hash == other.request_hash
    }
}

/// What is known of the keys of these requests. Those of which nothing is known are claimed for this
/// transaction; nobody is waited for.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn kept(db: &mut Connection, marks: &[&Mark]) -> Result<Vec<Option<Kept>>> {
    let accounts: Vec<i64> = marks.iter().map(|mark| mark.account.0).collect();
    let keys: Vec<String> = marks.iter().map(|mark| mark.key.clone()).collect();
    // Two statements: the second sees what whoever held a key before has committed.
    let ours = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended(key, account)) as "ours!"
           from unnest($1::bigint[], $2::text[]) with ordinality as r (account, key, place) order by place"#,
        &accounts,
        &keys
    )
    .fetch_all(&mut *db)
    .await?;
    let rows = sqlx::query!(
        r#"select place as "place!", i.request_hash, i.status, i.headers, i.body
           from unnest($1::bigint[], $2::text[]) with ordinality as r (account, key, place)
           join idempotency i on i.account_id = r.account and i.key = r.key
           where i.answered_at > clock_timestamp() - interval '24 hours'"#,
        &accounts,
        &keys
    )
    .fetch_all(db)
    .await?;
    let mut known: Vec<_> = ours
        .into_iter()
        .map(|ours| (!ours).then_some(Kept::Running))
        .collect();
    for row in rows {
        let Some(place) = usize::try_from(row.place - 1)
            .ok()
            .filter(|place| matches!(known.get(*place), Some(None)))
        else {
            continue;
        };
        known[place] = Some(if row.request_hash == marks[place].request_hash {
            Kept::Answered(Answer {
                status: u16::try_from(row.status).map_err(Error::unexpected)?,
                headers: serde_json::from_value(row.headers).map_err(Error::unexpected)?,
                body: row.body,
            })
        } else {
            Kept::OtherRequest
        });
    }
    Ok(known)
}

/// Keeps the answers of these requests, whose keys are different. An answer takes the place of one that is older than a
/// day and of a refusal of the same request, and of no other: what was accepted stays so.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn keep_all(db: &mut Connection, answered: &[(&Mark, &Answer)]) -> Result<()> {
    let mut answered = answered.to_vec();
    // Whoever else keeps several does it in the same order, so that neither waits for the other for ever.
    answered.sort_by(|(a, _), (b, _)| (a.account.0, &a.key).cmp(&(b.account.0, &b.key)));
    let mut statuses = Vec::with_capacity(answered.len());
    let mut headers = Vec::with_capacity(answered.len());
    for (_, answer) in &answered {
        statuses.push(i16::try_from(answer.status).map_err(Error::unexpected)?);
        headers.push(serde_json::to_value(&answer.headers).map_err(Error::unexpected)?);
    }
    sqlx::query!(
        "insert into idempotency (account_id, key, request_hash, status, headers, body)
         select * from unnest($1::bigint[], $2::text[], $3::bytea[], $4::smallint[], $5::jsonb[], $6::text[])
         on conflict (account_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
         headers = excluded.headers, body = excluded.body, answered_at = clock_timestamp()
         where idempotency.answered_at <= clock_timestamp() - interval '24 hours'
            or (idempotency.request_hash = excluded.request_hash and idempotency.status >= 400)",
        &answered.iter().map(|(mark, _)| mark.account.0).collect::<Vec<_>>(),
        &answered.iter().map(|(mark, _)| mark.key.clone()).collect::<Vec<_>>(),
        &answered.iter().map(|(mark, _)| mark.request_hash.clone()).collect::<Vec<_>>(),
        &statuses,
        &headers,
        &answered.iter().map(|(_, answer)| answer.body.clone()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}
