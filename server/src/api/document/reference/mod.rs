//! The pages under `/api/docs`, read from the same document that programs get, so that the two can't differ.

mod curl;
mod member;

use super::{
    example::{problem, resolve},
    layout::indented,
    webhooks,
};
use crate::{api::problem::ProblemKind, markdown};
use app::pages::api_docs::{
    Access, ApiCall, CallResponse, DocumentedRefusal, Group, Object, ProblemEntry, Reference,
};
use guildhall::token::Scope;
use serde_json::Value;

/// The order of the methods of one path.
const METHODS: [&str; 3] = ["get", "post", "delete"];

/// Builds the reference from the document's text.
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
            .map(|scope| (scope.name().to_owned(), scope.sentence()))
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
        description_html: markdown::to_html(&format!("{}.", text(&tag["description"]))),
        calls: calls(reader, document, &tag["name"]),
    })
    .filter(|group| !group.calls.is_empty())
    .collect()
}

/// The calls of a tag, ordered by path and method.
fn calls(reader: &Reader<'_>, document: &Value, tag: &Value) -> Vec<ApiCall> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| METHODS.map(|method| (path, method, &item[method])))
        .filter(|(_, _, operation)| operation["tags"][0] == *tag)
        .map(|(path, method, operation)| reader.call(path, method, operation))
        .collect()
}

fn problems(base_url: &str, groups: &[Group]) -> Vec<ProblemEntry> {
    ProblemKind::ALL
        .map(|kind| {
            let slug = kind.slug();
            let meets = |call: &&ApiCall| {
                let named = call.refusals.iter().flat_map(|refusal| &refusal.problems);
                named.into_iter().any(|(known, _)| known == slug)
            };
            let all: Vec<&ApiCall> = groups.iter().flat_map(|group| &group.calls).collect();
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
            ProblemEntry {
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

/// Reads the parts of the document.
struct Reader<'d> {
    base_url: &'d str,
    components: &'d Value,
}

impl Reader<'_> {
    fn call(&self, path: &str, method: &str, operation: &Value) -> ApiCall {
        let parameters = || operation["parameters"].as_array().into_iter().flatten();
        let body = &operation["requestBody"]["content"]["application/json"];
        let body_schema = resolve(self.components, &body["schema"]);
        ApiCall {
            slug: text(&operation["operationId"]),
            title: text(&operation["summary"]),
            description_html: markdown::to_html(&text(&operation["description"])),
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
            response: self.response(operation),
            refusals: refusals(operation),
            curl: self.curl(path, method, operation),
        }
    }

    fn response(&self, operation: &Value) -> CallResponse {
        let responses = operation["responses"].as_object();
        let good = responses
            .into_iter()
            .flatten()
            .find(|(status, _)| status.starts_with('2'));
        let Some((status, response)) = good else {
            return CallResponse::default();
        };
        let content = &response["content"]["application/json"];
        let schema = &content["schema"];
        let object = schema["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .filter(|name| self.is_object(name))
            .map(str::to_owned);
        let members = match object {
            None => self.members(resolve(self.components, schema)),
            Some(_) => Vec::new(),
        };
        let headers = response["headers"].as_object().into_iter().flatten();
        CallResponse {
            status: status.clone(),
            description_html: inline(&format!("{}.", text(&response["description"]))),
            object,
            members,
            headers: headers
                // Every response has it, and the introduction says so.
                .filter(|(name, _)| *name != "X-Request-Id")
                .map(|(name, header)| (name.clone(), text(&header["description"])))
                .collect(),
            example: indented(&content["example"]),
        }
    }

    /// True for `Problem`, for messages to webhooks, and for objects that other schemas refer to: each is described once, in
    /// its own section.
    fn is_object(&self, name: &str) -> bool {
        let schemas = self.components["schemas"].as_object();
        let address = format!("#/components/schemas/{name}");
        let within = |schema: &Value| {
            schema["properties"]
                .to_string()
                .contains(&format!("\"{address}\""))
        };
        matches!(name, "Problem" | webhooks::MESSAGE)
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
                description_html: inline(&text(&schema["description"])),
                members: self.members(schema),
                example: match name.as_str() {
                    "Problem" => Some(indented(&problem(ProblemKind::AboveBudget, self.base_url))),
                    _ => schema.get("example").map(indented),
                },
            })
            .collect()
    }
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

fn refusals(operation: &Value) -> Vec<DocumentedRefusal> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    responses
        .filter_map(|(status, response)| {
            let examples = response
                .pointer("/content/application~1problem+json/examples")?
                .as_object()?;
            Some(DocumentedRefusal {
                status: status.clone(),
                problems: examples
                    .iter()
                    .map(|(slug, example)| (slug.clone(), text(&example["summary"])))
                    .collect(),
            })
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as written in a query: strings without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Renders a sentence or two of Markdown; empty for empty text.
fn inline(markdown_text: &str) -> String {
    match markdown_text.trim() {
        "" => String::new(),
        markdown_text => markdown::to_html(markdown_text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn access_is_derived_from_the_security_requirements() {
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
