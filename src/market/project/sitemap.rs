//! Open projects for the sitemap, in parts of 10,000 consecutive ids, so that a part keeps its URL.
//!
//! A part is about a megabyte, and one range scan of the index of open projects reads it. The list of parts is found by
//! jumping from part to part, with one probe of that index each. So neither cost depends on how many projects there are
//! in all.

use super::ProjectId;
use crate::{Result, store::Connection};
use time::OffsetDateTime;

/// How many ids a part spans, and so the maximum number of projects in it. This is a fifth of what a file may have
/// (sitemaps.org, "Sitemap index files"), and makes about a megabyte.
pub const PART_SIZE: i64 = 10_000;
/// Maximum number of parts that are listed: the limit of a sitemap index.
pub const MAX_PARTS: i32 = 50_000;

/// The parts that contain open projects, in ascending order; part 0 starts with id 0. Each costs one probe of the index
/// of open projects, whatever its size, and empty parts cost nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn open_parts(db: &mut Connection) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        r#"with recursive part (number, count) as (
               (select id / $1, 1 from project where state = 'open' order by id limit 1)
               union all
               select next.number, part.count + 1
               from part cross join lateral (
                   select id / $1 as number from project where state = 'open' and id >= (part.number + 1) * $1 order by id limit 1
               ) next
               where part.count < $2
           )
           select number as "number!" from part order by number"#,
        PART_SIZE,
        MAX_PARTS
    )
    .fetch_all(db)
    .await?)
}

/// The open projects of a part in ascending order, each with its publication time, which is also when its text last
/// changed.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn open_in_part(
    db: &mut Connection,
    part: i64,
) -> Result<Vec<(ProjectId, OffsetDateTime)>> {
    let first = part.saturating_mul(PART_SIZE);
    let rows = sqlx::query!(
        r#"select id, published_at as "published_at!" from project
           where state = 'open' and id >= $1 and id < $2 order by id"#,
        first,
        first.saturating_add(PART_SIZE)
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ProjectId(row.id), row.published_at))
        .collect())
}
