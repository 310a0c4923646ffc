//! The same actions leave the same rows in the database, whether they are performed through the pages' forms, the
//! islands' server functions or the API.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "api/client.rs"]
mod client;
mod support;

use client::{Program, award, let_deadline_pass, unix};
use guildhall::{moment, store::MIGRATIONS};
use serde_json::{Value, json};
use sqlx::PgPool;
use support::{Client, site};

/// An interface through which all actions can be performed.
trait Interface {
    /// Posts a project; returns whether it was accepted.
    async fn post(&mut self, name: &str, budget: &str, deadline: i64) -> bool;
    async fn bid(&mut self, client_of: &str, project: i64, amount: &str) -> bool;
    async fn withdraw(&mut self, client_of: &str, project: i64) -> bool;
    async fn cancel(&mut self, project: i64) -> bool;
}

/// Performs all actions; returns which of them were accepted.
async fn perform_all(interface: &mut impl Interface, pool: &PgPool, deadline: i64) -> Vec<bool> {
    let mut accepted = vec![
        interface
            .post("A new shop window", "1000.50", deadline)
            .await,
        interface.post("A sign", "9007199254740993", deadline).await,
        interface.post("Nobody wants this", "0.01", deadline).await,
        interface.post("Too late", "5", deadline - 100_000).await,
        interface.post("For nothing", "0", deadline).await,
        interface.post("", "5", deadline).await,
        interface.bid("bea", 1, "1000.51").await,
        interface.bid("bea", 1, "1000.50").await,
        interface.bid("otto", 1, "900").await,
        interface.bid("bea", 1, "1000.50").await,
        interface.bid("bea", 1, "850.25").await,
        interface.bid("otto", 1, "850.25").await,
        interface.bid("otto", 1, "0.001").await,
        interface.bid("otto", 99, "5").await,
        interface.bid("sam", 1, "5").await,
        interface.withdraw("bea", 1).await,
        interface.withdraw("bea", 1).await,
        interface.bid("bea", 1, "850.25").await,
        interface.bid("bea", 1, "850.24").await,
        interface.bid("otto", 2, "9007199254740992.99").await,
        interface.cancel(2).await,
        interface.withdraw("otto", 2).await,
        interface.cancel(2).await,
        interface.cancel(2).await,
        interface.bid("bea", 2, "5").await,
    ];
    for project in [1, 3] {
        let_deadline_pass(pool, project).await;
    }
    accepted.push(interface.bid("otto", 1, "1").await);
    accepted.push(interface.cancel(3).await);
    award(pool).await;
    accepted.push(interface.bid("otto", 1, "1").await);
    accepted.push(interface.withdraw("bea", 1).await);
    accepted
}

/// The pages' forms.
struct Pages {
    seller: Client,
    buyers: Vec<(&'static str, Client)>,
}

impl Pages {
    fn client_of(&mut self, name: &str) -> &mut Client {
        match self.buyers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, client)) => client,
            None => &mut self.seller,
        }
    }
}

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Interface for Pages {
    async fn post(&mut self, name: &str, budget: &str, deadline: i64) -> bool {
        let moment = time::OffsetDateTime::from_unix_timestamp(deadline).unwrap();
        let deadline = moment::Zone::utc().to_field(moment);
        let delivery = moment.date().to_string();
        let key = key();
        let fields = [
            ("form_key", key.as_str()),
            ("name", name),
            ("summary", "Letters and a sign"),
            ("description", "By hand."),
            ("category", "business"),
            ("skills", "sign writing, gilding"),
            ("budget", budget),
            ("currency", "EUR"),
            ("deadline", deadline.as_str()),
            ("time_zone", "UTC"),
            ("work_place", "on_site"),
            ("site", " Leeds "),
            ("delivery_date", delivery.as_str()),
            ("duration", "3"),
            ("duration_unit", "weeks"),
            ("intent", "publish"),
        ];
        self.seller.post("/projects/new", &fields).await.status == 303
    }

    async fn bid(&mut self, client_of: &str, project: i64, amount: &str) -> bool {
        let fields = [("form_key", key()), ("amount", amount.to_owned())];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let path = format!("/projects/{project}/bids");
        self.client_of(client_of).post(&path, &fields).await.status == 303
    }

    async fn withdraw(&mut self, client_of: &str, project: i64) -> bool {
        let path = format!("/projects/{project}/withdraw");
        self.client_of(client_of)
            .post(&path, &[("form_key", &key())])
            .await
            .status
            == 303
    }

    async fn cancel(&mut self, project: i64) -> bool {
        let path = format!("/projects/{project}/cancel");
        self.seller
            .post(&path, &[("form_key", &key())])
            .await
            .status
            == 303
    }
}

/// The server functions, as islands call them.
struct Functions(Pages);

impl Functions {
    async fn call(&mut self, client_of: &str, function: &str, arguments: Value) -> bool {
        self.0
            .client_of(client_of)
            .call(function, &arguments)
            .await
            .status
            == 200
    }
}

