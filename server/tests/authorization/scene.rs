use crate::{
    client::{self, ALL, Program},
    support::{self, Client, site},
    table::Row,
};
use axum::{Router, body::Body, http::Method};
use guildhall::{
    account::{AccountId, Role, Viewer},
    autosave::{self, FormId, FormWindow},
    bid,
    kept_mail::{self, NewMail},
    money::{Currency, Money},
    project::{self, Details, FulfillmentInput, ProjectId, ProjectInput, Purpose},
    store,
};
use sqlx::PgPool;
use std::{cell::RefCell, collections::HashMap};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Anonymous,
    /// Has the live bid.
    Buyer,
    OtherBuyer,
    /// Owns the project.
    Seller,
    OtherSeller,
    /// Uses a token that has just expired.
    ExpiredToken,
    /// Uses a token of an authorized account, with every scope except the required one.
    TokenWithoutScope,
}

pub const ACTORS: [Actor; 7] = [
    Actor::Anonymous,
    Actor::Buyer,
    Actor::OtherBuyer,
    Actor::Seller,
    Actor::OtherSeller,
    Actor::ExpiredToken,
    Actor::TokenWithoutScope,
];

#[derive(Clone)]
struct SignedInBrowser {
    browser: Client,
    session: i64,
}

/// Four accounts, each with a token and, from its first page on, a signed-in browser.
pub struct Scene {
    router: Router,
    people: Vec<(Actor, &'static str, Program)>,
    signed_in: RefCell<HashMap<&'static str, SignedInBrowser>>,
    expired: String,
    /// The highest id of a token that is reused for all requests.
    last_token: i64,
}

impl Scene {
    pub async fn new(pool: &PgPool) -> Self {
        let router = site(pool, &["--api-rate-limit", "0"]);
        let mut people = Vec::new();
        for (actor, role, email) in [
            (Actor::Buyer, "buyer", "bea@example.com"),
            (Actor::OtherBuyer, "buyer", "otto@example.com"),
            (Actor::Seller, "seller", "sam@example.com"),
            (Actor::OtherSeller, "seller", "olga@example.com"),
        ] {
            let program = Program::new(&router, pool, role, email).await;
            people.push((actor, email, program));
        }
        let expired = client::token(pool, people[0].2.account, &ALL).await;
        sqlx::query("update access_token set expires_at = now() where id = (select max(id) from access_token)")
            .execute(pool)
            .await
            .unwrap();
        let last_token = sqlx::query_scalar("select max(id) from access_token")
            .fetch_one(pool)
            .await
            .unwrap();
        Self {
            router,
            people,
            signed_in: RefCell::default(),
            expired,
            last_token,
        }
    }

    /// Deletes the tokens created for single requests, so that no account ever reaches its limit.
    async fn forget_tokens(&self, pool: &PgPool) {
        sqlx::query("delete from access_token where id > $1")
            .bind(self.last_token)
            .execute(pool)
            .await
            .unwrap();
    }

    fn person(&self, actor: Actor) -> Option<&(Actor, &'static str, Program)> {
        self.people.iter().find(|(known, ..)| *known == actor)
    }

    fn account(&self, actor: Actor) -> AccountId {
        self.person(actor).unwrap().2.account
    }

    /// Requests the route as this actor, with an item created for this one request.
    pub async fn request(&self, pool: &PgPool, row: &Row, actor: Actor) -> u16 {
        self.request_from(pool, row, actor, &[("sec-fetch-site", "same-origin")])
            .await
    }

