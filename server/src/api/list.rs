//! Pages of a list: numbered ones, and those that go on from a cursor, with the links between them (RFC 8288).

use super::{
    call::Call,
    cursor::Cursor,
    problem::{Kind, Problem},
};
use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use url::form_urlencoded::{Serializer, parse};

/// Where the list goes on by a cursor; a cursor of another list or order is refused.
pub(super) fn after(cursor: Option<Cursor>, list: &str) -> Result<Option<Cursor>, Problem> {
    match cursor {
        Some(cursor) if cursor.list != list => Err(Problem::new(Kind::InvalidQuery).at(
            "cursor",
            "This cursor is of another list or order; begin again without one.",
        )),
        other => Ok(other),
    }
}

/// Cuts off the one row more that was asked for, and says whether there was one.
pub(super) fn cut<T>(mut rows: Vec<T>, per_page: i64) -> (Vec<T>, bool) {
    let most = usize::try_from(per_page).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    (rows, more)
}

/// The address of this call with one parameter set to something else.
pub(super) fn link(call: &Call, relation: &str, name: &str, value: &str) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parse(call.query.as_bytes()).filter(|(known, _)| known != name));
    query.append_pair(name, value);
    let (base, path, query) = (&call.app.settings.base_url, &call.path, query.finish());
    format!("<{base}{path}?{query}>; rel=\"{relation}\"")
}

/// The link to what comes after the cursor.
pub(super) fn next_link(call: &Call, cursor: Option<&str>) -> Vec<String> {
    cursor
        .map(|cursor| link(call, "next", "cursor", cursor))
        .into_iter()
        .collect()
}

/// What the message of a page says.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural} on this page.")
}

/// A page with its links.
pub(super) fn page(body: impl Serialize, links: &[String]) -> Response {
    let mut response = Json(body).into_response();
    if let (false, Ok(value)) = (links.is_empty(), HeaderValue::from_str(&links.join(", "))) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}
