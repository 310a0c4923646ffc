//! Examples for the document: one for every request and response body, from the schemas' examples.
//!
//! Their deadlines move with the database's clock, once a month, so that an example can be sent as it is.

use crate::api::problem::ProblemKind;
use guildhall::moment;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime, Time};

/// The placeholder deadline in the examples; [`with_future_deadlines`] replaces it with one in the future.
const DEADLINE: &str = "2027-01-31T17:00:00Z";
const DEADLINE_UNIX: &str = "1801414800";
/// Gives deadlines one to two months ahead: late enough for anyone who copies an example, and within the limit of a
/// year.
const AHEAD: Duration = Duration::days(62);

/// The document's text with deadlines in the future, so that its examples can be sent as they are. It changes once a
/// month.
pub(super) fn with_future_deadlines(text: &str, now: OffsetDateTime) -> String {
    let later = now + AHEAD;
    let first = later.replace_day(1).unwrap_or(later);
    let hour = Time::from_hms(17, 0, 0).unwrap_or(Time::MIDNIGHT);
    let deadline = first.replace_time(hour);
    text.replace(DEADLINE, &moment::rfc3339(deadline))
        .replace(DEADLINE_UNIX, &deadline.unix_timestamp().to_string())
}

/// Adds an example to every body, and removes refusals that the call cannot return.
pub(super) fn fill(document: &mut Value, base_url: &str) {
    let components = document["components"].clone();
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for item in paths.values_mut() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if operation["operationId"].is_string() {
                operation_examples(&components, base_url, method, operation);
            }
        }
    }
}

fn operation_examples(components: &Value, base_url: &str, method: &str, operation: &mut Value) {
    let known = operation.clone();
    if let Some(content) = operation.pointer_mut("/requestBody/content/application~1json") {
        give(components, content);
    }
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    responses.retain(|status, response| {
        if let Some(content) = response.pointer_mut("/content/application~1json") {
            give(components, content);
        }
        let Some(content) = response.pointer_mut("/content/application~1problem+json") else {
            return true;
        };
        let kinds = kinds(method, &known, status);
        let examples: Map<_, _> = kinds
            .iter()
            .map(|kind| {
                let value = problem(*kind, base_url);
                let example = json!({ "summary": kind.title(), "value": value });
                (kind.slug().to_owned(), example)
            })
            .collect();
        let any = !examples.is_empty();
        content["examples"] = examples.into();
        any
    });
}

/// Keeps an existing example; otherwise uses the schema's.
fn give(components: &Value, content: &mut Value) {
    if content["example"].is_null()
        && let Some(example) = of_schema(components, &content["schema"])
    {
        content["example"] = example;
    }
}

/// Resolves a reference: the schema itself, or the component it refers to.
pub(super) fn resolve<'v>(components: &'v Value, schema: &'v Value) -> &'v Value {
    let named = schema["$ref"]
        .as_str()
        .and_then(|name| name.strip_prefix("#/components/schemas/"));
    match named {
        Some(name) => &components["schemas"][name],
        None => schema,
    }
}

/// The schema's own example, or one built from its parts' examples, from its first alternative, or null if that is
/// allowed.
fn of_schema(components: &Value, schema: &Value) -> Option<Value> {
    let schema = resolve(components, schema);
    if let Some(own) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return Some(own.clone());
    }
    if let Some(first) = schema["enum"].get(0) {
        return Some(first.clone());
    }
    if let Some(first) = schema["oneOf"].get(0).or_else(|| schema["allOf"].get(0)) {
        return of_schema(components, first);
    }
    if let Some(items) = schema.get("items") {
        return Some(json!([of_schema(components, items)?]));
    }
    if let Some(members) = schema["properties"].as_object() {
        return of_members(components, schema, members);
    }
    let may_be_null = schema["type"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    may_be_null.then_some(Value::Null)
}

/// Optional members without an example are left out.
fn of_members(components: &Value, schema: &Value, members: &Map<String, Value>) -> Option<Value> {
    let mut object = Map::new();
    for (name, member) in members {
        match of_schema(components, member) {
            Some(example) => {
                object.insert(name.clone(), example);
            }
            None if is_required(schema, name) => return None,
            None => {}
        }
    }
    Some(object.into())
}

/// True if the member is required.
pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|known| known == name))
}

