//! What the routes are about.

use crate::{
    client,
    scene::{Actor, Scene, newest_id},
    support::{self, Client},
};
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

/// Creates the item that a route is about, and returns its id.
pub async fn create(scene: &Scene, pool: &PgPool, about: &str) -> String {
    let seller = scene.viewer(Actor::Seller, Role::Seller);
    match about {
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
            let mut other = Client::new(&scene.router);
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
        "webhook" => {
            // Keeps everybody below the limit on webhooks.
            sqlx::query("delete from webhook").execute(pool).await.unwrap();
            newest(
                pool,
                "insert into webhook (account_id, name, format, url)
                 values ($1, 'Ops', 'standard', 'https://hooks.example.com/') returning id",
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
        "passkey" => {
            // Keeps the seller below the limit on passkeys.
            sqlx::query("delete from passkey_user")
                .execute(pool)
                .await
                .unwrap();
            newest(
                pool,
                "with owner as (insert into passkey_user (account_id, handle) values ($1, gen_random_uuid()) returning account_id)
                 insert into passkey (account_id, credential_id, credential, name) values ($1, 'x', '{}', 'Phone') returning id",
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
            kept_mail::list(db, "").await.unwrap()[0].id.to_string()
        }
        "problem" => "not-found".to_owned(),
        "nothing" => "1".to_owned(),
        about => project(scene, pool, &seller, about).await.to_string(),
    }
}

async fn project(scene: &Scene, pool: &PgPool, seller: &Viewer, about: &str) -> ProjectId {
    let mut tx = pool.begin().await.unwrap();
    let details = details(&mut tx).await;
    let id = project::publish(&mut tx, seller, None, &details)
        .await
        .unwrap();
    if about != "open without bid" {
        let buyer = scene.viewer(Actor::Buyer, Role::Buyer);
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

async fn newest(pool: &PgPool, statement: &'static str, account: AccountId) -> String {
    newest_id(pool, statement, account).await.to_string()
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
