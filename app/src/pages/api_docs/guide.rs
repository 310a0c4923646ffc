//! The introduction for newcomers, and the rules that apply to every call.

use super::{
    Reference,
    code::{Code, Language},
};
use crate::components::TableRegion;
use leptos::prelude::*;
use std::sync::Arc;

/// Four steps from signing up to a bid. The API calls are the reference's own examples.
#[component]
pub(super) fn QuickStart(reference: Arc<Reference>) -> impl IntoView {
    let curl = |slug: &str| {
        let call = reference.call(slug);
        call.map(|call| call.curl.clone()).unwrap_or_default()
    };
    let tokens = "SELLER_TOKEN=guildhall_pat_…\nBUYER_TOKEN=guildhall_pat_…";
    let list = curl("list_projects");
    let post = curl("post_project").replace("$TOKEN", "$SELLER_TOKEN");
    let bid = curl("place_bid").replace("$TOKEN", "$BUYER_TOKEN");
    view! {
        <section class="docs-section" aria-labelledby="quick-start">
            <div class="section-head"><h2 id="quick-start">"Quick start"</h2></div>
            <ol class="step-list docs-steps">
                <li>
                    <strong>"Get a token"</strong>
                    <p>
                        "Sign up once as a seller (the client) and once as a buyer (the freelancer), and create a token for each under "
                        <a class="link" href="/account/tokens">"Your account, Access tokens"</a>
                        ". The demo prints two when it starts."
                    </p>
                    <Code language=Language::Shell caption="Keep the tokens in the shell" code=tokens/>
                </li>
                <li>
                    <strong>"See what is open"</strong>
                    <p>"Reading public data needs no token."</p>
                    <Code language=Language::Shell caption="List projects" code=list/>
                </li>
                <li>
                    <strong>"Post a project, as a seller"</strong>
                    <p>"The response is 201, with the project's path as its "<code class="docs-code">"Location"</code>"."</p>
                    <Code language=Language::Shell caption="Post a project" code=post/>
                </li>
                <li>
                    <strong>"Bid, as a buyer"</strong>
                    <p>"Replace 7 with the project's id. At the deadline, the lowest bid wins automatically."</p>
                    <Code language=Language::Shell caption="Bid on a project" code=bid/>
                </li>
            </ol>
        </section>
    }
}

/// The two terms, which are the reverse of what other platforms use.
#[component]
pub(super) fn SearchWords() -> impl IntoView {
    view! {
        <section class="docs-section" aria-labelledby="words">
            <div class="section-head"><h2 id="words">"Seller and buyer"</h2></div>
            <div class="prose">
                <p>
                    "Here a "<strong>"seller"</strong>" posts work and a "<strong>"buyer"</strong>
                    " bids for it. Other platforms use other words:"
                </p>
                <TableRegion label="Words used here and elsewhere">
                <table>
                    <thead><tr><th scope="col">"Who"</th><th scope="col">"Here"</th><th scope="col">"Elsewhere"</th></tr></thead>
                    <tbody>
                        <tr><td>"Posts a project with a budget and a deadline"</td><td><code>"seller"</code></td><td>"client, customer, employer"</td></tr>
                        <tr><td>"Bids a fixed price and does the work"</td><td><code>"buyer"</code></td><td>"freelancer, contractor, provider"</td></tr>
                    </tbody>
                </table>
                </TableRegion>
                <p>"An account keeps its role. The acting account comes from the token, never from the body."</p>
            </div>
        </section>
    }
}

const ENDPOINTS: [(&str, &str); 6] = [
    (
        "/oauth/authorize",
        "Where people give their consent; requires PKCE (S256).",
    ),
    (
        "/oauth/token",
        "Issues tokens for an authorization code, a device code, a refresh token or the client's credentials.",
    ),
    (
        "/oauth/device_authorization",
        "Starts the device flow; people type the code at /device.",
    ),
    ("/oauth/revoke", "Revokes a token (RFC 7009)."),
    (
        "/oauth/introspect",
        "Says whether a token is valid, and for what (RFC 7662).",
    ),
    (
        "/.well-known/oauth-authorization-server",
        "Describes all of these for programs (RFC 8414).",
    ),
];

