//! The requests of hostile clients, by kind of flood.

use super::{FloodKind, Material, Random};
use crate::siege::client::{get, post, post_form};
use guildhall::token::{Secret, SecretKind};
use std::{net::SocketAddr, sync::Arc};

/// Maximum length of a description, the longest text field, in characters.
const LONGEST_TEXT: usize = 20_000;
const SYMBOLS: &str = "!@#$%^&*()_+-={}|[]:;<>?,./~`";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
/// Words that the auction's projects contain, and some that none contains.
const WORDS: &[&str] = &[
    "bakery",
    "gold",
    "letters",
    "glass",
    "window",
    "opening",
    "zeppelin",
    "or",
    "-sign",
    "\"by hand\"",
];
/// The headers that browsers send, so that answers are compressed.
const ACCEPT: &str = "Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\n";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// Text that is expensive to convert to HTML; each is repeated up to the limit.
const HOSTILE_MARKDOWN: &[&str] = &[
    "[",
    "*a_ ",
    "> ",
    "![a](",
    "`a``b```c",
    "- - ",
    "[a]: b\n",
    "|a|b\n|-|-\n",
    "<a href='",
    "**a *b ",
    "&amp;",
    "~~a",
];

/// The endless sequence of requests of one hostile client.
pub(super) struct Requests {
    kind: FloodKind,
    server: SocketAddr,
    material: Arc<Material>,
    random: Random,
    /// The client's index.
    index: usize,
    /// How many requests were generated.
    count: usize,
    /// Bodies that are too long to be generated for each request.
    bodies: Vec<String>,
}

impl Requests {
    pub fn new(kind: FloodKind, index: usize, server: SocketAddr, material: Arc<Material>) -> Self {
        let mut requests = Self {
            kind,
            server,
            material,
            random: Random::new(index),
            index,
            count: 0,
            bodies: Vec::new(),
        };
        requests.bodies = match kind {
            FloodKind::Api => vec![
                format!("{{\"name\":\"{}\"", "x".repeat(400_000)),
                format!("{{\"amount\":{}1", "[".repeat(100_000)),
                format!("{{\"description\":{}", "[\"\\u0041\",".repeat(20_000)),
            ],
            FloodKind::Forms | FloodKind::Publishing => {
                let long = |part: &&str| part.chars().cycle().take(LONGEST_TEXT).collect();
                HOSTILE_MARKDOWN.iter().map(long).collect()
            }
            _ => Vec::new(),
        };
        requests
    }

    pub fn next(&mut self) -> Vec<u8> {
        self.count += 1;
        match self.kind {
            FloodKind::SignUps => self.sign_up(),
            FloodKind::WrongPasswords => self.sign_in(),
            FloodKind::Pages => self.page(),
            FloodKind::Api => self.api(),
            FloodKind::Forms => self.project_form(),
            FloodKind::Publishing => self.project(),
            FloodKind::OauthEndpoints => self.oauth(),
            // These floods use connections instead of requests.
            FloodKind::HeldConnections | FloodKind::SlowRequests => {
                get(self.server, "/healthz", "")
            }
        }
    }

    fn sign_up(&mut self) -> Vec<u8> {
        let email = self.unknown_email();
        let password = self.random.text(SYMBOLS, 128);
        let fields = [
            ("role", "buyer"),
            ("name", "A Flooder"),
            ("email", &email),
            ("password", &password),
        ];
        post_form(self.server, "/sign-up", ACCEPT, &fields)
    }

    fn sign_in(&mut self) -> Vec<u8> {
        let known = self.random.pick(&self.material.emails).cloned();
        let email = match known {
            Some(known) if self.count.is_multiple_of(2) => known,
            _ => self.unknown_email(),
        };
        let password = self.random.text(LETTERS, 20);
        let fields = [("email", email.as_str()), ("password", &password)];
        post_form(self.server, "/sign-in", ACCEPT, &fields)
    }

    fn unknown_email(&self) -> String {
        format!("flood{}x{}@flood.example", self.index, self.count)
    }

    fn page(&mut self) -> Vec<u8> {
        let path = match self.count % 6 {
            0 => "/".to_owned(),
            1 => format!("/projects?q={}", self.query()),
            2 => format!("/projects/{}", self.any_project()),
            3 => format!("/{}", self.random.text(LETTERS, 12)),
            4 => format!("/{}", self.random.text(LETTERS, 1_000)),
            _ => format!("/pkg/{}", self.random.text(LETTERS, 300)),
        };
        get(self.server, &path, ACCEPT)
    }

    /// Search words that no cache holds; one search in eight consists of hyphens.
    fn query(&mut self) -> String {
        if self.random.below(8) == 0 {
            return "-".repeat(30 + self.random.below(20));
        }
        let mut query = self.random.text(LETTERS, 6);
        for _ in 0..3 {
            let word = self.random.pick(WORDS).copied().unwrap_or_default();
            query.push('+');
            query.push_str(&word.replace(' ', "+").replace('"', "%22"));
        }
        query
    }

    fn any_project(&mut self) -> i64 {
        self.random
            .pick(&self.material.projects)
            .copied()
            .unwrap_or(1)
    }

