//! A minimal browser: it speaks HTTP to the real router, keeps cookies and follows no redirects.

use super::{Answer, PASSWORD, deadline};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, header},
};
use http_body_util::BodyExt;
use sqlx::PgPool;
use std::collections::BTreeMap;
use tower::ServiceExt;

/// A visitor with its own cookies.
#[derive(Clone)]
pub struct Client {
    site: Router,
    cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
    pub host: &'static str,
}

impl Client {
    pub fn new(site: &Router) -> Self {
        Self {
            site: site.clone(),
            cookies: BTreeMap::new(),
            headers: vec![("sec-fetch-site", "same-origin".to_owned())],
            host: "guildhall.example",
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty(), None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = String::new();
        for (name, value) in fields {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!(
                "{}{name}={encoded}",
                if body.is_empty() { "" } else { "&" }
            ));
        }
        self.send(
            Method::POST,
            path,
            Body::from(body),
            Some("application/x-www-form-urlencoded"),
        )
        .await
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Body,
        kind: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.host);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = self
            .site
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        self.keep_cookies(&response);
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep_cookies(&mut self, response: &Response<Body>) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn sign_up(&mut self, role: &str, email: &str) -> Answer {
        let name = email.split('@').next().unwrap_or_default();
        self.post(
            "/sign-up",
            &[
                ("role", role),
                ("name", name),
                ("email", email),
                ("password", PASSWORD),
            ],
        )
        .await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)])
            .await
    }

    /// Calls a server function as an island does, with these arguments as JSON.
    pub async fn call(&mut self, function: &str, arguments: &serde_json::Value) -> Answer {
        let accept = ("accept", "application/json".to_owned());
        let before = self.headers.clone();
        self.headers.push(accept);
        let (path, body) = (format!("/writes/{function}"), arguments.to_string());
        let kind = Some("application/json");
        let answer = self.send(Method::POST, &path, Body::from(body), kind).await;
        self.headers = before;
        answer
    }

    /// A visitor who has signed up and in.
    pub async fn member(site: &Router, role: &str, email: &str) -> Self {
        let mut client = Self::new(site);
        client.sign_up(role, email).await.is(303);
        client.sign_in(email, PASSWORD).await.is(303);
        client
    }

    /// Publishes a project that closes after `seconds` and returns its path.
    pub async fn publish(&mut self, pool: &PgPool, name: &str, seconds: i64) -> String {
        let deadline = deadline(pool, seconds).await;
        let key = self.get("/projects/new").await.is(200).form_key();
        let fields = [
            ("form_key", key.as_str()),
            ("name", name),
            ("summary", "Letters and a sign for a small bakery"),
            ("description", "Two panes of glass, **lettered** by hand."),
            ("category", "trades"),
            ("skills", "sign writing"),
            ("budget", "1000"),
            ("currency", "EUR"),
            ("deadline", deadline.as_str()),
            ("time_zone", "UTC"),
            ("intent", "publish"),
        ];
        self.post("/projects/new", &fields)
            .await
            .is(303)
            .location()
            .to_owned()
    }

    /// Submits the bid form of the project at this path.
    pub async fn bid(&mut self, project: &str, amount: &str) -> Answer {
        let key = self.get(project).await.is(200).form_key();
        self.post(
            &format!("{project}/bids"),
            &[("form_key", &key), ("amount", amount)],
        )
        .await
    }
}
