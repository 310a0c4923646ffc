//! The pages and endpoints of programs that act for people.

use super::{ALL, GONE, MEMBERS, OWN, Row, api, page};

pub const PROGRAMS: &[Row] = &[
    // Programs that the account registered or authorized. A redirect leads to a page that explains the problem.
    page("GET", "/account/programs", MEMBERS),
    page("GET", "/account/programs/new", MEMBERS),
    page("POST", "/account/programs/new", MEMBERS)
        .sending("form_key=KEY&name=Ledger&kind=confidential&redirect_uris=https://ledger.example/&scopes=bids:read"),
    page("GET", "/account/programs/{id}", OWN).about("program"),
    page("POST", "/account/programs/{id}", OWN)
        .about("program")
        .sending("form_key=KEY&name=Ledger&kind=confidential&redirect_uris=https://ledger.example/&scopes=bids:read"),
    page("POST", "/account/programs/{id}/secret", OWN).about("program").sending("form_key=KEY"),
    page("POST", "/account/programs/{id}/delete", GONE).about("program").sending("form_key=KEY"),
    page("POST", "/account/programs/{id}/revoke", GONE).about("grant").sending("form_key=KEY"),
    page("GET", "/oauth/authorize", [400; 7]),
    page("POST", "/oauth/authorize", [401, 400, 400, 400, 400, 401, 401]).sending("decision=allow"),
    page("GET", "/device", MEMBERS),
    page("POST", "/device", [401, 422, 422, 422, 422, 401, 401]).sending("form_key=KEY&user_code=BCDF-GHJK"),
    // OAuth endpoints: a user's token does not authenticate a program.
    api("GET", "/.well-known/oauth-authorization-server", "", ALL),
    api("POST", "/oauth/token", "", [401; 7]).sending("grant_type=client_credentials"),
    api("POST", "/oauth/revoke", "", [401; 7]).sending("token=x"),
    api("POST", "/oauth/introspect", "", [401; 7]).sending("token=x"),
    api("POST", "/oauth/device_authorization", "", [401; 7]).sending("scope=bids:read"),
];
