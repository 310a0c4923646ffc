/// One route: the item it is about, the body, the required scope, and the status for each actor.
#[derive(Clone, Copy)]
pub struct Row {
    pub method: &'static str,
    pub path: &'static str,
    /// The kind of item whose id is in the path or body: draft, open, open without bid, awarded, session, token …
    pub about: &'static str,
    pub body: &'static str,
    /// Empty if none is required.
    pub scope: &'static str,
    /// In the order of `ACTORS`: anonymous, buyer, other buyer, seller, other seller, expired token, token without the
    /// scope.
    pub expected: [u16; 7],
}

impl Row {
    /// True if browsers request the route, with a session.
    pub fn is_page(&self) -> bool {
        !self.path.starts_with("/api/v1")
            && !self.path.starts_with("/oauth/")
            && !self.path.starts_with("/.well-known")
            && !matches!(self.path, "/healthz" | "/readyz")
            || self.path == "/oauth/authorize"
    }
}

const fn page(method: &'static str, path: &'static str, expected: [u16; 7]) -> Row {
    Row {
        method,
        path,
        about: "open",
        body: "",
        scope: "",
        expected,
    }
}

const fn api(
    method: &'static str,
    path: &'static str,
    scope: &'static str,
    expected: [u16; 7],
) -> Row {
    Row {
        method,
        path,
        about: "open",
        body: "",
        scope,
        expected,
    }
}

impl Row {
    const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    const fn sending(self, body: &'static str) -> Self {
        Self { body, ..self }
    }
}

/// Open to everybody. Pages ignore tokens, so a caller with a token is anonymous there.
const ALL: [u16; 7] = [200; 7];
const MEMBERS: [u16; 7] = [401, 200, 200, 200, 200, 401, 401];
const SELLERS: [u16; 7] = [401, 403, 403, 200, 200, 401, 401];
const OWNER: [u16; 7] = [401, 403, 403, 200, 404, 401, 401];
/// An item of another account gives the same answer as a deleted one.
const GONE: [u16; 7] = [401, 303, 303, 200, 303, 401, 401];
const OWN: [u16; 7] = [401, 404, 404, 200, 404, 401, 401];
const BUYERS: [u16; 7] = [401, 200, 200, 403, 403, 401, 401];

const PROJECT: &str = "form_key=KEY&name=A+window&summary=Letters&description=By+hand&category=trades&budget=1000&currency=EUR&deadline=SOON&time_zone=UTC&intent=publish";

const FIELDS: &str = r#"{"draft":ITEM,"fields":{"name":"A window","summary":"Letters","description":"By hand","category":"trades","skills":"","budget":"1000","currency":"EUR","deadline":"SOON","deadline_hour":"","deadline_shown":"","time_zone":"UTC"},"form_key":"KEY"}"#;

