//! The document as people read it: the same text that programs get, walked into the model of the pages.

use super::{
    example::{is_required, problem, resolved},
    layout::{indented, ranked},
    problem::Kind,
};
use crate::markdown;
use app::pages::api_docs::{
    Access, Answer, Call, Group, Member, Object, ProblemKind, Reference, Refusal,
};
use guildhall::token::Scope;
use serde_json::Value;

/// The methods in the order in which calls of one path are shown.
const METHODS: [&str; 3] = ["get", "post", "delete"];

/// Reads the document's text.
pub(super) fn read(text: &str, base_url: &str) -> Reference {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let reader = Reader {
        base_url,
        components: &document["components"],
    };
    let groups = groups(&reader, &document);
    Reference {
        base_url: base_url.to_owned(),
        scopes: Scope::ALL
            .map(|scope| (scope.name().to_owned(), scope.words().to_owned()))
            .into(),
        objects: reader.objects(),
        problems: problems(base_url, &groups),
        groups,
    }
}

fn groups(reader: &Reader<'_>, document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.map(|tag| Group {
        name: text(&tag["name"]),
        words_html: markdown::to_html(&format!("{}.", text(&tag["description"]))),
        calls: calls(reader, document, &tag["name"]),
    })
    .filter(|group| !group.calls.is_empty())
    .collect()
}

/// The calls of a tag, the shortest path first.
fn calls(reader: &Reader<'_>, document: &Value, tag: &Value) -> Vec<Call> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| METHODS.map(|method| (path, method, &item[method])))
        .filter(|(_, _, operation)| operation["tags"][0] == *tag)
        .map(|(path, method, operation)| reader.call(path, method, operation))
        .collect()
}

fn problems(base_url: &str, groups: &[Group]) -> Vec<ProblemKind> {
    Kind::ALL
        .map(|kind| {
            let slug = kind.slug();
            let meets = |call: &&Call| {
                let named = call.refusals.iter().flat_map(|refusal| &refusal.problems);
                named.into_iter().any(|(known, _)| known == slug)
            };
            let all: Vec<&Call> = groups.iter().flat_map(|group| &group.calls).collect();
            let mut calls: Vec<_> = all
                .iter()
                .copied()
                .filter(meets)
                .map(|call| (call.slug.clone(), call.title.clone()))
                .collect();
            if calls.len() == all.len() {
                calls.clear();
            }
            let status = kind.status();
            ProblemKind {
                slug: slug.to_owned(),
                title: kind.title().to_owned(),
                status: status.as_u16(),
                reason: status.canonical_reason().unwrap_or_default().to_owned(),
                advice_html: markdown::to_html(kind.advice()),
                address: kind.address(base_url),
                example: indented(&problem(kind, base_url)),
                calls,
            }
        })
        .into()
}

/// Reads the document's parts.
struct Reader<'d> {
    base_url: &'d str,
    components: &'d Value,
}

