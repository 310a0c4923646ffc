//! A call as typed in a shell.

use super::{Reader, access, plain, text};
use crate::api::document::layout::indented;
use app::pages::api_docs::Access;
use serde_json::Value;

impl Reader<'_> {
    /// The call as a curl command: with the examples of the path, the body, and the first two query parameters other
    /// than `page` and `per_page`.
    pub(super) fn curl(&self, path: &str, method: &str, operation: &Value) -> String {
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
            lines.push(format!("-d '{}'", self::body(body)));
        } else if method == "post" {
            lines[0] = lines[0].replacen("curl", "curl -X POST", 1);
        }
        lines.join(" \\\n  ")
    }
}

/// The body, escaped for single quotes: on one line if it has a single member, otherwise indented.
fn body(body: &Value) -> String {
    let text = match body.as_object() {
        Some(members) if members.len() == 1 => body.to_string(),
        _ => indented(body).replace('\n', "\n  "),
    };
    text.replace('\'', "'\\''")
}

/// The example of a parameter: its own, or its schema's.
fn parameter_example(parameter: &Value) -> Option<&Value> {
    [parameter, &parameter["schema"]]
        .into_iter()
        .find_map(|at| at.get("example"))
}
