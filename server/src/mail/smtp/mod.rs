//! Hands messages to a relay over SMTP (RFC 5321), with lettre's connections.
//!
//! lettre's own transport does not report which command was refused, which distinguishes a bounced address from a wrong
//! setting, and has no time limit per command. So this module sends the commands one by one.

mod failure;
mod pool;
mod relay;

pub(super) use failure::takes_no_mail;
pub(super) use relay::Relay;

use super::error::{Accepted, SendError};
use failure::{Cause, Step};
use lettre::{
    Address,
    transport::smtp::{
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};
use pool::Pool;
use std::time::Duration;
use tokio::time::timeout;

/// How many messages are handed over at the same time. Relays commonly accept 10 to 20 connections from one client.
pub const MAX_CONNECTIONS: usize = 10;

/// A relay, and open connections to it.
pub(super) struct Smtp {
    relay: Relay,
    pool: Pool,
}

impl Smtp {
    pub fn new(relay: Relay) -> Self {
        Self {
            relay,
            pool: Pool::new(MAX_CONNECTIONS),
        }
    }

    /// Hands over one message for one address.
    ///
    /// # Errors
    /// Every kind of [`SendError`].
    pub async fn send(
        &self,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<Accepted, SendError> {
        let _place = self.pool.place().await;
        if let Some(mut connection) = self.pool.take().await {
            let done = self.transfer(&mut connection, from, to, message).await;
            if !done.as_ref().is_err_and(Failed::is_end_of_connection) {
                return self.finish(connection, done).await;
            }
        }
        let connected = self.relay.connect().await;
        let mut connection = connected.map_err(Failed::into_error)?;
        let done = self.transfer(&mut connection, from, to, message).await;
        self.finish(connection, done).await
    }

    /// Parks the connection if the relay took the message, and closes it otherwise.
    async fn finish(
        &self,
        connection: AsyncSmtpConnection,
        done: Result<Response, Failed>,
    ) -> Result<Accepted, SendError> {
        match done {
            Ok(response) => {
                self.pool.park(connection);
                let answer: Vec<&str> = response.message().collect();
                Ok(Accepted {
                    answer: format!("{} {}", response.code(), answer.join(" ")),
                })
            }
            Err(failed) => {
                if failed.is_answer() {
                    pool::quit(connection).await;
                }
                Err(failed.into_error())
            }
        }
    }

    async fn transfer(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<Response, Failed> {
        let parameters = parameters(connection, to, message)?;
        let command_timeout = self.relay.command_timeout;
        let mail = Mail::new(Some(from.clone()), parameters);
        with_timeout(command_timeout, Step::Sender, connection.command(mail)).await?;
        let rcpt = Rcpt::new(to.clone(), Vec::new());
        with_timeout(command_timeout, Step::Recipient, connection.command(rcpt)).await?;
        with_timeout(command_timeout, Step::Data, connection.command(Data)).await?;
        // A relay may examine the whole message before it answers (RFC 5321, section 4.5.3.2.6).
        let command_timeout = command_timeout * 4;
        with_timeout(command_timeout, Step::Message, connection.message(message)).await
    }
}

/// The parameters that this message needs (RFC 6152, RFC 6531).
fn parameters(
    connection: &AsyncSmtpConnection,
    to: &Address,
    message: &[u8],
) -> Result<Vec<MailParameter>, Failed> {
    let mut parameters = Vec::new();
    let address: &str = to.as_ref();
    if !address.is_ascii() {
        if !connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight)
        {
            return Err(Failed::new(Step::Recipient, Cause::NoUtf8));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// What failed, and when.
#[derive(Debug)]
struct Failed {
    step: Step,
    cause: Cause,
}

impl Failed {
    const fn new(step: Step, cause: Cause) -> Self {
        Self { step, cause }
    }

    /// True if the relay answered, so that the connection can be closed with QUIT.
    const fn is_answer(&self) -> bool {
        matches!(self.cause, Cause::Reply { .. } | Cause::NoUtf8)
    }

    /// True if the relay only ended the connection, as some do after a number of messages, and nothing was handed over.
    fn is_end_of_connection(&self) -> bool {
        let is_end = matches!(
            self.cause,
            Cause::Reply { code: 421, .. } | Cause::Network(_)
        );
        self.step == Step::Sender && is_end
    }

    fn into_error(self) -> SendError {
        failure::outcome(self.step, self.cause)
    }
}

/// The result of a step, which may take only so long.
async fn with_timeout<T>(
    command_timeout: Duration,
    step: Step,
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>> + Send,
) -> Result<T, Failed> {
    match timeout(command_timeout, work).await {
        Ok(done) => done.map_err(|error| Failed::new(step, Cause::of(&error))),
        Err(_) => Err(Failed::new(step, Cause::TimedOut(command_timeout))),
    }
}
