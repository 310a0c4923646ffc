//! What every route answers to every kind of caller.

mod account;
mod api;
mod pages;
mod programs;
mod writes;

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

/// Every row.
pub fn rows() -> Vec<Row> {
    [
        pages::PAGES,
        writes::WRITES,
        account::ACCOUNT,
        programs::PROGRAMS,
        api::API,
    ]
    .concat()
}
