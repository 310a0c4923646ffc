//! Fixtures: creating tokens through the form, and authenticating with them.

use crate::support::{Answer, Client};
use guildhall::token::{self, Caller, MAX_PERSONAL};
use sqlx::PgPool;

pub const PATH: &str = "/account/tokens";

/// The completed form, as a browser sends it.
pub fn form<'a>(key: &'a str, name: &'a str, scopes: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("form_key", key), ("name", name), ("days", "30")];
    fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    fields
}

pub async fn make(client: &mut Client, name: &str, scopes: &[&str]) -> Answer {
    let key = client.get(PATH).await.is(200).form_key();
    client.post(PATH, &form(&key, name, scopes)).await
}

/// The token in the text of a page or in the output of a program.
pub fn token_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("guildhall_pat_")?;
    let rest: String = after
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    Some(format!("guildhall_pat_{rest}"))
}

pub async fn caller(pool: &PgPool, token: &str) -> Option<Caller> {
    let hash = token::token_hash(token)?;
    let db = &mut *pool.acquire().await.unwrap();
    let known = token::authenticate(db, &hash).await.unwrap();
    known.map(|known| known.caller)
}

/// Gives every account as many tokens as it may have.
pub async fn fill(pool: &PgPool) {
    sqlx::query("insert into access_token (hash, account_id, name, hint, scopes, expires_at)
                 select int8send(n), a.id, 'Token ' || n, 'abcd', '{bids:read}', clock_timestamp() + interval '1 day'
                 from account a, generate_series(1, $1) n")
        .bind(MAX_PERSONAL)
        .execute(pool)
        .await
        .unwrap();
}
