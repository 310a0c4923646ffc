//! Formats JSON for people: members in reading order, short lists and objects on one line.

use serde_json::{Map, Value};

/// The order of members. Those not listed here come last, by name.
const ORDER: [&str; 55] = [
    "type",
    "title",
    "place",
    "page",
    "pages",
    "per_page",
    "total",
    "field",
    "id",
    "project_id",
    "project_name",
    "project_status",
    "role",
    "name",
    "email",
    "scopes",
    "summary",
    "description",
    "status",
    "standing",
    "decided_at",
    "winning_bid_id",
    "ties",
    "ranking",
    "winner",
    "seller",
    "happened_at",
    "bid_id",
    "bidder",
    "bidder_name",
    "amount",
    "budget",
    "currency",
    "deadline",
    "accepted_at",
    "bid_count",
    "lowest_bid_amount",
    "category",
    "skills",
    "work_place",
    "site",
    "delivery_date",
    "duration_days",
    "published_at",
    "ended_at",
    "leads",
    "own",
    "projects",
    "bids",
    "changes",
    "next_cursor",
    "more",
    "detail",
    "message",
    "instance",
];
/// Maximum length of a list or object that is rendered on one line, in bytes.
const LONGEST_LINE: usize = 44;

/// The members in display order.
pub(super) fn by_rank(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    let rank = |name: &str| ORDER.iter().position(|known| *known == name);
    sorted.sort_by_key(|(name, _)| (rank(name).unwrap_or(ORDER.len()), *name));
    sorted
}

pub(super) fn indented(value: &Value) -> String {
    format_value(value, 0)
}

fn format_value(value: &Value, depth: usize) -> String {
    let parts: Vec<String> = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| format_value(item, depth + 1))
            .collect(),
        Value::Object(members) => by_rank(members)
            .into_iter()
            .map(|(name, member)| {
                let name = Value::from(name.as_str());
                format!("{name}: {}", format_value(member, depth + 1))
            })
            .collect(),
        other => return other.to_string(),
    };
    let (open, close) = if value.is_array() {
        ('[', ']')
    } else {
        ('{', '}')
    };
    let padding = if value.is_array() || parts.is_empty() {
        ""
    } else {
        " "
    };
    let line = format!("{open}{padding}{}{padding}{close}", parts.join(", "));
    // The outermost value is always expanded, and so is any value that contains an object.
    let may_be_one_line = depth > 0 && !line[1..].contains('{');
    if parts.is_empty() || (may_be_one_line && line.len() <= LONGEST_LINE && !line.contains('\n')) {
        return line;
    }
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    let lines: Vec<_> = parts.iter().map(|part| format!("{inner}{part}")).collect();
    format!("{open}\n{}\n{outer}{close}", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn indented_json_is_readable_and_unchanged() {
        let value = json!({
            "message": "\"quoted\"\n", "id": 7, "zebra": null, "apple": {}, "skills": ["a", "b"],
            "errors": [{ "message": "Too high.", "field": "amount" }], "none": [],
        });
        let text = indented(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1..3],
            ["  \"id\": 7,", "  \"skills\": [\"a\", \"b\"],"]
        );
        assert!(text.find("apple") < text.find("zebra"));
        assert!(text.contains("{\n      \"field\""), "{text}");
    }
}