/// How programs authenticate.
#[component]
pub(super) fn Authentication(base_url: String, scopes: Vec<(String, String)>) -> impl IntoView {
    let rows = scopes
        .into_iter()
        .map(|(name, text)| {
            view! { <div><dt><code class="docs-name">{name}</code></dt><dd><p>{text}</p></dd></div> }
        })
        .collect_view();
    let header = "Authorization: Bearer guildhall_pat_…";
    let client = format!(
        "curl \"{base_url}/oauth/token\" \\\n  -u \"$CLIENT_ID:$CLIENT_SECRET\" \\\n  -d grant_type=client_credentials"
    );
    let endpoints = ENDPOINTS
        .into_iter()
        .map(|(path, text)| view! { <div><dt><code class="docs-name">{path}</code></dt><dd><p>{text}</p></dd></div> })
        .collect_view();
    view! {
        <section class="docs-section" aria-labelledby="authentication">
            <div class="section-head"><h2 id="authentication">"Authentication"</h2></div>
            <div class="docs-pair">
                <div class="prose">
                    <p>
                        "Send a token with each request. "<code>"Authorization: Bearer TOKEN"</code>" and "
                        <code>"Authorization: token TOKEN"</code>" are equivalent. Cookies are ignored."
                    </p>
                    <h3>"Personal access tokens"</h3>
                    <p>
                        "For scripts of your own. Create one under "<a href="/account/tokens">"Your account, Access tokens"</a>
                        ": it is shown once, lives as long as you choose, and can be revoked at any time. On the server, "
                        <code>"guildhall token create --account E-MAIL --scope SCOPE"</code>" creates one too."
                    </p>
                    <h3>"OAuth 2"</h3>
                    <p>
                        "For programs that others use. Register yours under "<a href="/account/programs">"Your account, Connected apps"</a>
                        ". It then asks people for their consent: in a browser with the authorization code flow and PKCE, or without one with the device flow. \
                        For your own account it needs no consent: it gets a token with its client credentials."
                    </p>
                </div>
                <div class="docs-codes">
                    <Code language=Language::Http caption="The header of each request" code=header/>
                    <Code language=Language::Shell caption="A token for a program's own account" code=client/>
                </div>
            </div>
            <h3 class="docs-sub" id="endpoints">"OAuth endpoints"</h3>
            <dl class="docs-members docs-members-two">{endpoints}</dl>
            <h3 class="docs-sub" id="scopes">"Scopes"</h3>
            <p class="docs-words">"What a token may do. Request no more than you need. Reading public data needs none. A token has no scope that its account's role can't use: \
                if a program requests one, it is left out, and the "<code>"scope"</code>" of the answer lists what was granted."</p>
            <dl class="docs-members docs-members-two">{rows}</dl>
        </section>
    }
}

/// Text between backticks is shown as code.
const RULES: [(&str, &str); 8] = [
    (
        "Amounts",
        "JSON numbers with at most two decimals, such as `850.5`, with the currency in a separate member. They are parsed exactly, never as floats. A `lowest_bid_amount` of `-1` means that there is no bid.",
    ),
    (
        "Times",
        "RFC 3339 in UTC. A deadline may also be sent as Unix seconds. The database's clock decides.",
    ),
    (
        "Idempotency",
        "Send an `Idempotency-Key` of your choice with every POST, 1 to 255 printable characters such as a UUID. For 24 hours, sending the same request again with it has no further effect and returns the first response, with `Idempotency-Replayed: true`.",
    ),
    (
        "Caching",
        "Reads return an `ETag`. Send it back as `If-None-Match`: if nothing changed, the response is 304 without a body.",
    ),
    (
        "Pages",
        "Lists have 30 items unless `per_page` says otherwise, at most 400. Follow the next link in the header `Link` (RFC 8288), or send `next_cursor` as `cursor`: nothing is skipped or repeated when something changes in between. Projects also have numbered pages.",
    ),
    (
        "Rate limits",
        "`RateLimit` and `RateLimit-Policy` say how many requests are left and in how many seconds the quota is full again. Beyond that, the response is 429 with `Retry-After`.",
    ),
    (
        "Messages",
        "Every response has a `message` for people. A refusal has a `type` for programs, and its `errors` name every invalid field at once. Quote the `X-Request-Id` when you report a problem.",
    ),
    (
        "Versions",
        "The version is in the path. Within v1 members, parameters and calls may be added, never removed or changed: ignore what you don't know. A version that is no longer supported returns 410 and names those that are.",
    ),
];

/// Renders text in which code is between backticks.
fn with_code(text: &'static str) -> impl IntoView {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| match at % 2 {
            0 => part.into_any(),
            _ => view! { <code class="docs-code">{part}</code> }.into_any(),
        })
        .collect_view()
}

/// The rules that apply to every call.
#[component]
pub(super) fn Everywhere() -> impl IntoView {
    let rules = RULES
        .into_iter()
        .map(|(title, text)| view! { <div><dt>{title}</dt><dd>{with_code(text)}</dd></div> })
        .collect_view();
    let once = "POST /api/v1/projects/7/bid HTTP/1.1\nAuthorization: Bearer guildhall_pat_…\nContent-Type: application/json\nIdempotency-Key: 0b5c1f0e-6d0e-4f0c-9b0a-2f6f1f3f9f57\n\n{\"amount\": 850.5}";
    let headers = "HTTP/1.1 201 Created\nLocation: /api/v1/projects/7/bid\nRateLimit-Policy: \"default\";q=600;w=60\nRateLimit: \"default\";r=598;t=1\nX-Request-Id: 1f0c7a52-8a55-4a5e-9d1e-6f0b3c2d4e5f";
    view! {
        <section class="docs-section" aria-labelledby="everywhere">
            <div class="section-head"><h2 id="everywhere">"Rules for every call"</h2></div>
            <div class="docs-pair">
                <dl class="docs-rules">{rules}</dl>
                <div class="docs-codes">
                    <Code language=Language::Http caption="A request that is safe to send twice" code=once/>
                    <Code language=Language::Http caption="The headers of its response" code=headers/>
                </div>
            </div>
        </section>
    }
}
