//! Access tokens for the demo's seller and one of its buyers, created at every start with `--demo`.
//!
//! Only hashes are stored, so each start creates new tokens and revokes those of the previous one. They are created
//! only for accounts that the printed demo password signs in to, so a printed token grants nothing more than that
//! password.

use super::{PASSWORD, data};
use guildhall::{
    Error, Result,
    account::{self, Attempt, HashCost, Hasher, Viewer},
    token::{self, NewPersonalToken, Scope, Scopes},
};
use sqlx::PgPool;
use std::net::Ipv4Addr;

/// The name of the demo tokens, by which the next start finds them.
const NAME: &str = "Demo";
const DAYS: &str = "30";

/// Creates new demo tokens and returns the text to print for the operator.
///
/// # Errors
/// If the database cannot be queried.
pub async fn tokens(pool: &PgPool) -> anyhow::Result<String> {
    let demo = data::read()?;
    let mut lines = vec!["Demo access tokens, valid until the next start:".to_owned()];
    for (role, person) in [("seller", &demo.seller[0]), ("buyer", &demo.buyer[0])] {
        let line = match demo_account(pool, &person.email).await? {
            Some(viewer) => match replace_token(pool, &viewer).await {
                Ok(token) => token,
                Err(Error::Refused(refusal)) => format!("none: {refusal}"),
                Err(error) => return Err(error.into()),
            },
            None => "none: this is not a demo account".to_owned(),
        };
        lines.push(format!("  {role:<7} {line}"));
    }
    Ok(lines.join("\n"))
}

/// The account, if the printed password signs in to it. An account that somebody else opened with this e-mail address,
/// or whose password has changed, is left alone.
async fn demo_account(pool: &PgPool, email: &str) -> Result<Option<Viewer>> {
    let hasher = Hasher::new(1, HashCost::default())?;
    let attempt = Attempt {
        email,
        password: PASSWORD,
        address: Ipv4Addr::UNSPECIFIED.into(),
        device: None,
    };
    match account::sign_in(pool, &hasher, &attempt).await {
        Err(Error::TooManyTries { .. }) => Ok(None),
        result => Ok(result?.map(|authenticated| authenticated.viewer)),
    }
}

/// Revokes the demo tokens of earlier starts and creates a new one.
async fn replace_token(pool: &PgPool, viewer: &Viewer) -> Result<String> {
    let scopes: Vec<_> = Scopes::of_role(viewer.role)
        .iter()
        .map(Scope::name)
        .collect();
    let new = NewPersonalToken::parse(viewer.role, NAME, &scopes, DAYS)?;
    let mut tx = pool.begin().await?;
    for token in token::personal(&mut tx, viewer).await? {
        if token.name == NAME {
            token::revoke_personal(&mut tx, viewer, token.id).await?;
        }
    }
    let secret = token::create_personal(&mut tx, viewer.account, &new).await?;
    tx.commit().await?;
    Ok(secret.reveal().to_owned())
}