    pub async fn request_from(
        &self,
        pool: &PgPool,
        row: &Row,
        actor: Actor,
        from: &[(&'static str, &str)],
    ) -> u16 {
        self.forget_tokens(pool).await;
        let item = match row.path.contains('{') || row.body.contains("ITEM") {
            true => self.item(pool, row).await,
            false => String::new(),
        };
        let path = match row.path.split_once('{') {
            None => row.path.to_owned(),
            Some((before, rest)) => {
                let (_, after) = rest.split_once('}').unwrap();
                format!("{before}{item}{after}")
            }
        };
        let mut browser = match self.person(actor) {
            Some((_, email, program)) if row.is_page() => {
                self.signed_in(pool, email, program.account).await
            }
            _ => Client::new(&self.router),
        };
        // Kept mail is shown only to this machine.
        browser.host = match row.path.starts_with("/dev/mail") {
            true => "127.0.0.1:3000",
            false => "guildhall.example",
        };
        let token = match actor {
            Actor::ExpiredToken => Some(self.expired.clone()),
            Actor::TokenWithoutScope => Some(self.token_without_scope(pool, row).await),
            _ if row.is_page() => None,
            _ => self
                .person(actor)
                .map(|(_, _, program)| program.token.clone()),
        };
        browser.headers = from
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        // With JSON requested, pages answer with a status instead of redirecting to the sign-in form.
        browser
            .headers
            .push(("accept", "application/json".to_owned()));
        if let Some(token) = token {
            browser
                .headers
                .push(("authorization", format!("Bearer {token}")));
        }
        let method: Method = row.method.parse().unwrap();
        let body = row
            .body
            .replace("KEY", &uuid::Uuid::new_v4().to_string())
            .replace("ITEM", &item)
            .replace("SOON", &support::deadline(pool, 3600).await);
        let kind = match body.as_bytes().first() {
            None => None,
            Some(b'{') => Some("application/json"),
            Some(_) => Some("application/x-www-form-urlencoded"),
        };
        let body = body.replace("\"UNIX\"", &client::unix(3600).to_string());
        browser
            .send(method, &path, Body::from(body), kind)
            .await
            .status
            .as_u16()
    }

    /// A copy of this person's browser. It signs in again only if a route has ended its session, because each
    /// password check takes a lot of CPU time.
    async fn signed_in(&self, pool: &PgPool, email: &'static str, account: AccountId) -> Client {
        let known = self.signed_in.borrow().get(email).cloned();
        if let Some(known) = known
            && is_session(pool, known.session).await
        {
            return known.browser;
        }
        let mut browser = Client::new(&self.router);
        browser.sign_in(email, support::PASSWORD).await.is(303);
        let newest_session = "select max(id) from session where account_id = $1";
        let session = newest_id(pool, newest_session, account).await;
        let signed_in = SignedInBrowser {
            browser: browser.clone(),
            session,
        };
        self.signed_in.borrow_mut().insert(email, signed_in);
        browser
    }

    /// A token of an account that the table admits, with every scope except the required one.
    async fn token_without_scope(&self, pool: &PgPool, row: &Row) -> String {
        let scopes: Vec<&str> = ALL
            .into_iter()
            .filter(|scope| *scope != row.scope)
            .collect();
        let may = ACTORS
            .into_iter()
            .zip(row.expected)
            .find(|(actor, status)| *status < 400 && self.person(*actor).is_some())
            .map_or(Actor::Buyer, |(actor, _)| actor);
        client::token(pool, self.account(may), &scopes).await
    }

    /// Creates the item that the route is about, and returns its id.
    async fn item(&self, pool: &PgPool, row: &Row) -> String {
        let seller = Viewer {
            account: self.account(Actor::Seller),
            role: Role::Seller,
            name: String::new(),
            has_confirmed_email: true,
        };
        match row.about {
            "draft" => {
                let mut tx = pool.begin().await.unwrap();
                let details = details(&mut tx).await;
                let id = project::save_draft(&mut tx, &seller, &details)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                // Keeps the seller below the limit on drafts.
                sqlx::query("delete from project where state = 'draft' and id <> $1")
                    .bind(id.0)
                    .execute(pool)
                    .await
                    .unwrap();
                id.0.to_string()
            }
            "autosave" => {
                let mut tx = pool.begin().await.unwrap();
                let form = FormId {
                    key: uuid::Uuid::new_v4(),
                    draft: None,
                };
                let fields = [("name".to_owned(), "A window".to_owned())];
                let saved = autosave::save(
                    &mut tx,
                    seller.account,
                    form,
                    FormWindow::default(),
                    &fields,
                )
                .await;
                saved.unwrap().unwrap();
                tx.commit().await.unwrap();
                newest(
                    pool,
                    "select max(id) from autosave where account_id = $1",
                    seller.account,
                )
                .await
            }
            "session" => {
                // A session of the seller other than the requesting one.
                let mut other = Client::new(&self.router);
                other
                    .sign_in("sam@example.com", support::PASSWORD)
                    .await
                    .is(303);
                newest(
                    pool,
                    "select max(id) from session where account_id = $1",
                    seller.account,
                )
                .await
            }
            "token" => {
                client::token(pool, seller.account, &["account:read"]).await;
                newest(
                    pool,
                    "select max(id) from access_token where account_id = $1 and name is not null",
                    seller.account,
                )
                .await
            }
            "saved search" => {
                newest(
                    pool,
                    "insert into saved_search (account_id, name, words, query, frequency, zone)
                     values ($1, 'Windows', 'window', search_query('\"window\"'), 'at_once', 'UTC') returning id",
                    seller.account,
                )
                .await
            }
            "identity" => {
                // Keeps the seller below the limit on identities.
                sqlx::query("delete from identity")
                    .execute(pool)
                    .await
                    .unwrap();
                newest(
                    pool,
                    "insert into identity (account_id, issuer, subject, label) values ($1, 'https://id.example', gen_random_uuid(), 'sam') returning id",
                    seller.account,
                )
                .await
            }
            "program" | "grant" => {
                sqlx::query("delete from oauth_client")
                    .execute(pool)
                    .await
                    .unwrap();
                let id = newest(
                    pool,
                    "insert into oauth_client (client_id, account_id, name, redirect_uris, secret_hash, scopes)
                     values (gen_random_uuid(), $1, 'Ledger', '{https://ledger.example/}', sha256('x'), '{bids:read}') returning id",
                    seller.account,
                )
                .await;
                sqlx::query(
                    "insert into oauth_grant (account_id, client_id, scopes, expires_at)
                     select account_id, id, scopes, clock_timestamp() + interval '1 day' from oauth_client",
                )
                .execute(pool)
                .await
                .unwrap();
                id
            }
            "kept mail" => {
                let mail = NewMail {
                    message_id: "<one@guildhall.example>",
                    address: "sam@example.com",
                    subject: "Hello",
                    headers: "Subject: Hello",
                    html: "<p>Hello</p>",
                    text: "Hello",
                };
                let db = &mut *pool.acquire().await.unwrap();
                kept_mail::keep(db, &mail).await.unwrap();
                kept_mail::list(db).await.unwrap()[0].id.to_string()
            }
            "problem" => "not-found".to_owned(),
            "nothing" => "1".to_owned(),
            about => self.project(pool, &seller, about).await.to_string(),
        }
    }

    async fn project(&self, pool: &PgPool, seller: &Viewer, about: &str) -> ProjectId {
        let mut tx = pool.begin().await.unwrap();
        let details = details(&mut tx).await;
        let id = project::publish(&mut tx, seller, None, &details)
            .await
            .unwrap();
        if about != "open without bid" {
            let buyer = Viewer {
                account: self.account(Actor::Buyer),
                role: Role::Buyer,
                name: String::new(),
                has_confirmed_email: true,
            };
            let amount = Money::from_minor(90_000, Currency::Eur);
            bid::place_within(&mut tx, &buyer, id, amount)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        if about == "awarded" {
            client::let_deadline_pass(pool, id.0).await;
            client::award(pool).await;
        }
        id
    }
}

async fn is_session(pool: &PgPool, id: i64) -> bool {
    sqlx::query_scalar("select exists (select from session where id = $1)")
        .bind(id)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn newest(pool: &PgPool, statement: &'static str, account: AccountId) -> String {
    newest_id(pool, statement, account).await.to_string()
}

async fn newest_id(pool: &PgPool, statement: &'static str, account: AccountId) -> i64 {
    sqlx::query_scalar(statement)
        .bind(account.0)
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn details(tx: &mut store::Tx<'_>) -> Details {
    let deadline = store::now(tx).await.unwrap() + time::Duration::HOUR;
    let typed = ProjectInput {
        name: "A new shop window",
        summary: "Letters and a sign for a small bakery",
        description: "Two panes of glass, lettered by hand.",
        category: "trades",
        skills: "",
        currency: "EUR",
        budget: "1000",
        deadline: Ok(deadline),
        fulfillment: FulfillmentInput::default(),
    };
    Details::parse(&typed, Purpose::Publish).unwrap()
}
