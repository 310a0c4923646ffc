//! Every SQL statement about autosaves.

use super::{Autosave, AutosaveId, Field, FormId, MOST_KEPT, Unfinished};
use crate::{
    Result,
    account::AccountId,
    project::ProjectId,
    store::{Connection, Tx},
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Saves what is typed into this form and returns when; `None` if the form has already been sent, or its draft is not
/// a draft of this seller.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn save(
    tx: &mut Tx<'_>,
    seller: AccountId,
    form: FormId,
    fields: &[Field],
) -> Result<Option<OffsetDateTime>> {
    let saved_at = sqlx::query_scalar!(
        "insert into autosave (account_id, form_key, project_id, fields)
         select $1, $2, $3, $4
         where $3::bigint is null or exists (select from project where id = $3 and seller_id = $1 and state = 'draft')
         on conflict (account_id, form_key) do update set fields = excluded.fields, saved_at = clock_timestamp()
         where autosave.fields is not null
         returning saved_at",
        seller.0,
        form.key,
        form.draft.map(|draft| draft.0),
        Json(fields) as _
    )
    .fetch_optional(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from autosave where id in (
             select id from autosave where account_id = $1 and fields is not null
             order by saved_at desc, id desc offset $2)",
        seller.0,
        MOST_KEPT
    )
    .execute(&mut **tx)
    .await?;
    Ok(saved_at)
}

/// Deletes what was saved of this form and of its draft, because the form has been sent.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn finish(tx: &mut Tx<'_>, seller: AccountId, form: FormId) -> Result<()> {
    sqlx::query!(
        "insert into autosave (account_id, form_key) values ($1, $2)
         on conflict (account_id, form_key) do update set fields = null, saved_at = clock_timestamp()",
        seller.0,
        form.key
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update autosave set fields = null, saved_at = clock_timestamp() where account_id = $1 and project_id = $2",
        seller.0,
        form.draft.map(|draft| draft.0)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The seller's autosaves of new projects, latest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn unfinished(db: &mut Connection, seller: AccountId) -> Result<Vec<Unfinished>> {
    let rows = sqlx::query!(
        r#"select id, saved_at, coalesce((
               select trim(field ->> 1) from jsonb_array_elements(fields) field where field ->> 0 = 'name' limit 1
           ), '') as "name!"
           from autosave where account_id = $1 and project_id is null and fields is not null
           order by saved_at desc, id desc limit $2"#,
        seller.0,
        MOST_KEPT
    )
    .fetch_all(db)
    .await?;
    let unfinished = rows.into_iter().map(|row| Unfinished {
        id: AutosaveId(row.id),
        name: row.name,
        saved_at: row.saved_at,
    });
    Ok(unfinished.collect())
}

/// The latest autosave of this draft.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_draft(
    db: &mut Connection,
    seller: AccountId,
    draft: ProjectId,
) -> Result<Option<Autosave>> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, form_key, project_id, fields as "fields!: Json<Vec<Field>>", saved_at
           from autosave where account_id = $1 and project_id = $2 and fields is not null
           order by saved_at desc, id desc limit 1"#,
        seller.0,
        draft.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Autosave::from))
}

/// One of the seller's autosaves.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn find(
    db: &mut Connection,
    seller: AccountId,
    id: AutosaveId,
) -> Result<Option<Autosave>> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, form_key, project_id, fields as "fields!: Json<Vec<Field>>", saved_at
           from autosave where account_id = $1 and id = $2 and fields is not null"#,
        seller.0,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Autosave::from))
}

/// Deletes one of the seller's autosaves; a page that is still open does not bring it back. Returns true if there was
/// one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn discard(db: &mut Connection, seller: AccountId, id: AutosaveId) -> Result<bool> {
    let discarded = sqlx::query!(
        "update autosave set fields = null, saved_at = clock_timestamp()
         where account_id = $1 and id = $2 and fields is not null",
        seller.0,
        id.0
    )
    .execute(db)
    .await?;
    Ok(discarded.rows_affected() > 0)
}

/// Deletes up to a thousand autosaves older than 30 days, or a day after their form was sent; returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from autosave where id in (
             select id from autosave
             where saved_at < clock_timestamp() - interval '1 day'
                 and (fields is null or saved_at < clock_timestamp() - interval '30 days')
             order by saved_at limit 1000 for update skip locked)"
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}

struct Row {
    id: i64,
    form_key: Uuid,
    project_id: Option<i64>,
    fields: Json<Vec<Field>>,
    saved_at: OffsetDateTime,
}

impl From<Row> for Autosave {
    fn from(row: Row) -> Self {
        Self {
            id: AutosaveId(row.id),
            form: FormId {
                key: row.form_key,
                draft: row.project_id.map(ProjectId),
            },
            fields: row.fields.0,
            saved_at: row.saved_at,
        }
    }
}
