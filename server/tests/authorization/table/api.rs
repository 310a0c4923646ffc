//! The API and the health probes.

use super::{ALL, Row, api};

pub const API: &[Row] = &[
    // Health probes, open to everybody.
    api("GET", "/healthz", "", ALL),
    api("GET", "/readyz", "", ALL),
    // The API: public resources need no token, but a bad one is refused.
    api(
        "GET",
        "/api/v1/openapi.json",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    ),
    api(
        "GET",
        "/api/v1/projects",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    ),
    api(
        "GET",
        "/api/v1/projects/{id}",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    ),
    api(
        "GET",
        "/api/v1/projects/{id}/bids",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    ),
    api(
        "GET",
        "/api/v1/projects/{id}/award",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    )
    .about("awarded"),
    api(
        "GET",
        "/api/v1/changes",
        "",
        [200, 200, 200, 200, 200, 401, 200],
    ),
    api(
        "POST",
        "/api/v1/projects",
        "projects:write",
        [401, 403, 403, 201, 201, 401, 403],
    )
    .sending(r#"{"name":"N","summary":"S","description":"D","budget":5,"deadline":"UNIX"}"#),
    api(
        "POST",
        "/api/v1/projects/{id}/cancel",
        "projects:write",
        [401, 403, 403, 200, 404, 401, 403],
    )
    .about("open without bid"),
    api(
        "GET",
        "/api/v1/projects/{id}/bid",
        "bids:read",
        [401, 200, 404, 404, 404, 401, 403],
    ),
    api(
        "POST",
        "/api/v1/projects/{id}/bid",
        "bids:write",
        [401, 201, 201, 403, 403, 401, 403],
    )
    .sending(r#"{"amount":5}"#),
    api(
        "DELETE",
        "/api/v1/projects/{id}/bid",
        "bids:write",
        [401, 200, 409, 403, 403, 401, 403],
    ),
    api(
        "GET",
        "/api/v1/account",
        "account:read",
        [401, 200, 200, 200, 200, 401, 403],
    ),
    api(
        "GET",
        "/api/v1/account/projects",
        "projects:read",
        [401, 403, 403, 200, 200, 401, 403],
    ),
    api(
        "GET",
        "/api/v1/account/bids",
        "bids:read",
        [401, 200, 200, 403, 403, 401, 403],
    ),
];