impl Reader<'_> {
    fn call(&self, path: &str, method: &str, operation: &Value) -> Call {
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let body = &operation["requestBody"]["content"]["application/json"];
        let body_schema = resolved(self.components, &body["schema"]);
        Call {
            slug: text(&operation["operationId"]),
            title: text(&operation["summary"]),
            words_html: markdown::to_html(&text(&operation["description"])),
            method: method.to_uppercase(),
            path: path.to_owned(),
            access: access(operation),
            parameters: parameters()
                .filter(|parameter| parameter["in"] != "header")
                .map(|parameter| self.parameter(parameter))
                .collect(),
            headers: parameters()
                .filter(|parameter| parameter["in"] == "header")
                .map(|parameter| text(&parameter["name"]))
                .collect(),
            body: self.to_send(body_schema),
            answer: self.answer(operation),
            refusals: refusals(operation),
            curl: self.curl(path, method, operation),
        }
    }

    fn parameter(&self, parameter: &Value) -> Member {
        Member {
            place: Some(text(&parameter["in"])),
            required: parameter["required"] == true,
            words_html: inline(&text(&parameter["description"])),
            ..self.member(&text(&parameter["name"]), &parameter["schema"])
        }
    }

    /// The members of a body: what must be sent comes first.
    fn to_send(&self, schema: &Value) -> Vec<Member> {
        let mut members = self.members(schema);
        members.sort_by_key(|member| !member.required);
        members
    }

    fn members(&self, schema: &Value) -> Vec<Member> {
        let members = schema["properties"].as_object().map(ranked);
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
        let meant = self.meant(schema);
        let (kind, object) = self.kind(schema);
        let words = match text(&schema["description"]) {
            none if none.is_empty() => text(&meant["description"]),
            own => own,
        };
        // What an object is stands where the object is described.
        let words = if object.is_some() && schema["description"].is_null() {
            String::new()
        } else {
            words
        };
        Member {
            name: name.to_owned(),
            kind,
            object,
            words_html: inline(&words),
            limits: limits(meant),
            choices: meant["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|choice| !choice.is_null())
                .map(plain)
                .collect(),
            default: [schema, meant]
                .into_iter()
                .find_map(|schema| schema.get("default"))
                .map(plain),
            ..Member::default()
        }
    }

    /// The schema behind a reference, also behind one that stands beside other words.
    fn meant<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let choices = schema["oneOf"].as_array().or(schema["allOf"].as_array());
        let named = choices
            .into_iter()
            .flatten()
            .find(|choice| choice["$ref"].is_string());
        resolved(self.components, named.unwrap_or(schema))
    }

    /// The kind in words, and the object that its last word names.
    fn kind(&self, schema: &Value) -> (String, Option<String>) {
        let named = |schema: &Value| {
            let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
            let is_object = resolved(self.components, schema)["properties"].is_object();
            is_object.then_some(name)
        };
        if let Some(name) = named(schema) {
            return (name.clone(), Some(name));
        }
        let meant = self.meant(schema);
        if let Some(items) = meant.get("items") {
            let (kind, object) = self.kind(items);
            return (format!("array of {kind}"), object);
        }
        if let Some(choices) = meant["oneOf"].as_array() {
            let kinds: Vec<_> = choices.iter().map(|choice| self.kind(choice).0).collect();
            return (kinds.join(" or "), None);
        }
        let kinds = match &meant["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
            kind => text(kind),
        };
        let format = match meant["format"].as_str() {
            Some("date-time") => " (RFC 3339)",
            Some("uri") => " (URL)",
            _ => "",
        };
        (kinds + format, None)
    }

    fn answer(&self, operation: &Value) -> Answer {
        let responses = operation["responses"].as_object();
        let good = responses
            .into_iter()
            .flatten()
            .find(|(status, _)| status.starts_with('2'));
        let Some((status, response)) = good else {
            return Answer::default();
        };
        let content = &response["content"]["application/json"];
        let schema = &content["schema"];
        let object = schema["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .filter(|name| self.is_object(name))
            .map(str::to_owned);
        let members = match object {
            None => self.members(resolved(self.components, schema)),
            Some(_) => Vec::new(),
        };
        let headers = response["headers"].as_object().into_iter().flatten();
        Answer {
            status: status.clone(),
            words_html: inline(&format!("{}.", text(&response["description"]))),
            object,
            members,
            headers: headers
                // It is in every answer, and said where that is.
                .filter(|(name, _)| *name != "X-Request-Id")
                .map(|(name, header)| (name.clone(), text(&header["description"])))
                .collect(),
            example: indented(&content["example"]),
        }
    }

    /// Whether other schemas are made of it, so that it is described once.
    fn is_object(&self, name: &str) -> bool {
        let schemas = self.components["schemas"].as_object();
        let address = format!("#/components/schemas/{name}");
        let within = |schema: &Value| {
            schema["properties"]
                .to_string()
                .contains(&format!("\"{address}\""))
        };
        name == "Problem"
            || (self.components["schemas"][name]["properties"].is_object()
                && schemas
                    .into_iter()
                    .flatten()
                    .any(|(_, schema)| within(schema)))
    }

    fn objects(&self) -> Vec<Object> {
        let schemas = self.components["schemas"].as_object();
        let objects = schemas
            .into_iter()
            .flatten()
            .filter(|(name, _)| self.is_object(name));
        objects
            .map(|(name, schema)| Object {
                name: name.clone(),
                words_html: inline(&text(&schema["description"])),
                members: self.members(schema),
                example: match name.as_str() {
                    "Problem" => Some(indented(&problem(Kind::AboveBudget, self.base_url))),
                    _ => schema.get("example").map(indented),
                },
            })
            .collect()
    }

    /// The body within single quotes: a small one on one line, any other indented as what stands around it.
    fn body(&self, body: &Value) -> String {
        let text = match body.as_object() {
            Some(members) if members.len() == 1 => body.to_string(),
            _ => indented(body).replace('\n', "\n  "),
        };
        text.replace('\'', "'\\''")
    }

    /// The call with curl: the path's and the body's examples, and the first two of the query that choose something.
    fn curl(&self, path: &str, method: &str, operation: &Value) -> String {
        let mut path = path.to_owned();
        let mut query = Vec::new();
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let name = text(&parameter["name"]);
            let Some(example) = parameter_example(parameter).map(plain) else {
                continue;
            };
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                Some("query") if !["page", "per_page"].contains(&&*name) && query.len() < 2 => {
                    query.push(format!("{name}={example}"));
                }
                _ => {}
            }
        }
        let query = match query.join("&") {
            none if none.is_empty() => none,
            some => format!("?{some}"),
        };
        let mut lines = vec![format!("curl \"{}{path}{query}\"", self.base_url)];
        if method == "delete" {
            lines[0] = lines[0].replacen("curl", "curl -X DELETE", 1);
        }
        if matches!(access(operation), Access::Scope(_)) {
            lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
        }
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        if body.is_object() {
            lines.push("-H \"Content-Type: application/json\"".to_owned());
            lines.push(format!("-d '{}'", self.body(body)));
        } else if method == "post" {
            lines[0] = lines[0].replacen("curl", "curl -X POST", 1);
        }
        lines.join(" \\\n  ")
    }
}

