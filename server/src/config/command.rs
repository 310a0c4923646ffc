//! What the operator's commands take.

use super::{DatabaseConfig, MailConfig};
use crate::{commands::token, database::postgres};
use clap::{Args, Subcommand};
use guildhall::{
    audit::Head,
    token::{PERSONAL_DAYS, Scope},
};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Clone, Subcommand)]
pub enum ConsumerCommand {
    /// List each consumer's checkpoint; exits with 1 if one is parked
    List(DatabaseConfig),
    /// Retry a consumer's failed event at once, with a fresh set of attempts
    Retry(NamedConsumerConfig),
    /// Skip the parked event for good and continue after it
    Skip(NamedConsumerConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NamedConsumerConfig {
    /// The consumer's name, as listed by `guildhall consumer list`
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum NoticeCommand {
    /// List the accounts whose mail is parked, and parked webhooks, with the last error; exits with 1 if there are any
    List(DatabaseConfig),
    /// Send parked mail and messages to webhooks again, of one account or of all, with a fresh set of attempts
    Retry(NoticeRetryConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NoticeRetryConfig {
    /// The account's number, as listed by `guildhall notice list`
    #[arg(value_name = "ACCOUNT", required_unless_present = "all")]
    pub account: Option<i64>,
    /// Send everything that is parked again, as after the relay has been repaired
    #[arg(long, conflicts_with = "account")]
    pub all: bool,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Recompute every hash, and print the number and the hash of the last entry; exits with 1 if an entry was changed or
    /// removed
    Verify(AuditVerifyConfig),
}

#[derive(Debug, Clone, Args)]
pub struct AuditVerifyConfig {
    /// What an earlier run printed: the record must still contain that entry. Without it, nobody notices entries that were
    /// cut off the end
    #[arg(long, value_name = "NUMBER:HASH")]
    pub expect: Option<Head>,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum SecondFactorCommand {
    /// Turn an account's two-factor authentication off, once you know that whoever asks is its owner
    Off(SecondFactorConfig),
}

#[derive(Debug, Clone, Args)]
pub struct SecondFactorConfig {
    /// The account's e-mail address
    #[arg(long, value_name = "E-MAIL")]
    pub account: String,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Create a personal access token and print it, and nothing else, on standard output
    Create(NewTokenConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NewTokenConfig {
    /// The e-mail address of the account that the token acts for
    #[arg(long, value_name = "E-MAIL")]
    pub account: String,
    /// The token's scopes, separated by spaces or commas
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_delimiter = ',', value_parser = token::scope_parser())]
    pub scopes: Vec<Scope>,
    /// The name that its owner sees
    #[arg(long, default_value = "Created on the command line")]
    pub name: String,
    /// How many days the token is valid, 1 to 366
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(PERSONAL_DAYS.0..=PERSONAL_DAYS.1))]
    pub days: i64,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum MailCommand {
    /// Send one test letter and print what the relay answers; exits with 0 or 1
    Test(MailTestConfig),
    /// Read a bounce or a complaint from standard input, and stop mail to the address that it is about. Meant for the mail
    /// server that receives mail for `MAIL_FROM`; exits with 75 if that server should retry later, and with 0 otherwise
    Report(MailReportConfig),
}

#[derive(Debug, Clone, Args)]
pub struct MailReportConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Args)]
pub struct MailTestConfig {
    /// Who gets the letter
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// The address people use, for the link in the letter; the same as for `serve`
    #[arg(long, env = "GUILDHALL_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    pub mail: MailConfig,
}

#[derive(Debug, Clone, Args)]
pub struct PostgresConfig {
    /// Where the private PostgreSQL keeps its data
    #[arg(long, env = "GUILDHALL_DATA_DIR", default_value_os_t = postgres::default_data_dir())]
    pub data_dir: PathBuf,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct HealthConfig {
    /// The address the server listens on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// The same as for `serve`, if the server uses https; the file is not read
    #[arg(long, env = "GUILDHALL_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
}