impl Interface for Functions {
    async fn post(&mut self, name: &str, budget: &str, deadline: i64) -> bool {
        let moment = time::OffsetDateTime::from_unix_timestamp(deadline).unwrap();
        let deadline = moment::Zone::utc().to_field(moment);
        let fields = json!({ "name": name, "summary": "Letters and a sign", "description": "By hand.",
            "category": "business", "skills": "sign writing, gilding", "budget": budget, "currency": "EUR",
            "deadline": deadline, "deadline_hour": "", "deadline_shown": "", "time_zone": "UTC",
            "work_place": "on_site", "site": "Leeds", "delivery_date": moment.date().to_string(),
            "duration": "21", "duration_unit": "days" });
        let arguments = json!({ "draft": null, "fields": fields, "form_key": key() });
        self.call("sam", "publish-project", arguments).await
    }

    async fn bid(&mut self, client_of: &str, project: i64, amount: &str) -> bool {
        let arguments = json!({ "project": project, "amount": amount, "form_key": key() });
        self.call(client_of, "place-bid", arguments).await
    }

    async fn withdraw(&mut self, client_of: &str, project: i64) -> bool {
        let arguments = json!({ "project": project, "form_key": key() });
        self.call(client_of, "withdraw-bid", arguments).await
    }

    async fn cancel(&mut self, project: i64) -> bool {
        let arguments = json!({ "project": project, "form_key": key() });
        self.call("sam", "cancel-project", arguments).await
    }
}

/// The API, with a program for each account.
struct Api {
    programs: Vec<(&'static str, Program)>,
}

impl Api {
    fn client_of(&mut self, name: &str) -> &mut Program {
        let (_, program) = self
            .programs
            .iter_mut()
            .find(|(known, _)| *known == name)
            .unwrap();
        program
    }
}

impl Interface for Api {
    async fn post(&mut self, name: &str, budget: &str, deadline: i64) -> bool {
        let moment = time::OffsetDateTime::from_unix_timestamp(deadline).unwrap();
        // The budget is sent as raw text, so that the test does not convert it to a float.
        let body = json!({ "name": name, "summary": "Letters and a sign", "description": "By hand.",
            "skills": ["sign writing", "gilding"], "budget": "BUDGET", "deadline": deadline,
            "work_place": "on_site", "site": "Leeds", "delivery_date": moment.date().to_string(), "duration_days": 21 });
        let body = body.to_string().replace("\"BUDGET\"", budget);
        let seller = self.client_of("sam");
        seller
            .send(axum::http::Method::POST, "/projects", Some(body), &[])
            .await
            .status
            == 201
    }

    async fn bid(&mut self, client_of: &str, project: i64, amount: &str) -> bool {
        let path = format!("/projects/{project}/bid");
        let body = Some(format!("{{\"amount\":{amount}}}"));
        self.client_of(client_of)
            .send(axum::http::Method::POST, &path, body, &[])
            .await
            .status
            == 201
    }

    async fn withdraw(&mut self, client_of: &str, project: i64) -> bool {
        self.client_of(client_of)
            .delete(&format!("/projects/{project}/bid"))
            .await
            .status
            == 200
    }

    async fn cancel(&mut self, project: i64) -> bool {
        self.client_of("sam")
            .post(&format!("/projects/{project}/cancel"), json!({}))
            .await
            .status
            == 200
    }
}

/// All rows that the actions left in the database, without times.
async fn remaining_rows(pool: &PgPool) -> Vec<Value> {
    let mut rows = Vec::new();
    for statement in [
        "select to_jsonb(p) - '{created_at,published_at,ended_at,deadline}'::text[] from project p order by id",
        "select to_jsonb(b) - '{accepted_at,ended_at}'::text[] from bid b order by id",
        "select to_jsonb(a) - 'decided_at' from award a order by project_id",
        "select jsonb_build_array(kind, project_id, account_id, body) from outbox where project_id is not null order by project_id, id",
    ] {
        rows.extend(
            sqlx::query_scalar::<_, Value>(statement)
                .fetch_all(pool)
                .await
                .unwrap(),
        );
    }
    rows
}

/// Resets all ids, so that rows can be compared directly.
async fn start_over(pool: &PgPool) {
    sqlx::raw_sql("truncate project, bid, award, outbox restart identity cascade")
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn forms_server_functions_and_the_api_leave_the_same_rows_in_the_database(pool: PgPool) {
    let site = site(&pool, &[]);
    let deadline = unix(3600);
    let people = [("sam", "seller"), ("bea", "buyer"), ("otto", "buyer")];
    let mut browsers = Vec::new();
    let mut programs = Vec::new();
    for (name, role) in people {
        programs.push((
            name,
            Program::new(&site, &pool, role, &format!("{name}@example.com")).await,
        ));
        let mut browser = Client::new(&site);
        browser
            .sign_in(&format!("{name}@example.com"), support::PASSWORD)
            .await
            .is(303);
        browsers.push((name, browser));
    }
    let (_, seller) = browsers.remove(0);
    let mut pages = Pages {
        seller,
        buyers: browsers,
    };
    let by_pages = perform_all(&mut pages, &pool, deadline).await;
    let left_by_pages = remaining_rows(&pool).await;
    start_over(&pool).await;
    let by_functions = perform_all(&mut Functions(pages), &pool, deadline).await;
    assert_eq!(by_pages, by_functions);
    assert_eq!(left_by_pages, remaining_rows(&pool).await);
    start_over(&pool).await;
    let by_api = perform_all(&mut Api { programs }, &pool, deadline).await;
    assert_eq!(by_pages, by_api);
    assert_eq!(left_by_pages, remaining_rows(&pool).await);
    assert_eq!(left_by_pages.len(), 3 + 6 + 1 + 3 + 6 + 2 + 3);
}
