//! The OpenAPI 3.1 document, built from the endpoints.
//!
//! A test sends every example and validates every answer against its schema, so a documented field cannot be
//! missing. Another test runs the commands in docs/API.md.

use super::{example, webhooks};
use crate::api::{
    changes,
    headers::{self, Header},
    problem::ProblemBody,
    project_list,
};
use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContactBuilder, Content, HttpMethod, ObjectBuilder, Ref, RefOr, Required, Response,
        ResponseBuilder, Server,
        header::HeaderBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{SchemaType, Type},
        security::{
            AuthorizationCode, ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2,
            Scopes, SecurityScheme,
        },
    },
};

/// The document without the endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guildhall",
        version = "1",
        license(name = "All rights reserved", identifier = "LicenseRef-All-Rights-Reserved"),
        description = "A marketplace for the self-employed, with open reverse auctions. A **seller** posts a project with a maximum budget and a \
deadline, **buyers** bid a fixed price (other platforms say client and freelancer), and at the deadline the lowest bid wins automatically.\n\n\
Amounts are JSON numbers, read by their exact decimal text. Times are UTC. Every answer has a `message`; refusals are problem details (RFC 9457) \
whose `type` links to a page that says what to do. Every POST accepts an `Idempotency-Key`, reads return an `ETag`, and the headers `RateLimit` and \
`RateLimit-Policy` say how many requests remain. A body may be compressed (`Content-Encoding: gzip` or `deflate`); unknown members are refused by name. A path with a trailing slash redirects (308) to the one without."
    ),
    tags(
        (name = "Projects", description = "Work that sellers offer"),
        (name = "Bids", description = "Fixed prices that buyers offer"),
        (name = "Account", description = "Your own account, projects and bids"),
        (name = "Changes", description = "The feed of changes, in order"),
        (name = "Webhooks", description = "Notices that are sent to your own systems"),
    ),
    components(schemas(ProblemBody, project_list::SortName, changes::FeedStartName)),
)]
pub(crate) struct Document;

/// Completes the endpoints' document for the site at this URL.
fn complete(mut document: utoipa::openapi::OpenApi, base_url: &str) -> utoipa::openapi::OpenApi {
    Security.modify(&mut document);
    CommonParts.modify(&mut document);
    document.servers = Some(vec![Server::new(base_url)]);
    document.info.contact = Some(
        ContactBuilder::new()
            .name(Some("Guildhall"))
            .url(Some(base_url))
            .build(),
    );
    document
}

/// How programs authenticate.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scopes: Scopes = guildhall::token::Scope::ALL
            .map(|scope| (scope.name().to_owned(), scope.sentence()))
            .into_iter()
            .collect();
        let flows = [
            Flow::AuthorizationCode(AuthorizationCode::with_refresh_url(
                "/oauth/authorize",
                "/oauth/token",
                scopes.clone(),
                "/oauth/token",
            )),
            Flow::ClientCredentials(ClientCredentials::new("/oauth/token", scopes)),
        ];
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::new(flows)));
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("A personal access token, or one issued to a program. The scheme `token` works as well."))
                    .build(),
            ),
        );
    }
}

/// What every call has in common: the refusals, and the headers in both directions.
struct CommonParts;

impl Modify for CommonParts {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for path in document.paths.paths.values_mut() {
            for (method, operation) in [
                (HttpMethod::Get, &mut path.get),
                (HttpMethod::Post, &mut path.post),
                (HttpMethod::Put, &mut path.put),
                (HttpMethod::Patch, &mut path.patch),
                (HttpMethod::Delete, &mut path.delete),
            ] {
                if let Some(operation) = operation {
                    add_common_parts(&method, operation);
                }
            }
        }
    }
}

