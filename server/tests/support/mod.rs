//! A minimal browser: it speaks HTTP to the real router, keeps cookies and follows no redirects.
#![allow(dead_code, reason = "no test program uses all of it")]

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, Response, StatusCode, header},
    middleware::{Next, from_fn_with_state},
};
use clap::Parser;
use guildhall::account::HashCost;
use http_body_util::BodyExt;
use server::{
    App,
    config::{Cli, Command, MailConfig},
    mail::Mailer,
    router,
    worker::{AccountMailSender, LetterWriter},
};
use sqlx::PgPool;
use std::collections::BTreeMap;
use tower::ServiceExt;

pub const PASSWORD: &str = "stepped gable lantern";

/// The lowest cost of a hash. Most tests are not about hashing.
pub const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    iterations: 1,
};

/// The site as configured by an operator with these flags. It confirms the address of every new account at once, so that
/// tests of anything else need no letter.
pub fn site(pool: &PgPool, flags: &[&str]) -> Router {
    site_of(pool, flags).1
}

/// Like [`site`], but also returns the state of its handlers.
pub fn site_of(pool: &PgPool, flags: &[&str]) -> (App, Router) {
    let arguments = ["guildhall", "serve"].iter().chain(flags);
    let Command::Serve(mut config) = Cli::parse_from(arguments).command else {
        panic!("expected the serve command")
    };
    config.hash_cost = CHEAP;
    let app = App::new(pool.clone(), &config).unwrap();
    let site = forgiving_router(&app, pool);
    (app, site)
}

/// The routes of a site that confirms the address of every new account at once.
pub fn forgiving_router(app: &App, pool: &PgPool) -> Router {
    router(app).layer(from_fn_with_state(pool.clone(), confirm_after_sign_up))
}

/// A site on which new accounts have to confirm their addresses, as on the real one.
pub fn strict_site(pool: &PgPool) -> Router {
    let Command::Serve(mut config) = Cli::parse_from(["guildhall", "serve"]).command else {
        panic!("expected the serve command")
    };
    config.hash_cost = CHEAP;
    router(&App::new(pool.clone(), &config).unwrap())
}

async fn confirm_after_sign_up(
    State(pool): State<PgPool>,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    let is_sign_up = request.method() == Method::POST && request.uri().path() == "/sign-up";
    let response = next.run(request).await;
    if is_sign_up && response.status() == StatusCode::SEE_OTHER {
        sqlx::query("update account set email_confirmed_at = clock_timestamp() where email_confirmed_at is null")
            .execute(&pool)
            .await
            .unwrap();
    }
    response
}

/// Writes letters that are kept in the database, where /dev/mail shows them.
pub fn letters(pool: &PgPool) -> LetterWriter {
    let base_url = "http://guildhall.example";
    let mailer = Mailer::new(&MailConfig::default(), base_url, pool).unwrap();
    LetterWriter::new(mailer, base_url.to_owned())
}

/// Sends the letters about accounts that are queued.
pub async fn send_letters(pool: &PgPool) {
    let sender = AccountMailSender::new(pool.clone(), letters(pool));
    while sender.pass().await.unwrap() > 0 {}
}

/// The subjects of all letters to this address, the oldest first, once all that are queued have been sent.
pub async fn subjects(pool: &PgPool, address: &str) -> Vec<String> {
    send_letters(pool).await;
    sqlx::query_scalar("select subject from kept_mail where address = $1 order by id")
        .bind(address)
        .fetch_all(pool)
        .await
        .unwrap()
}

/// The path that the button of the newest letter to this address leads to, once all that are queued have been sent.
pub async fn link_in_letter(pool: &PgPool, address: &str) -> String {
    send_letters(pool).await;
    let text: String = sqlx::query_scalar(
        "select text from kept_mail where address = $1 order by id desc limit 1",
    )
    .bind(address)
    .fetch_one(pool)
    .await
    .unwrap();
    let (_, link) = text
        .split_once("http://guildhall.example")
        .expect("the letter has a link");
    link.split_whitespace().next().unwrap().to_owned()
}