/// The example of a parameter: its own, or its schema's.
fn parameter_example(parameter: &Value) -> Option<&Value> {
    [parameter, &parameter["schema"]]
        .into_iter()
        .find_map(|at| at.get("example"))
}

fn access(operation: &Value) -> Access {
    let security = operation["security"].as_array();
    let all = || security.into_iter().flatten();
    let scope = all().find_map(|one| one["oauth2"][0].as_str().map(str::to_owned));
    let open = all().any(|one| one.as_object().is_some_and(serde_json::Map::is_empty));
    match scope {
        Some(scope) if !open => Access::Scope(scope),
        more_with => Access::Everybody { more_with },
    }
}

fn refusals(operation: &Value) -> Vec<Refusal> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    responses
        .filter_map(|(status, response)| {
            let examples = response
                .pointer("/content/application~1problem+json/examples")?
                .as_object()?;
            Some(Refusal {
                status: status.clone(),
                words_html: inline(&text(&response["description"])),
                problems: examples
                    .iter()
                    .map(|(slug, example)| (slug.clone(), text(&example["summary"])))
                    .collect(),
            })
        })
        .collect()
}

/// What is taken, in words.
fn limits(schema: &Value) -> Option<String> {
    // What nobody comes near is no limit to tell of.
    let number = |name: &str| {
        let number = schema.get(name).filter(|n| n.is_number());
        number.map(grouped).filter(|text| text.len() < 12)
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

/// A number with commas between the thousands.
fn grouped(number: &Value) -> String {
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

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as it stands in a query: text without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Markdown of a sentence or two; nothing for none.
fn inline(words: &str) -> String {
    match words.trim() {
        "" => String::new(),
        words => markdown::to_html(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_said_in_words() {
        for (schema, words) in [
            (json!({ "minimum": 1, "maximum": 400 }), Some("1 to 400")),
            (
                json!({ "maxLength": 20_000, "minLength": 1 }),
                Some("1 to 20,000 characters"),
            ),
            (json!({ "maxItems": 10 }), Some("at most 10 items")),
            (json!({ "minimum": 0.01 }), Some("at least 0.01")),
            (json!({ "type": "string" }), None),
        ] {
            assert_eq!(limits(&schema).as_deref(), words);
        }
    }

    #[test]
    fn who_may_call_is_read_from_the_security() {
        let of = |security: Value| access(&json!({ "security": security }));
        let scope = || "bids:read".to_owned();
        assert_eq!(
            of(json!([{ "oauth2": ["bids:read"] }, { "token": [] }])),
            Access::Scope(scope())
        );
        let open = json!([{}, { "oauth2": ["bids:read"] }, { "token": [] }]);
        assert_eq!(
            of(open),
            Access::Everybody {
                more_with: Some(scope())
            }
        );
        assert_eq!(
            of(json!([{}, { "oauth2": [] }])),
            Access::Everybody { more_with: None }
        );
    }
}
