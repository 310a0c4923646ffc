//! The document's section on messages to webhooks, which programs receive. OpenAPI 3.1 has such a section, but utoipa
//! does not support it.

use guildhall::{
    money::Currency,
    notice::{Audience, NoticeKind},
};
use serde_json::{Value, json};

/// The name of their schema.
pub(super) const MESSAGE: &str = "WebhookMessage";

/// Adds the messages, and the schemas of their parts.
pub(super) fn add(document: &mut Value) {
    document["webhooks"] = json!({ "notice": { "post": operation() } });
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else {
        return;
    };
    schemas.extend([
        (MESSAGE.to_owned(), message()),
        ("WebhookData".to_owned(), data()),
        ("WebhookProject".to_owned(), project()),
        ("WebhookSearch".to_owned(), search()),
        ("WebhookMatch".to_owned(), found()),
    ]);
}

fn operation() -> Value {
    json!({
        "tags": ["Webhooks"],
        "operationId": "receive_notice",
        "summary": "Receive a notice",
        "description": "Sent to the webhooks of an account that have the format *Signed JSON*. Messages arrive in order and at least once: \
    drop repeats by `webhook-id`. A message that is not accepted within 15 seconds is sent again, up to ten times in about three days, and later ones wait for it. \
    The signature is that of [Standard Webhooks](https://www.standardwebhooks.com), which has libraries for most languages.",
        "security": [],
        "parameters": [
            header("webhook-id", "The notice's id, which stays the same when the message is sent again", json!({ "type": "string", "format": "uuid" })),
            header("webhook-timestamp", "The time of the attempt, in seconds since 1970", json!({ "type": "integer", "format": "int64" })),
            header(
                "webhook-signature",
                "One signature, or two for a day after the secret was replaced, separated by a space: the message is valid if one of them is",
                json!({ "type": "string" }),
            ),
        ],
        "requestBody": {
            "required": true,
            "content": {
                "application/json": {
                    "schema": { "$ref": "#/components/schemas/WebhookMessage" },
                    "example": example(),
                },
            },
        },
        "responses": {
            "2XX": { "description": "The message is accepted" },
            "410": { "description": "Nothing more is sent to this address" },
            "4XX": { "description": "The message is sent again later" },
            "5XX": { "description": "The message is sent again later" },
        },
    })
}

fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "required": true, "description": description, "schema": schema })
}

fn message() -> Value {
    let kinds = NoticeKind::ALL.iter().copied();
    let kinds: Vec<&str> = kinds
        .filter(|kind| kind.required().is_none() && kind.audience() != Audience::Digest)
        .map(NoticeKind::name)
        .collect();
    json!({
        "type": "object",
        "description": "A notice that is sent to a webhook, with the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "type": "string", "enum": kinds, "description": "What happened. There may be more kinds later: ignore those that you don't know" },
            "timestamp": { "type": "string", "format": "date-time", "description": "When the notice was written" },
            "data": { "$ref": "#/components/schemas/WebhookData" },
        },
    })
}

fn data() -> Value {
    let currencies = Currency::ALL.map(Currency::code);
    let amount = |description: &str| json!({ "type": "number", "description": description });
    json!({
        "type": "object",
        "description": "What a message to a webhook is about",
        "required": ["number", "title", "text", "url", "project"],
        "properties": {
            "number": { "type": "integer", "format": "int64", "minimum": 1, "description": "Counts the account's notices" },
            "title": { "type": "string" },
            "text": { "type": "string", "description": "A sentence or two for people" },
            "url": { "type": "string", "format": "uri", "description": "The page where the recipient sees more" },
            "project": { "oneOf": [{ "$ref": "#/components/schemas/WebhookProject" }, { "type": "null" }] },
            "currency": { "type": "string", "enum": currencies, "description": "Of all amounts" },
            "lowest_bid_amount": amount("The lowest bid, or the winning one"),
            "own_bid_amount": amount("The recipient's own bid"),
            "bid_count": { "type": "integer", "format": "int32", "minimum": 0, "description": "The number of active bids" },
            "search": { "$ref": "#/components/schemas/WebhookSearch" },
        },
    })
}

fn project() -> Value {
    json!({
        "type": "object",
        "description": "The project that the notice is about",
        "required": ["id", "name", "deadline"],
        "properties": {
            "id": { "type": "integer", "format": "int64" },
            "name": { "type": "string" },
            "deadline": { "type": "string", "format": "date-time" },
        },
    })
}

fn search() -> Value {
    json!({
        "type": "object",
        "description": "The saved search that projects fit",
        "required": ["name", "projects"],
        "properties": {
            "name": { "type": "string" },
            "projects": { "type": "array", "maxItems": 5, "items": { "$ref": "#/components/schemas/WebhookMatch" } },
        },
    })
}

fn found() -> Value {
    json!({
        "type": "object",
        "description": "A project that fits a saved search",
        "required": ["id", "name"],
        "properties": { "id": { "type": "integer", "format": "int64" }, "name": { "type": "string" } },
    })
}

fn example() -> Value {
    json!({
        "type": NoticeKind::NewLowest.name(),
        "timestamp": "2027-01-30T09:30:00Z",
        "data": {
            "number": 7,
            "title": NoticeKind::NewLowest.title(),
            "text": "The lowest bid is now €850.50. There are 3 active bids.",
            "url": "https://guildhall.example/projects/5",
            "project": { "id": 5, "name": "A new shop window", "deadline": "2027-01-31T17:00:00Z" },
            "currency": Currency::Eur.code(),
            "lowest_bid_amount": 850.5,
            "bid_count": 3,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_about_the_security_of_an_account_is_among_the_kinds() {
        let message = message();
        let kinds = message["properties"]["type"]["enum"]
            .as_array()
            .expect("a list");
        assert!(kinds.contains(&json!("bid.lowest")) && kinds.contains(&json!("webhook.test")));
        for kind in [NoticeKind::PasswordChanged, NoticeKind::MailDigest] {
            assert!(!kinds.contains(&json!(kind.name())), "{kind:?}");
        }
    }
}