/// The secret in a link from a letter.
pub fn secret_in(link: &str) -> &str {
    link.split_once("?secret=")
        .expect("the link has a secret")
        .1
}

/// A response.
pub struct Answer {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    pub fn form_key(&self) -> String {
        let (_, after) = self
            .body
            .split_once("name=\"form_key\" value=\"")
            .or_else(|| self.body.split_once("form_key"))
            .expect("the page has a form");
        after
            .chars()
            .skip_while(|c| !c.is_ascii_hexdigit())
            .take(36)
            .collect()
    }

    /// The number at the bell in the header.
    pub fn bell(&self) -> String {
        let (_, after) = self
            .body
            .split_once("\"bell-count\"")
            .expect("the page has a bell");
        let (_, after) = after.split_once('>').unwrap();
        let (count, _) = after.split_once("</span>").unwrap();
        count
            .replace("<!>", "")
            .replace("<!---->", "")
            .trim()
            .to_owned()
    }

    /// Asserts the status and returns the answer.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {}",
            self.location(),
            text_of(&self.body)
        );
        self
    }

    /// Asserts that the page's visible text contains this.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            text_of(&self.body).contains(words),
            "{words:?} is not in: {}",
            text_of(&self.body)
        );
        self
    }
}

/// Removes templates, which are not visible.
fn without_templates(html: &str) -> String {
    let mut parts = html.split("<template");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once("</template>").map_or("", |(_, rest)| rest)
    })
}

/// Removes the print note, which shows the second in which the page was rendered, so that pages can be compared.
fn without_print_note(html: &str) -> String {
    match html.split_once("<div class=\"print-note") {
        Some((before, note)) => {
            let after = note.split_once("</div>").map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => html.to_owned(),
    }
}

/// The visible text of a page's main part: without tags, with single spaces.
pub fn text_of(html: &str) -> String {
    let body = html.split_once("<main").map_or(html, |(_, main)| main);
    let body = body.split_once("<script").map_or(body, |(text, _)| text);
    let body = &without_print_note(body);
    // These leave no gap between words.
    let mut body = without_templates(body);
    for tag in ["<bdi>", "</bdi>", "<!---->"] {
        body = body.replace(tag, "");
    }
    let mut text = String::new();
    let mut in_tag = false;
    for c in body.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("&#x27;", "'")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

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

/// The time `seconds` from now by the database's clock, as a date-time field's value.
pub async fn deadline(pool: &PgPool, seconds: i64) -> String {
    sqlx::query_scalar("select to_char((clock_timestamp() + make_interval(secs => $1)) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')")
        .bind(seconds as f64)
        .fetch_one(pool)
        .await
        .unwrap()
}

/// The number of rows in a table.
pub async fn count(pool: &PgPool, table: &'static str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Makes the waits after failed attempts longer than a test takes.
pub async fn lengthen_waits(pool: &PgPool) {
    let more =
        "update sign_in_failure set failures = failures + 6, last_failed_at = clock_timestamp()";
    sqlx::query(more).execute(pool).await.unwrap();
}

/// Lets a transaction stay idle while it locks a project, as if it were still working.
pub async fn allow_idle_transaction(tx: &mut guildhall::store::Tx<'_>) {
    sqlx::raw_sql("set local idle_in_transaction_session_timeout = 0")
        .execute(&mut **tx)
        .await
        .unwrap();
}

/// Removes the schema that bin/test puts into the template of every test's database.
pub async fn remove_schema(pool: &PgPool) {
    let reset = "drop schema public cascade; create schema public";
    sqlx::raw_sql(reset).execute(pool).await.unwrap();
}

/// The day this many days from today in UTC, by the database's clock, as a date field's value.
pub async fn day(pool: &PgPool, ahead: i32) -> String {
    sqlx::query_scalar("select ((clock_timestamp() at time zone 'UTC')::date + $1)::text")
        .bind(ahead)
        .fetch_one(pool)
        .await
        .unwrap()
}