/// An example of a problem of this kind.
pub(super) fn problem(kind: ProblemKind, base_url: &str) -> Value {
    let detail = format!("{}.", kind.title());
    let errors = match kind {
        ProblemKind::AboveBudget | ProblemKind::NotLower => {
            json!([{ "field": "amount", "message": detail }])
        }
        ProblemKind::InvalidFields => json!([{ "field": "amount", "message": "Enter an amount." }]),
        ProblemKind::InvalidQuery => {
            json!([{ "field": "per_page", "message": "Send a number from 1 to 400." }])
        }
        _ => json!([]),
    };
    json!({
        "type": kind.address(base_url),
        "title": kind.title(),
        "status": kind.status().as_u16(),
        "detail": detail,
        "message": detail,
        "instance": "urn:uuid:1f0c7a52-8a55-4a5e-9d1e-6f0b3c2d4e5f",
        "errors": errors,
    })
}

/// The kinds of problems that the call can return with this status.
fn kinds(method: &str, operation: &Value, status: &str) -> Vec<ProblemKind> {
    ProblemKind::ALL
        .into_iter()
        .filter(|kind| kind.status().as_str() == status && may_return(*kind, method, operation))
        .collect()
}

/// True if the call can return the problem.
fn may_return(kind: ProblemKind, method: &str, operation: &Value) -> bool {
    let name = operation["operationId"].as_str().unwrap_or_default();
    let writes = method != "get";
    let has_body = operation["requestBody"].is_object();
    let has_parameter = |place: &str| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["in"] == place))
    };
    let security = operation["security"].as_array();
    let needs_token = security.is_some_and(|all| all.iter().all(|one| one != &json!({})));
    let is = |names: &[&str]| names.contains(&name);
    match kind {
        ProblemKind::UnsupportedMediaType => has_body,
        ProblemKind::InvalidQuery => has_parameter("query"),
        // A write takes a body, or refuses a non-empty one.
        ProblemKind::NotJson
        | ProblemKind::NotDecodable
        | ProblemKind::UnsupportedEncoding
        | ProblemKind::InvalidFields
        | ProblemKind::IdempotencyKeyInvalid
        | ProblemKind::IdempotencyKeyReused
        | ProblemKind::StillRunning
        | ProblemKind::TooLarge => writes,
        ProblemKind::TokenRequired | ProblemKind::ScopeMissing => needs_token,
        ProblemKind::NotAllowed => is(&[
            "post_project",
            "cancel_project",
            "list_own_projects",
            "place_bid",
            "withdraw_bid",
        ]),
        ProblemKind::NotFound => has_parameter("path"),
        ProblemKind::DeadlinePassed => is(&["place_bid", "withdraw_bid", "cancel_project"]),
        ProblemKind::NotOpen => is(&["place_bid", "withdraw_bid", "cancel_project"]),
        ProblemKind::HasBids => is(&["cancel_project"]),
        ProblemKind::NoBid => is(&["withdraw_bid"]),
        ProblemKind::EmailUnconfirmed => is(&["post_project", "place_bid"]),
        ProblemKind::QuotaReached => is(&["post_project"]),
        ProblemKind::AboveBudget | ProblemKind::NotLower => is(&["place_bid"]),
        ProblemKind::NoSpace => is(&["post_project", "place_bid"]),
        ProblemKind::TokenInvalid
        | ProblemKind::TooManyRequests
        | ProblemKind::Busy
        | ProblemKind::DatabaseUnreachable => true,
        ProblemKind::Conflict
        | ProblemKind::MethodNotAllowed
        | ProblemKind::VersionGone
        | ProblemKind::Unexpected => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_examples_deadline_is_one_to_two_months_ahead_and_stable_all_month() {
        let at = |now| with_future_deadlines(&format!("{DEADLINE} {DEADLINE_UNIX}"), now);
        let (first, last) = (
            at(datetime!(2026-11-01 00:00 UTC)),
            at(datetime!(2026-11-29 23:59 UTC)),
        );
        assert_eq!(first, "2027-01-01T17:00:00Z 1798822800");
        assert_eq!(first, last);
        for day in 0..800 {
            let now = datetime!(2027-12-01 00:00 UTC) + Duration::days(day);
            let text = with_future_deadlines(DEADLINE, now);
            let deadline =
                OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339)
                    .expect("a moment");
            assert!(
                (Duration::days(31)..Duration::days(63)).contains(&(deadline - now)),
                "{now}"
            );
        }
    }
}
