//! A recipient's own notices.

use crate::{
    Error, Result,
    account::AccountId,
    event::{self, EventKind},
    notice::{
        AboutProject, DigestFacts, MAX_COUNTED, Notice, NoticeFacts, NoticeFilter, NoticeKind,
        NoticeList, NoticeSubject,
    },
    project::ProjectId,
    store::{Connection, Tx},
};
use serde_json::json;
use sqlx::types::Json;
use time::OffsetDateTime;

/// How many notices a page lists.
const LISTED: i64 = 30;

/// The number of unread notices, counted up to [`MAX_COUNTED`].
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn unread(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "unread!" from (
               select from notice where account_id = $1 and read_at is null and is_on_site limit $2) unread"#,
        account.0,
        MAX_COUNTED
    )
    .fetch_one(db)
    .await?)
}

/// The recipient's notices with numbers below `before`, the newest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(
    db: &mut Connection,
    account: AccountId,
    filter: NoticeFilter,
    before: Option<i64>,
) -> Result<NoticeList> {
    let mut rows = sqlx::query_as!(
        NoticeRow,
        r#"select n.number, n.kind, n.project_id, n.facts as "facts: Json<NoticeFacts>", n.created_at, n.read_at,
                  p.name as "name?", p.deadline as "deadline?", p.lowest_minor as "lowest_minor?"
           from notice n left join project p on p.id = n.project_id
           where n.account_id = $1 and n.is_on_site and n.number < $2
             and (not $3 or n.read_at is null) and ($4::text[] is null or n.kind = any ($4))
           order by n.number desc limit $5"#,
        account.0,
        before.unwrap_or(i64::MAX),
        filter.unread_only,
        filter.subject.map(kinds_of) as Option<Vec<String>>,
        LISTED + 1
    )
    .fetch_all(db)
    .await?;
    let listed = usize::try_from(LISTED).unwrap_or(usize::MAX);
    let has_older = rows.len() > listed;
    rows.truncate(listed);
    let last = rows.last().map(|row| row.number);
    let notices = rows.into_iter().filter_map(readable).collect();
    Ok(NoticeList {
        notices,
        older_than: last.filter(|_| has_older),
    })
}

/// The notices of a digest, in its order, without those that are no longer kept.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_digest(
    db: &mut Connection,
    account: AccountId,
    digest: &DigestFacts,
) -> Result<Vec<Notice>> {
    let rows = sqlx::query_as!(
        NoticeRow,
        r#"select n.number, n.kind, n.project_id, n.facts as "facts: Json<NoticeFacts>", n.created_at, n.read_at,
                  p.name as "name?", p.deadline as "deadline?", p.lowest_minor as "lowest_minor?"
           from unnest($2::bigint[]) with ordinality as named (number, place)
           join notice n on n.account_id = $1 and n.number = named.number
           left join project p on p.id = n.project_id order by named.place"#,
        account.0,
        &digest.notices
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(readable).collect())
}

fn kinds_of(subject: NoticeSubject) -> Vec<String> {
    let kinds = NoticeKind::ALL
        .iter()
        .filter(|kind| kind.subject() == subject);
    kinds.map(|kind| kind.name().to_owned()).collect()
}

/// A notice, and the project that it is about, as stored.
pub(in crate::news) struct NoticeRow {
    pub number: i64,
    pub kind: String,
    pub project_id: Option<i64>,
    pub name: Option<String>,
    pub deadline: Option<OffsetDateTime>,
    pub lowest_minor: Option<i64>,
    pub facts: Json<NoticeFacts>,
    pub created_at: OffsetDateTime,
    pub read_at: Option<OffsetDateTime>,
}

/// A notice, unless a later version of this program wrote it and this one does not know its kind.
pub(in crate::news) fn readable(row: NoticeRow) -> Option<Notice> {
    let number = row.number;
    Notice::try_from(row)
        .inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                number,
                "leaving out a notice that this version cannot read"
            );
        })
        .ok()
}

impl TryFrom<NoticeRow> for Notice {
    type Error = Error;

    fn try_from(row: NoticeRow) -> Result<Self> {
        let project = row.project_id.zip(row.name).zip(row.deadline);
        Ok(Self {
            number: row.number,
            kind: kind(&row.kind)?,
            project: project.map(|((id, name), deadline)| AboutProject {
                id: ProjectId(id),
                name,
                deadline,
                lowest_minor: row.lowest_minor,
            }),
            facts: row.facts.0,
            created_at: row.created_at,
            read_at: row.read_at,
        })
    }
}

/// The kinds that this version knows. Those of a later one are left to it.
pub(in crate::news::notice) fn known_kinds() -> Vec<String> {
    (NoticeKind::ALL.iter())
        .map(|kind| kind.name().to_owned())
        .collect()
}

pub(in crate::news::notice) fn kind(name: &str) -> Result<NoticeKind> {
    NoticeKind::by_name(name)
        .ok_or_else(|| Error::unexpected(format!("'{name}' is not a kind of notice")))
}

/// Marks one notice as read and returns it; `NotFound` if the recipient has no such notice.
///
/// # Errors
/// `NotFound`; `Busy` or `Unexpected`.
pub async fn mark_read(tx: &mut Tx<'_>, account: AccountId, number: i64) -> Result<Notice> {
    let row = sqlx::query_as!(
        NoticeRow,
        r#"update notice n set read_at = coalesce(read_at, clock_timestamp())
           where account_id = $1 and number = $2 and is_on_site
           returning number, kind, project_id, facts as "facts: Json<NoticeFacts>", created_at, read_at,
                     (select name from project p where p.id = n.project_id) as name,
                     (select deadline from project p where p.id = n.project_id) as deadline,
                     (select lowest_minor from project p where p.id = n.project_id) as lowest_minor"#,
        account.0,
        number
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(Error::NotFound)?;
    changed(tx, account).await?;
    row.try_into()
}

/// Marks all of the recipient's notices up to `newest` as read: those that the page showed, not one that has come since.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn mark_all_read(tx: &mut Tx<'_>, account: AccountId, newest: i64) -> Result<()> {
    let marked = sqlx::query!(
        "update notice set read_at = clock_timestamp() where account_id = $1 and read_at is null and is_on_site and number <= $2",
        account.0,
        newest
    )
    .execute(&mut **tx)
    .await?;
    if marked.rows_affected() > 0 {
        changed(tx, account).await?;
    }
    Ok(())
}

/// Wakes the recipient's open pages.
async fn changed(db: &mut Connection, account: AccountId) -> Result<()> {
    event::record(
        db,
        EventKind::NoticesChanged,
        None,
        Some(account),
        json!({}),
    )
    .await
}