    fn api(&mut self) -> Vec<u8> {
        let auction = self.material.projects.first().copied().unwrap_or(1);
        let page = 1 + self.random.below(5);
        match self.count % 8 {
            0 => self.with_token("/api/v1/account", "guildhall_pat_wrong"),
            1 => {
                let unknown = Secret::generate(SecretKind::PersonalToken);
                let token = unknown.map(|secret| secret.reveal().to_owned());
                self.with_token("/api/v1/account", &token.unwrap_or_default())
            }
            2 => {
                let path = format!("/api/v1/projects?per_page=400&page={page}");
                get(self.server, &path, ACCEPT)
            }
            3 => {
                let query = self.query();
                let path = format!("/api/v1/projects?per_page=400&sort=-deadline&q={query}");
                get(self.server, &path, ACCEPT)
            }
            4 => self.body_to("/api/v1/projects", 0),
            5 => self.body_to(&format!("/api/v1/projects/{auction}/bid"), 1),
            6 => self.body_to("/api/v1/projects", 2),
            _ => {
                let path = format!("/api/v1/projects/{}/bids?per_page=400", self.any_project());
                get(self.server, &path, ACCEPT)
            }
        }
    }

    fn with_token(&self, path: &str, token: &str) -> Vec<u8> {
        get(
            self.server,
            path,
            &format!("Authorization: Bearer {token}\r\n"),
        )
    }

    fn body_to(&self, path: &str, body: usize) -> Vec<u8> {
        let tokens = &self.material.tokens;
        let token = tokens.get(self.index % tokens.len().max(1));
        let headers = format!(
            "Authorization: Bearer {}\r\n",
            token.map_or("", String::as_str)
        );
        post(self.server, path, JSON, &headers, &self.bodies[body])
    }

    /// Previews a description, or saves it as a draft.
    fn project_form(&mut self) -> Vec<u8> {
        let sessions = &self.material.sessions;
        let session = sessions.get(self.index % sessions.len().max(1));
        let headers = format!("Cookie: {}\r\n{ACCEPT}", session.map_or("", String::as_str));
        let intent = ["preview", "draft"][self.count % 2];
        let key = self.random.uuid();
        let description = &self.bodies[self.random.below(self.bodies.len())];
        let fields = [
            ("intent", intent),
            ("form_key", &key),
            ("name", "A hostile draft"),
            ("summary", "Text that is laborious to render"),
            ("description", description),
            ("category", "trades"),
            ("skills", ""),
            ("currency", "EUR"),
            ("budget", "100"),
            ("time_zone", "Europe/Berlin"),
        ];
        post_form(self.server, "/projects/new", &headers, &fields)
    }

    /// Publishes a project with the one token that all flooders share.
    fn project(&mut self) -> Vec<u8> {
        let token = self.material.tokens.first().map_or("", String::as_str);
        let headers = format!("Authorization: Bearer {token}\r\n");
        let description = &self.bodies[self.random.below(self.bodies.len())];
        let body = serde_json::json!({
            "name": "A hostile project",
            "summary": "One of very many",
            "description": description,
            "budget": 900,
            "deadline": self.material.deadline,
        });
        post(
            self.server,
            "/api/v1/projects",
            JSON,
            &headers,
            &body.to_string(),
        )
    }

    fn oauth(&mut self) -> Vec<u8> {
        let client = format!("program_{}", self.random.text(LETTERS, 22));
        let secret = self.random.text(LETTERS, 40);
        let by = format!("client_id={client}&client_secret={secret}");
        let (path, body) = match self.count % 5 {
            0 => (
                "/oauth/token",
                format!("grant_type=client_credentials&{by}"),
            ),
            1 => (
                "/oauth/token",
                format!(
                    "grant_type=authorization_code&code=guildhall_ac_{secret}&code_verifier={}&redirect_uri=https%3A%2F%2Fa.example&{by}",
                    "v".repeat(64)
                ),
            ),
            2 => (
                "/oauth/device_authorization",
                format!("client_id={client}&scope=bids%3Aread"),
            ),
            3 => (
                "/oauth/introspect",
                format!("token=guildhall_at_{secret}&{by}"),
            ),
            _ => {
                let path = format!(
                    "/oauth/authorize?response_type=code&client_id={client}&redirect_uri=https%3A%2F%2Fa.example&code_challenge={}&code_challenge_method=S256",
                    "c".repeat(43)
                );
                return get(self.server, &path, ACCEPT);
            }
        };
        post(self.server, path, FORM, "", &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;
    use std::collections::HashSet;

    #[test]
    fn every_flood_of_requests_generates_different_well_formed_requests() {
        let material = Arc::new(Material {
            projects: vec![1, 2, 3],
            emails: vec!["ada@bench.example".to_owned()],
            sessions: vec!["guildhall=x".to_owned()],
            tokens: vec!["guildhall_pat_x".to_owned()],
            deadline: 1_900_000_000,
        });
        let server: SocketAddr = "127.0.0.1:3000".parse().unwrap();
        for kind in FloodKind::value_variants() {
            if kind.is_of_connections() {
                continue;
            }
            let mut requests = Requests::new(*kind, 7, server, Arc::clone(&material));
            let count: HashSet<Vec<u8>> = (0..24).map(|_| requests.next()).collect();
            assert!(count.len() >= 12, "{kind:?} made {} requests", count.len());
            for request in count {
                let text = String::from_utf8(request).unwrap();
                let (head, body) = text.split_once("\r\n\r\n").unwrap();
                assert!(head.contains("\r\nHost: 127.0.0.1:3000\r\n"), "{head}");
                let length = head
                    .split("\r\n")
                    .find_map(|line| line.strip_prefix("Content-Length: "));
                assert_eq!(length.map_or(0, |n| n.parse().unwrap()), body.len());
            }
        }
    }
}
