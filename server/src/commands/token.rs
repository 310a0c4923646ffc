//! `guildhall token`: access tokens for scripts, created by the operator.

use crate::{
    config::{NewTokenConfig, TokenCommand},
    database::{Database, runtime},
};
use anyhow::{Context, anyhow};
use guildhall::{
    Error, account,
    token::{self, NewPersonalToken, Scope, Secret},
};
use sqlx::PgPool;
use std::{io::Write, process::ExitCode};

/// `guildhall token …`
///
/// # Errors
/// A message for the operator on what went wrong.
pub fn run(command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create(config) => create(&config),
    }
}

/// Prints nothing but the token, so that scripts can read it.
fn create(config: &NewTokenConfig) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config.database)?;
    let secret = runtime()?.block_on(async {
        let pool = database.connect().await?;
        let secret = create_token(&pool, config).await?;
        pool.close().await;
        anyhow::Ok(secret)
    })?;
    database.close()?;
    let mut output = std::io::stdout();
    writeln!(output, "{}", secret.reveal())
        .and_then(|()| output.flush())
        .context("the token was created but could not be printed; revoke it and create another")?;
    Ok(ExitCode::SUCCESS)
}

async fn create_token(pool: &PgPool, config: &NewTokenConfig) -> anyhow::Result<Secret> {
    let scopes: Vec<&str> = config.scopes.iter().map(|scope| scope.name()).collect();
    let days = config.days.to_string();
    let mut tx = pool.begin().await?;
    let created = async {
        let viewer = account::find_by_email(&mut tx, &config.account).await?;
        let new = NewPersonalToken::parse(viewer.role, &config.name, &scopes, &days)?;
        token::create_personal(&mut tx, viewer.account, &new).await
    };
    let secret = created
        .await
        .map_err(|error| operator_message(error, &config.account))?;
    tx.commit().await?;
    Ok(secret)
}

/// Turns an error into a message that the operator can act on.
fn operator_message(error: Error, account: &str) -> anyhow::Error {
    match error {
        Error::NotFound => anyhow!("no account has the e-mail address {account}"),
        Error::Invalid(errors) => match errors.first() {
            Some(error) if error.field == "email" => {
                anyhow!("--account: {}", error.message())
            }
            Some(error) if error.field == "scopes" => anyhow!("--scope: {}", error.message()),
            Some(error) => anyhow!("--{}: {}", error.field, error.message()),
            None => Error::Invalid(errors).into(),
        },
        Error::Refused(refusal) => anyhow!("{account}: {refusal}"),
        Error::Unexpected(source) if lacks_schema(&*source) => {
            anyhow!("the database has no schema yet, or an old one; run `guildhall migrate` first")
        }
        Error::Unexpected(source) => anyhow!(source),
        other => other.into(),
    }
}

/// True for PostgreSQL's undefined_table and undefined_column (PostgreSQL, appendix A).
fn lacks_schema(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    source
        .downcast_ref::<sqlx::Error>()
        .and_then(|error| error.as_database_error()?.code())
        .is_some_and(|code| code == "42P01" || code == "42703")
}

/// Parses a scope by name; the error for an unknown name lists all names.
pub(crate) fn scope_parser() -> impl clap::builder::TypedValueParser<Value = Scope> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(
        Scope::ALL.map(|scope| PossibleValue::new(scope.name()).help(scope.description())),
    )
    .try_map(|name| name.parse::<Scope>())
}
