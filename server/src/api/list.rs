//! Pages of a list: numbered ones, and those that continue from a cursor, with the links between them (RFC 8288).

use super::{
    call::Call,
    cursor::Cursor,
    problem::{Problem, ProblemKind},
};
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use url::form_urlencoded::{Serializer, parse};

/// Checks that a cursor belongs to this list and order.
pub(super) fn check_cursor(cursor: Option<Cursor>, list: &str) -> Result<Option<Cursor>, Problem> {
    match cursor {
        Some(cursor) if cursor.list != list => Err(Problem::new(ProblemKind::InvalidQuery).at(
            "cursor",
            "This cursor belongs to another list or order; start again without one.",
        )),
        other => Ok(other),
    }
}

/// Removes the one extra row that was queried, and returns whether there was one.
pub(super) fn drop_extra_row<T>(mut rows: Vec<T>, per_page: i64) -> (Vec<T>, bool) {
    let most = usize::try_from(per_page).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    (rows, more)
}

/// One page of a list ordered by id, newest first, from rows queried with one extra.
pub(super) struct NewestFirst<T> {
    pub rows: Vec<T>,
    pub next_cursor: Option<String>,
    pub links: Vec<String>,
}

impl<T> NewestFirst<T> {
    pub fn of(
        call: &Call,
        list: &str,
        rows: Vec<T>,
        per_page: i64,
        id: impl Fn(&T) -> i64,
    ) -> Self {
        let (rows, more) = drop_extra_row(rows, per_page);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| Cursor::new(list, 0, id(last)).to_text());
        Self {
            links: next_link(call, next_cursor.as_deref()),
            rows,
            next_cursor,
        }
    }
}

/// A count with its noun: `1 bid`, `2 bids`.
pub(super) fn count_text(how_many: i64, what: &str) -> String {
    let plural = if how_many == 1 { "" } else { "s" };
    format!("{how_many} {what}{plural}")
}

/// The number of items on a page, as a message.
pub(super) fn on_this_page(rows: usize, what: &str) -> String {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    format!("{} on this page.", count_text(rows, what))
}

/// A `Link` value with the URL of this call, one parameter of which is replaced.
pub(super) fn link(call: &Call, relation: &str, name: &str, value: &str) -> String {
    let mut query = Serializer::new(String::new());
    // A cursor replaces the page number.
    let is_replaced = |known: &str| known == name || (name == "cursor" && known == "page");
    query.extend_pairs(parse(call.query.as_bytes()).filter(|(known, _)| !is_replaced(known)));
    query.append_pair(name, value);
    let (base, path, query) = (&call.app.settings.base_url, &call.path, query.finish());
    format!("<{base}{path}?{query}>; rel=\"{relation}\"")
}

/// The link to the page after the cursor.
pub(super) fn next_link(call: &Call, cursor: Option<&str>) -> Vec<String> {
    cursor
        .map(|cursor| link(call, "next", "cursor", cursor))
        .into_iter()
        .collect()
}

/// Renders a page with its links.
pub(super) fn page(body: impl Serialize, links: &[String]) -> Response {
    let mut response = Json(body).into_response();
    if let (false, Ok(value)) = (links.is_empty(), HeaderValue::from_str(&links.join(", "))) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}
