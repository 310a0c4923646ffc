//! Parameters and the members of objects.

use super::{Reader, inline, plain, text};
use crate::api::document::{
    example::{is_required, resolve},
    layout::by_rank,
};
use app::pages::api_docs::Member;
use serde_json::Value;

impl Reader<'_> {
    pub(super) fn parameter(&self, parameter: &Value) -> Member {
        Member {
            location: Some(text(&parameter["in"])),
            required: parameter["required"] == true,
            description_html: inline(&text(&parameter["description"])),
            ..self.member(&text(&parameter["name"]), &parameter["schema"])
        }
    }

    /// The members of a body to send, required ones first.
    pub(super) fn to_send(&self, schema: &Value) -> Vec<Member> {
        let mut members = self.members(schema);
        members.sort_by_key(|member| !member.required);
        members
    }

    pub(super) fn members(&self, schema: &Value) -> Vec<Member> {
        let members = schema["properties"].as_object().map(by_rank);
        members
            .into_iter()
            .flatten()
            .map(|(name, member)| Member {
                required: is_required(schema, name),
                ..self.member(name, member)
            })
            .collect()
    }

    fn member(&self, name: &str, schema: &Value) -> Member {
        let resolved = self.resolve(schema);
        let (kind, object) = self.kind(schema);
        let description = match text(&schema["description"]) {
            none if none.is_empty() => text(&resolved["description"]),
            own => own,
        };
        // An object is described only once, in its own section.
        let description = if object.is_some() && schema["description"].is_null() {
            String::new()
        } else {
            description
        };
        Member {
            name: name.to_owned(),
            kind,
            object,
            description_html: inline(&description),
            limits: limits(resolved),
            choices: resolved["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|choice| !choice.is_null())
                .map(plain)
                .collect(),
            default: [schema, resolved]
                .into_iter()
                .find_map(|schema| schema.get("default"))
                .map(plain),
            ..Member::default()
        }
    }

    /// Resolves a schema reference, even if it has other keywords next to it.
    fn resolve<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let choices = schema["oneOf"].as_array().or(schema["allOf"].as_array());
        let named = choices
            .into_iter()
            .flatten()
            .find(|choice| choice["$ref"].is_string());
        resolve(self.components, named.unwrap_or(schema))
    }

    /// The type in words, and the object that its last word names, if any.
    fn kind(&self, schema: &Value) -> (String, Option<String>) {
        let named = |schema: &Value| {
            let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
            let is_object = resolve(self.components, schema)["properties"].is_object();
            is_object.then_some(name)
        };
        if let Some(name) = named(schema) {
            return (name.clone(), Some(name));
        }
        let resolved = self.resolve(schema);
        if let Some(items) = resolved.get("items") {
            let (kind, object) = self.kind(items);
            return (format!("array of {kind}"), object);
        }
        if let Some(choices) = resolved["oneOf"].as_array() {
            let kinds: Vec<_> = choices.iter().map(|choice| self.kind(choice).0).collect();
            return (kinds.join(" or "), None);
        }
        let kinds = match &resolved["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
            kind => text(kind),
        };
        let format = match resolved["format"].as_str() {
            Some("date-time") => " (RFC 3339)",
            Some("uri") => " (URL)",
            _ => "",
        };
        (kinds + format, None)
    }
}

/// The accepted range, in words.
fn limits(schema: &Value) -> Option<String> {
    // A limit far beyond real values is not worth stating.
    let number = |name: &str| {
        let number = schema.get(name).filter(|n| n.is_number());
        number.map(group_thousands).filter(|text| text.len() < 12)
    };
    let range = |least: Option<String>, most: Option<String>, unit: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    };
    range(number("minimum"), number("maximum"), "")
        .or_else(|| range(number("minLength"), number("maxLength"), " characters"))
        .or_else(|| range(number("minItems"), number("maxItems"), " items"))
}

/// A number with thousands separators.
fn group_thousands(number: &Value) -> String {
    let text = number.to_string();
    let (whole, rest) = text
        .split_once('.')
        .map_or((&*text, ""), |(whole, rest)| (whole, rest));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    match rest {
        "" | "0" => out,
        rest => format!("{out}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_described_in_words() {
        for (schema, description) in [
            (json!({ "minimum": 1, "maximum": 400 }), Some("1 to 400")),
            (
                json!({ "maxLength": 20_000, "minLength": 1 }),
                Some("1 to 20,000 characters"),
            ),
            (json!({ "maxItems": 10 }), Some("at most 10 items")),
            (json!({ "minimum": 0.01 }), Some("at least 0.01")),
            (json!({ "type": "string" }), None),
        ] {
            assert_eq!(limits(&schema).as_deref(), description);
        }
    }
}