fn add_common_parts(method: &HttpMethod, operation: &mut Operation) {
    let writes = *method != HttpMethod::Get;
    let has_body = operation.request_body.is_some();
    let mut statuses = vec![
        ("400", "The query, the body or a header is malformed"),
        ("401", "The token is missing or invalid"),
    ];
    let needs_token = operation
        .security
        .as_ref()
        .is_some_and(|all| !all.iter().any(|one| *one == Default::default()));
    if needs_token {
        statuses.push((
            "403",
            "The account or the token doesn't have permission to do this",
        ));
    }
    if operation
        .parameters
        .iter()
        .flatten()
        .any(|p| p.parameter_in == ParameterIn::Path)
    {
        statuses.push((
            "404",
            "The resource doesn't exist, or you don't have access to it",
        ));
    }
    if writes {
        statuses.push(("405", "The deadline has passed"));
        statuses.push((
            "409",
            "The request conflicts with the current state, or the same request is in progress",
        ));
        statuses.push(("413", "The body is too large"));
        statuses.push((
            "422",
            "Some fields are invalid, or the Idempotency-Key was used for another request",
        ));
    }
    if has_body {
        statuses.push((
            "415",
            "The body is not sent as JSON, or its compression is not supported",
        ));
    } else if writes {
        statuses.push(("415", "The body's compression is not supported"));
    }
    statuses.push(("429", "Too many requests"));
    statuses.push(("503", "The server is temporarily unable to answer"));
    for (status, description) in statuses {
        operation
            .responses
            .responses
            .insert(status.to_owned(), RefOr::T(refusal(description)));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            for header in headers::of_answer(status, writes) {
                let described = HeaderBuilder::new()
                    .schema(text())
                    .description(Some(header.description))
                    .build();
                response.headers.insert(header.name.to_owned(), described);
            }
        }
    }
    if !writes {
        operation
            .responses
            .responses
            .insert("304".to_owned(), RefOr::T(Response::new("Not modified")));
    }
    let parameters = operation.parameters.get_or_insert_default();
    parameters.extend(headers::of_request(writes).map(parameter));
}

fn refusal(description: &str) -> Response {
    let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", problem)
        .build()
}

fn parameter(header: &Header) -> Parameter {
    let max_chars = header.max_chars;
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(max_chars.map(|_| 1))
        .max_length(max_chars)
        .pattern(max_chars.map(|_| "^[ -~]+$"));
    ParameterBuilder::new()
        .name(header.name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(header.description))
        .schema(Some(schema.build()))
        .build()
}

fn text() -> utoipa::openapi::Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .build()
        .into()
}

/// The document with an example for every body, still with the placeholder deadline: see
/// [`example::with_future_deadlines`].
pub(super) fn json(document: utoipa::openapi::OpenApi, base_url: &str) -> String {
    let mut json = serde_json::to_value(complete(document, base_url)).unwrap_or_else(|_| json!({}));
    replace_single_choices(&mut json);
    close_body_schemas(&mut json);
    example::fill(&mut json, base_url);
    webhooks::add(&mut json);
    json.to_string()
}

/// Declares that bodies have no members other than those described, because `body::SentBody` refuses them. (utoipa derives
/// this from `deny_unknown_fields`, which would reject only the first unknown member.)
fn close_body_schemas(document: &mut Value) {
    let operations = document["paths"].as_object().into_iter().flatten();
    let operations = operations.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let bodies: Vec<String> = operations
        .filter_map(|(_, operation)| {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            Some(schema["$ref"].as_str()?.trim_start_matches('#').to_owned())
        })
        .collect();
    for body in bodies {
        if let Some(Value::Object(schema)) = document.pointer_mut(&body) {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
}

/// Replaces a `oneOf` of one schema with `allOf`: utoipa generates such a `oneOf` where a reference has other keywords
/// next to it. Generators turn it into a union, and linters warn.
fn replace_single_choices(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(replace_single_choices),
        Value::Object(members) => {
            members.values_mut().for_each(replace_single_choices);
            let is_single = |choices: &Value| choices.as_array().is_some_and(|all| all.len() == 1);
            if !members.contains_key("allOf")
                && let Some(choices) = members.remove("oneOf")
            {
                let name = if is_single(&choices) {
                    "allOf"
                } else {
                    "oneOf"
                };
                members.insert(name.to_owned(), choices);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_of_with_one_schema_becomes_all_of() {
        let mut value = json!({ "a": [{ "oneOf": [1], "default": 2 }], "b": { "oneOf": [1, 2] } });
        replace_single_choices(&mut value);
        assert_eq!(
            value,
            json!({ "a": [{ "allOf": [1], "default": 2 }], "b": { "oneOf": [1, 2] } })
        );
    }
}
