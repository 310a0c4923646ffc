//! How webhooks are posted.

use clap::Args;
use guildhall::webhook::Networks;
use std::path::PathBuf;

/// Webhooks lead to the public internet only, unless the operator allows more.
#[derive(Debug, Clone, Default, Args)]
pub struct WebhookConfig {
    /// Networks that webhooks may also lead to although they are not public, such as 10.1.0.0/16,fd00::/8; there, http and
    /// every port are allowed, too. Everybody with an account can then send requests to them
    #[arg(
        long,
        env = "GUILDHALL_WEBHOOK_NETWORKS",
        value_name = "NETWORKS",
        default_value = "",
        hide_default_value = true
    )]
    pub webhook_networks: Networks,
    /// A PEM file with the authority that issued the certificates of receivers, if the system does not know it
    #[arg(long, env = "GUILDHALL_WEBHOOK_CA", value_name = "FILE")]
    pub webhook_ca: Option<PathBuf>,
}