pub const TABLE: &[Row] = &[
    // Public pages.
    page("GET", "/", ALL),
    page("GET", "/how-it-works", ALL),
    page("GET", "/calculator", ALL),
    page("GET", "/archive", ALL),
    page("GET", "/archive.csv", ALL),
    page("GET", "/archive/statistics", ALL),
    page("GET", "/archive/statistics.csv", ALL),
    page("GET", "/projects", ALL),
    page("GET", "/projects.atom", ALL),
    page("GET", "/projects/{id}", ALL),
    page("GET", "/projects/{id}/result", ALL).about("awarded"),
    page("GET", "/projects/{id}/award", ALL).about("awarded"),
    page("GET", "/projects/{id}/deadline.ics", ALL),
    page("GET", "/projects/{id}/bids", [303; 7]),
    page("GET", "/projects/{id}/undo", [303; 7]),
    page("GET", "/projects/{id}/live", ALL),
    page("GET", "/projects/{id}/history", ALL),
    page("GET", "/projects/{id}/staircase.svg", ALL),
    page("GET", "/robots.txt", ALL),
    page("GET", "/dev/mail", ALL),
    page("GET", "/dev/mail/{id}", ALL).about("kept mail"),
    page("GET", "/dev/mail/{id}/html", ALL).about("kept mail"),
    page("GET", "/sitemap.xml", ALL),
    page("GET", "/api/docs", ALL),
    page("GET", "/api/docs/problems", ALL),
    page("GET", "/api/docs/problems/{slug}", ALL).about("problem"),
    page("GET", "/settings", ALL),
    page("POST", "/settings/theme", [303; 7]).sending("theme=dark"),
    page("POST", "/settings/time-zone", ALL).sending("time_zone=UTC"),
    page("GET", "/sign-up", ALL),
    page("POST", "/sign-up", [422; 7]).sending("role=seller"),
    page("GET", "/sign-in", [200, 303, 303, 303, 303, 200, 200]),
    page("POST", "/sign-in", [422; 7]).sending("email=x"),
    page("POST", "/sign-out", [303; 7]),
    // Sellers' pages.
    page("GET", "/projects/new", SELLERS),
    page("POST", "/projects/new", SELLERS).sending(PROJECT),
    page("GET", "/projects/{id}/edit", OWNER).about("draft"),
    page("POST", "/projects/{id}/edit", OWNER)
        .about("draft")
        .sending(PROJECT),
    page("GET", "/projects/{id}/discard", OWNER).about("draft"),
    page("POST", "/projects/{id}/discard", OWNER)
        .about("draft")
        .sending("form_key=KEY"),
    page("GET", "/autosaves/{id}/discard", OWNER).about("autosave"),
    page("POST", "/autosaves/{id}/discard", OWNER)
        .about("autosave")
        .sending("form_key=KEY"),
    page("GET", "/saved-forms/discard", MEMBERS),
    page("POST", "/saved-forms/discard", MEMBERS)
        .sending("form_key=KEY&form_page=/projects/new"),
    page("GET", "/projects/{id}/cancel", OWNER).about("open without bid"),
    page("POST", "/projects/{id}/cancel", OWNER)
        .about("open without bid")
        .sending("form_key=KEY"),
    // The same actions as server functions. An unknown function is refused whoever calls it.
    page("POST", "/writes/{function}", [400; 7]).about("nothing").sending("{}"),
    page("POST", "/writes/place-bid", BUYERS).sending(r#"{"project":ITEM,"amount":"800","form_key":"KEY"}"#),
    page("POST", "/writes/withdraw-bid", [401, 200, 409, 403, 403, 401, 401])
        .sending(r#"{"project":ITEM,"form_key":"KEY"}"#),
    page("POST", "/writes/undo-bid", [401, 409, 409, 403, 403, 401, 401])
        .sending(r#"{"project":ITEM,"bid":0,"form_key":"KEY"}"#),
    page("POST", "/writes/preview-description", SELLERS).sending(r#"{"description":"By hand"}"#),
    page("POST", "/writes/save-draft", OWNER).about("draft").sending(FIELDS),
    page("POST", "/writes/autosave-project", [401, 403, 403, 200, 409, 401, 401]).about("draft").sending(FIELDS),
    page("POST", "/writes/discard-autosave", OWNER)
        .about("autosave")
        .sending(r#"{"autosave":ITEM}"#),
    page("POST", "/writes/publish-project", OWNER).about("draft").sending(FIELDS),
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
    page("POST", "/writes/open-notice", [401, 404, 404, 404, 404, 401, 401]).sending(r#"{"number":1}"#),
    page("POST", "/writes/mark-notices-read", MEMBERS).sending(r#"{"newest":1}"#),
    page("POST", "/writes/choose-notices", MEMBERS).sending(r#"{"wanted":[]}"#),
    page("POST", "/writes/send-notices-again", MEMBERS).sending("{}"),
    page("POST", "/writes/rename-account", MEMBERS).sending(r#"{"name":"Nobody"}"#),
    page("POST", "/writes/change-email", [401, 422, 422, 422, 422, 401, 401])
        .sending(r#"{"email":"new@example.com","present_password":"x"}"#),
    page("POST", "/writes/make-token", MEMBERS)
        .sending(r#"{"name":"x","scopes":["account:read"],"days":"7","form_key":"KEY"}"#),
    page("POST", "/writes/make-calendar-feed", MEMBERS).sending(r#"{"form_key":"KEY"}"#),
    page("POST", "/writes/revoke-calendar-feed", MEMBERS).sending("{}"),
    page("POST", "/writes/revoke-token", OWN)
        .about("token")
        .sending(r#"{"token":ITEM}"#),
    // Buyers' pages. Withdrawing without a bid is a conflict.
    page("POST", "/projects/{id}/bids", BUYERS).sending("form_key=KEY&amount=800"),
    page(
        "GET",
        "/projects/{id}/withdraw",
        [401, 200, 409, 403, 403, 401, 401],
    ),
    page(
        "POST",
        "/projects/{id}/withdraw",
        [401, 200, 409, 403, 403, 401, 401],
    )
    .sending("form_key=KEY"),
    // No bid has the id 0, so there is nothing to undo.
    page(
        "POST",
        "/projects/{id}/undo",
        [401, 409, 409, 403, 403, 401, 401],
    )
    .sending("form_key=KEY&bid=0"),
    // The account's own pages.
    page("GET", "/dashboard", MEMBERS),
    page("GET", "/dashboard/live", MEMBERS),
    page("GET", "/dashboard/results.csv", MEMBERS),
    page("GET", "/notices", MEMBERS),
    page("GET", "/notices/live", MEMBERS),
    page("POST", "/notices/read", MEMBERS).sending("newest=1"),
    page(
        "POST",
        "/notices/{number}/open",
        [401, 404, 404, 404, 404, 401, 401],
    ),
    page("GET", "/account/notices", MEMBERS),
    page("POST", "/account/notices", MEMBERS).sending("wanted=bid.first:site"),
    page("POST", "/account/notices/send-again", MEMBERS),
    page("GET", "/unsubscribe/{token}", [404; 7]),
    page("POST", "/unsubscribe/{token}", [404; 7]),
    page("GET", "/account", MEMBERS),
    page("POST", "/account/name", MEMBERS).sending("name=Nobody"),
    page("GET", "/account/email", MEMBERS),
    page(
        "POST",
        "/account/email",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("email=new@example.com&present_password=x"),
    page(
        "POST",
        "/account/password",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password=x"),
    // Another account's session gives the same answer as an ended one.
    page(
        "POST",
        "/account/sessions/{id}/end",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("session"),
    page("POST", "/account/sessions/end-others", MEMBERS),
    page("GET", "/account/calendar", MEMBERS),
    page("POST", "/account/calendar", MEMBERS).sending("form_key=KEY"),
    page("POST", "/account/calendar/revoke", MEMBERS),
    // Requires the secret of an address, which only its owner has seen.
    page("GET", "/calendar.ics", [404; 7]),
    page("GET", "/account/tokens", MEMBERS),
    page("POST", "/account/tokens", MEMBERS)
        .sending("form_key=KEY&name=x&scopes=account:read&days=7"),
    page(
        "POST",
        "/account/tokens/{id}/revoke",
        [401, 404, 404, 200, 404, 401, 401],
    )
    .about("token")
    .sending("form_key=KEY"),
    page(
        "POST",
        "/account/password/first",
        [401, 409, 409, 409, 409, 401, 401],
    )
    .sending("new_password=stepped+gable+lantern"),
    // Sign-in providers: none is configured here, and nobody is returning from one (see server/tests/identity).
    page("GET", "/sign-in/with/{provider}", [404; 7]).about("nothing"),
    page("GET", "/sign-in/with/{provider}/callback", [404; 7]).about("nothing"),
    page("GET", "/sign-up/with", [303; 7]),
    page("POST", "/sign-up/with", [409, 303, 303, 303, 303, 409, 409])
        .sending("form_key=KEY&role=seller&name=Nobody"),
    page(
        "GET",
        "/account/identities/link",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    page(
        "POST",
        "/account/identities/link",
        [401, 303, 303, 303, 303, 401, 401],
    )
    .sending("form_key=KEY"),
    page(
        "POST",
        "/account/identities/{provider}/link",
        [401, 404, 404, 404, 404, 401, 401],
    )
    .about("nothing")
    .sending("form_key=KEY"),
    // Another account's identity gives the same answer as an unlinked one.
    page(
        "GET",
        "/account/identities/{id}/unlink",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("identity"),
    page(
        "POST",
        "/account/identities/{id}/unlink",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("identity")
    .sending("form_key=KEY&present_password=stepped+gable+lantern"),
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
