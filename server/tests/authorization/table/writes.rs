//! The server functions.

use super::{ALL, BUYERS, FIELDS, MEMBERS, OWN, OWNER, Row, SELLERS, page};

pub const WRITES: &[Row] = &[
    // An unknown function is refused, whoever calls it.
    page("POST", "/writes/{function}", [400; 7])
        .about("nothing")
        .sending("{}"),
    page("POST", "/writes/place-bid", BUYERS)
        .sending(r#"{"project":ITEM,"amount":"800","form_key":"KEY"}"#),
    page(
        "POST",
        "/writes/withdraw-bid",
        [401, 200, 409, 403, 403, 401, 401],
    )
    .sending(r#"{"project":ITEM,"form_key":"KEY"}"#),
    page(
        "POST",
        "/writes/undo-bid",
        [401, 409, 409, 403, 403, 401, 401],
    )
    .sending(r#"{"project":ITEM,"bid":0,"form_key":"KEY"}"#),
    page("POST", "/writes/preview-description", SELLERS).sending(r#"{"description":"By hand"}"#),
    page("POST", "/writes/save-draft", OWNER)
        .about("draft")
        .sending(FIELDS),
    page(
        "POST",
        "/writes/autosave-project",
        [401, 403, 403, 200, 409, 401, 401],
    )
    .about("draft")
    .sending(FIELDS),
    page("POST", "/writes/discard-autosave", OWNER)
        .about("autosave")
        .sending(r#"{"autosave":ITEM}"#),
    page("POST", "/writes/publish-project", OWNER)
        .about("draft")
        .sending(FIELDS),
    page("POST", "/writes/discard-draft", OWNER)
        .about("draft")
        .sending(r#"{"draft":ITEM,"form_key":"KEY"}"#),
    page("POST", "/writes/cancel-project", OWNER)
        .about("open without bid")
        .sending(r#"{"project":ITEM,"form_key":"KEY"}"#),
    page("POST", "/writes/choose-theme", ALL).sending(r#"{"theme":"dark"}"#),
    page("POST", "/writes/choose-time-zone", ALL).sending(r#"{"time_zone":"UTC"}"#),
    page("POST", "/writes/end-session", OWN)
        .about("session")
        .sending(r#"{"session":ITEM}"#),
    page("POST", "/writes/end-other-sessions", MEMBERS).sending("{}"),
    page("POST", "/writes/forget-trusted-browsers", MEMBERS).sending("{}"),
    page("POST", "/writes/begin-passkey-sign-in", ALL).sending(r#"{"is_offer":false}"#),
    page(
        "POST",
        "/writes/rename-passkey",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .about("passkey")
    .sending(r#"{"passkey":ITEM,"name":"Phone","present_password":"","code":""}"#),
    page(
        "POST",
        "/writes/remove-passkey",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .about("passkey")
    .sending(r#"{"passkey":ITEM,"present_password":"","code":""}"#),
    page(
        "POST",
        "/writes/turn-off-second-factor",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending(r#"{"present_password":"","code":""}"#),
    page(
        "POST",
        "/writes/open-notice",
        [401, 404, 404, 404, 404, 401, 401],
    )
    .sending(r#"{"number":1}"#),
    page("POST", "/writes/mark-notices-read", MEMBERS).sending(r#"{"newest":1}"#),
    page("POST", "/writes/choose-notices", MEMBERS).sending(r#"{"wanted":[],"shown":[]}"#),
    page("POST", "/writes/send-notices-again", MEMBERS).sending("{}"),
    page(
        "POST",
        "/writes/watch-project",
        [401, 200, 200, 403, 200, 401, 401],
    )
    .sending(r#"{"project":ITEM}"#),
    page("POST", "/writes/stop-watching", MEMBERS).sending(r#"{"project":ITEM}"#),
    page("POST", "/writes/save-search", MEMBERS).sending(
        r#"{"search":{"q":"window","category":"","currency":"","budget_from":"","budget_to":"","work_place":""},"name":"Windows","frequency":"daily","form_key":"KEY"}"#,
    ),
    page("POST", "/writes/change-search", OWN)
        .about("saved search")
        .sending(r#"{"search":ITEM,"name":"Windows","frequency":"daily"}"#),
    page("POST", "/writes/delete-search", OWN)
        .about("saved search")
        .sending(r#"{"search":ITEM}"#),
    page("POST", "/writes/add-browser", MEMBERS).sending(
        r#"{"name":"Firefox","subscription":"{\"endpoint\":\"https://push.example.com/1\",\"keys\":{\"p256dh\":\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\",\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}}"}"#,
    ),
    page("POST", "/writes/add-webhook", MEMBERS).sending(
        r#"{"name":"Ops","format":"slack","url":"https://hooks.example.com/","form_key":"KEY"}"#,
    ),
    page("POST", "/writes/rotate-webhook-secret", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM,"form_key":"KEY"}"#),
    page("POST", "/writes/test-webhook", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM}"#),
    page("POST", "/writes/replay-webhook-message", [401, 404, 404, 404, 404, 401, 401])
        .about("webhook")
        .sending(r#"{"webhook":ITEM,"attempt":0}"#),
    page("POST", "/writes/send-webhook-again", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM}"#),
    page("POST", "/writes/turn-webhook-off", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM}"#),
    page("POST", "/writes/turn-webhook-on", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM}"#),
    page("POST", "/writes/remove-webhook", OWN)
        .about("webhook")
        .sending(r#"{"webhook":ITEM}"#),
    page("POST", "/writes/rename-account", MEMBERS).sending(r#"{"name":"Nobody"}"#),
    page(
        "POST",
        "/writes/change-email",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending(r#"{"email":"new@example.com","present_password":"x","code":""}"#),
    page(
        "POST",
        "/writes/request-export",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending(r#"{"present_password":"","code":""}"#),
    page(
        "POST",
        "/writes/request-erasure",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending(r#"{"present_password":"","code":""}"#),
    page("POST", "/writes/keep-account", MEMBERS).sending("{}"),
    page("POST", "/writes/make-token", MEMBERS)
        .sending(r#"{"name":"x","scopes":["account:read"],"days":"7","form_key":"KEY"}"#),
    page("POST", "/writes/make-calendar-feed", MEMBERS).sending(r#"{"form_key":"KEY"}"#),
    page("POST", "/writes/revoke-calendar-feed", MEMBERS).sending("{}"),
    page("POST", "/writes/revoke-token", OWN)
        .about("token")
        .sending(r#"{"token":ITEM}"#),
];
