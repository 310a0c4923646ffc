//! Every SQL statement about autosaves.

use super::{
    Autosave, AutosaveId, Field, FormId, FormWindow, KEPT_DAYS, MAX_STORED, Refusal, SaveResult,
    UnfinishedForm,
};
use crate::{
    Result,
    account::AccountId,
    project::{DraftVersion, ProjectId},
    store::{Connection, Tx},
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

/// Saves what has been typed into this form; `None` if the text was discarded, or if the form's draft is not a draft of
/// this seller's. Keeps only the seller's latest autosaves.
///
/// # Errors
/// `Refused` with a [`Refusal`]; `Busy` or `Unexpected`.
pub async fn save(
    tx: &mut Tx<'_>,
    seller: AccountId,
    form: FormId,
    window: FormWindow,
    fields: &[Field],
) -> Result<Option<SaveResult>> {
    let saved = sqlx::query!(
        r#"insert into autosave (account_id, form_key, project_id, fields, window_id, draft_version)
           select $1, $2, $3, $4, $5, $7
           where $3::bigint is null or exists (select from project where id = $3 and seller_id = $1 and state = 'draft')
           on conflict (account_id, form_key) do update
           set fields = excluded.fields, window_id = excluded.window_id, draft_version = excluded.draft_version,
               saved_at = clock_timestamp()
           where autosave.fields is not null
               and ($5::uuid is null or autosave.window_id is null or autosave.window_id in ($5, $6))
           returning id, saved_at as at, exists (
               select from project where id = $3 and draft_version <> $7 and draft_window is distinct from $5
           ) as "is_behind!""#,
        seller.0,
        form.key,
        form.draft.map(|draft| draft.0),
        Json(fields) as _,
        window.id,
        window.predecessor,
        window.draft_version.map(|version| version.0)
    )
    .fetch_optional(&mut **tx)
    .await?;
    if saved.is_none() {
        return match refusal_for(tx, seller, form).await? {
            Some(refusal) => Err(refusal.into()),
            None => Ok(None),
        };
    }
    sqlx::query!(
        "delete from autosave where id in (
             select id from autosave where account_id = $1 and fields is not null
             order by saved_at desc, id desc offset $2)",
        seller.0,
        MAX_STORED
    )
    .execute(&mut **tx)
    .await?;
    Ok(saved.map(|row| SaveResult {
        id: AutosaveId(row.id),
        at: row.at,
        is_behind: row.is_behind,
    }))
}

/// Why this form can't be saved, if the seller can do something about it.
async fn refusal_for(
    db: &mut Connection,
    seller: AccountId,
    form: FormId,
) -> Result<Option<Refusal>> {
    let row = sqlx::query!(
        r#"select sent_at is not null as "is_sent!", fields is not null as "is_kept!"
           from autosave where account_id = $1 and form_key = $2"#,
        seller.0,
        form.key
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(|row| match (row.is_sent, row.is_kept) {
        (true, _) => form.draft.is_none().then_some(Refusal::Sent),
        (false, true) => Some(Refusal::OtherWindow),
        (false, false) => None,
    }))
}

/// Deletes what was saved for this form, because the form has been sent. The form of a new project can be sent only
/// once, whatever it contains.
///
/// # Errors
/// `Refused(Sent)`; `Busy` or `Unexpected`.
pub async fn finish(tx: &mut Tx<'_>, seller: AccountId, form: FormId) -> Result<()> {
    let finished = sqlx::query!(
        "insert into autosave (account_id, form_key, sent_at) values ($1, $2, clock_timestamp())
         on conflict (account_id, form_key) do update
         set fields = null, saved_at = clock_timestamp(), sent_at = excluded.sent_at
         where autosave.sent_at is null",
        seller.0,
        form.key
    )
    .execute(&mut **tx)
    .await?;
    if finished.rows_affected() == 0 && form.draft.is_none() {
        return Err(Refusal::Sent.into());
    }
    Ok(())
}

/// Deletes what was saved for all forms of a draft, because it has been published.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn finish_all(tx: &mut Tx<'_>, seller: AccountId, draft: ProjectId) -> Result<()> {
    sqlx::query!(
        "update autosave set fields = null, saved_at = clock_timestamp() where account_id = $1 and project_id = $2",
        seller.0,
        draft.0
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The seller's autosaves of this draft, or of new projects, latest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn unfinished(
    db: &mut Connection,
    seller: AccountId,
    draft: Option<ProjectId>,
) -> Result<Vec<UnfinishedForm>> {
    let rows = sqlx::query!(
        r#"select id, saved_at, coalesce((
               select trim(field ->> 1) from jsonb_array_elements(fields) field where field ->> 0 = 'name' limit 1
           ), '') as "name!"
           from autosave where account_id = $1 and project_id is not distinct from $2 and fields is not null
           order by saved_at desc, id desc limit $3"#,
        seller.0,
        draft.map(|draft| draft.0),
        MAX_STORED
    )
    .fetch_all(db)
    .await?;
    let unfinished = rows.into_iter().map(|row| UnfinishedForm {
        id: AutosaveId(row.id),
        draft,
        name: row.name,
        saved_at: row.saved_at,
    });
    Ok(unfinished.collect())
}

/// The latest autosave of this draft whose form was filled from this version, or from an unknown one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_draft(
    db: &mut Connection,
    seller: AccountId,
    draft: ProjectId,
    version: Option<DraftVersion>,
) -> Result<Option<Autosave>> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, form_key, project_id, fields as "fields!: Json<Vec<Field>>", saved_at, window_id, draft_version
           from autosave where account_id = $1 and project_id = $2 and fields is not null
               and coalesce(draft_version, $3) is not distinct from $3
           order by saved_at desc, id desc limit 1"#,
        seller.0,
        draft.0,
        version.map(|version| version.0)
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
        r#"select id, form_key, project_id, fields as "fields!: Json<Vec<Field>>", saved_at, window_id, draft_version
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

/// Deletes the seller's autosave of the form with this key, if there is one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn discard_form(db: &mut Connection, seller: AccountId, key: Uuid) -> Result<()> {
    sqlx::query!(
        "update autosave set fields = null, saved_at = clock_timestamp()
         where account_id = $1 and form_key = $2 and fields is not null",
        seller.0,
        key
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes up to a thousand autosaves: those saved over [`KEPT_DAYS`] days ago, and those sent or discarded over a day ago.
/// Returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from autosave where id in (
             select id from autosave
             where saved_at < clock_timestamp() - interval '1 day'
                 and (fields is null or saved_at < clock_timestamp() - make_interval(days => $1))
             order by saved_at limit 1000 for update skip locked)",
        KEPT_DAYS
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
    window_id: Option<Uuid>,
    draft_version: Option<i32>,
}

impl From<Row> for Autosave {
    fn from(row: Row) -> Self {
        Self {
            id: AutosaveId(row.id),
            form: FormId {
                key: row.form_key,
                draft: row.project_id.map(ProjectId),
            },
            window: row.window_id,
            draft_version: row.draft_version.map(DraftVersion),
            fields: row.fields.0,
            saved_at: row.saved_at,
        }
    }
}
