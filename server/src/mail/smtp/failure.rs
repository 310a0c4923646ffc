//! What a failure means for the letter, its address and the settings.

use crate::mail::{SendError, line::one_line};
use lettre::transport::smtp::Error;
use std::{error::Error as _, fmt, time::Duration};

/// A longer answer of a relay is shortened.
const LONGEST_ANSWER: usize = 300;

/// How far the conversation with the relay got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The connection, the greeting and EHLO, and the encryption.
    Connect,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// The end of the message, after which the relay is responsible for it.
    Message,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::SignIn => "signing in",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Data => "starting the message",
            Self::Message => "ending the message",
        })
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The relay answered with 4xx or 5xx.
    Reply {
        code: u16,
        text: String,
    },
    TimedOut(Duration),
    /// The connection cannot be encrypted, or its certificate is not the relay's.
    Tls(String),
    /// The address has non-ASCII characters, and the relay does not accept such addresses.
    NoUtf8,
    /// The relay offers neither of the sign-in mechanisms, or no encryption.
    Unsupported(String),
    /// No connection, a broken one, or an answer that is not SMTP.
    Network(String),
}

impl Cause {
    pub fn of(error: &Error) -> Self {
        let text = chain(error);
        if let Some(code) = error.status() {
            return Self::Reply {
                code: code.into(),
                text,
            };
        }
        if error.is_tls() || is_tls(error) {
            return Self::Tls(text);
        }
        match error.is_client() {
            true => Self::Unsupported(text),
            false => Self::Network(text),
        }
    }
}

/// The text of an error without lettre's own words, and of what caused it.
fn chain(error: &Error) -> String {
    let text = match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    };
    one_line(&text, LONGEST_ANSWER)
}

/// True if rustls is among the causes: lettre reports an error during the handshake as a network error.
fn is_tls(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let io = cause.downcast_ref::<std::io::Error>();
        let inner = io.and_then(std::io::Error::get_ref);
        if cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = cause.source();
    }
    false
}

/// What a failure means.
///
/// A relay that refuses the sender, the sign-in or the connection would refuse every letter. One that refuses a
/// recipient may do so because of the address, or because this client may not send to anybody; the enhanced status code
/// (RFC 3463) tells which.
pub(super) fn outcome(step: Step, cause: Cause) -> SendError {
    match cause {
        Cause::Reply { code, text } => of_reply(step, code, &text),
        Cause::TimedOut(command_timeout) => SendError::Temporary(format!(
            "the relay did not answer within {} s ({step})",
            command_timeout.as_secs_f32()
        )),
        Cause::Tls(text) => SendError::Misconfigured(format!("no secure connection: {text}")),
        Cause::NoUtf8 => SendError::AddressRefused(
            "the relay takes no addresses with letters outside ASCII".to_owned(),
        ),
        Cause::Unsupported(text) => SendError::Misconfigured(format!("{text} ({step})")),
        Cause::Network(text) => SendError::Temporary(format!("{text} ({step})")),
    }
}

fn of_reply(step: Step, code: u16, text: &str) -> SendError {
    let answer = format!("{code} {text} ({step})");
    if code < 500 {
        return SendError::Temporary(answer);
    }
    match (step, enhanced(text)) {
        // The sender or its domain is refused, or not authenticated (RFC 7372), so every other letter would be refused
        // too. Some relays check the sender only with the first recipient or the whole message.
        (_, Some((1, 7 | 8) | (7, 20..=29))) => SendError::Misconfigured(answer),
        (Step::Recipient, Some((1, 0))) if text.to_ascii_lowercase().contains("sender") => {
            SendError::Misconfigured(answer)
        }
        (Step::Recipient | Step::Message, Some((1, 1..=6 | 10) | (2, 0 | 1))) => {
            SendError::AddressRefused(answer)
        }
        // A full mailbox. Before enhanced codes, 552 also meant too many recipients (RFC 5321, section 4.5.3.1.10).
        (Step::Recipient | Step::Message, Some((2, 2))) => SendError::Temporary(answer),
        // The relay accepts no mail from us, or none from this address.
        (Step::Recipient, Some((7, _))) => SendError::Misconfigured(answer),
        (Step::Recipient, _) => match code {
            521 | 550 | 551 | 553 | 556 => SendError::AddressRefused(answer),
            530 => SendError::Misconfigured(answer),
            // 554 only says that it failed. The cause may be temporary, such as a client that is blocked for a while.
            552 | 554 => SendError::Temporary(answer),
            _ => SendError::LetterRefused(answer),
        },
        (Step::Data | Step::Message, _) => SendError::LetterRefused(answer),
        (Step::Connect | Step::SignIn | Step::Sender, _) => SendError::Misconfigured(answer),
    }
}

/// True if a failure that was reported later, with this status code (RFC 3463) and this answer of the receiver, means that
/// the address takes no mail.
pub(in crate::mail) fn takes_no_mail(status: &str, answer: &str) -> bool {
    let failure = match enhanced(status) {
        None => return false,
        // Some systems give no other status, so the answer decides.
        Some((0, 0)) => {
            let (code, text) = answer.split_at_checked(3).unwrap_or_default();
            let text = text.trim_start_matches(['-', ' ']);
            of_reply(Step::Recipient, code.parse().unwrap_or_default(), text)
        }
        // A code that decides nothing by itself.
        Some(_) => of_reply(Step::Recipient, 554, &format!("{status} {answer}")),
    };
    matches!(failure, SendError::AddressRefused(_))
}

/// The subject and the detail of an enhanced status code at the beginning of an answer: `5.1.1 …` gives `(1, 1)`.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let code = text.split_whitespace().next()?;
    let mut parts = code.split('.').map(str::parse::<u16>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(5)), Some(Ok(subject)), Some(Ok(detail)), None) => Some((subject, detail)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(step: Step, code: u16, text: &str) -> &'static str {
        of_reply(step, code, text).name()
    }

    #[test]
    fn a_refused_recipient_is_a_bounce_unless_the_relay_refuses_us() {
        use Step::{Message, Recipient};
        for (step, code, text, expected) in [
            (Recipient, 550, "5.1.1 no such user", "address-refused"),
            (Recipient, 550, "No such user here", "address-refused"),
            (
                Recipient,
                553,
                "5.1.3 bad address syntax",
                "address-refused",
            ),
            (
                Recipient,
                556,
                "5.1.10 domain takes no mail",
                "address-refused",
            ),
            (Recipient, 550, "5.2.1 mailbox disabled", "address-refused"),
            (Message, 550, "5.1.1 no such user", "address-refused"),
            (Recipient, 552, "5.2.2 mailbox full", "temporary"),
            (Recipient, 552, "too many recipients", "temporary"),
            (Recipient, 450, "4.2.1 greylisted", "temporary"),
            (Recipient, 554, "5.7.1 relay access denied", "misconfigured"),
            (Recipient, 550, "5.7.1 relaying denied", "misconfigured"),
            (
                Recipient,
                530,
                "5.7.0 authentication required",
                "misconfigured",
            ),
            (Recipient, 530, "authentication required", "misconfigured"),
            (Recipient, 554, "transaction failed", "temporary"),
            (
                Recipient,
                550,
                "5.1.0 <a@b.example>: Sender address rejected: user unknown",
                "misconfigured",
            ),
            (Recipient, 550, "5.1.0 unknown recipient", "address-refused"),
            (
                Recipient,
                550,
                "5.1.8 sender domain not found",
                "misconfigured",
            ),
            (Message, 550, "5.7.26 not authenticated", "misconfigured"),
        ] {
            assert_eq!(name(step, code, text), expected, "{step} {code} {text}");
        }
    }

    #[test]
    fn other_refusals_mean_the_letter_or_the_settings() {
        for (step, code, text, expected) in [
            (Step::Connect, 554, "no service for you", "misconfigured"),
            (Step::Connect, 421, "4.3.2 try later", "temporary"),
            (Step::SignIn, 535, "5.7.8 wrong password", "misconfigured"),
            (Step::SignIn, 454, "4.7.0 try later", "temporary"),
            (Step::Sender, 553, "5.7.1 not your address", "misconfigured"),
            (
                Step::Message,
                554,
                "5.7.1 looks like spam",
                "letter-refused",
            ),
            (Step::Message, 552, "5.3.4 too large", "letter-refused"),
            (Step::Message, 451, "4.3.0 try later", "temporary"),
            (Step::Data, 554, "no valid recipients", "letter-refused"),
        ] {
            assert_eq!(name(step, code, text), expected, "{step} {code} {text}");
        }
    }

    #[test]
    fn only_a_whole_enhanced_code_counts() {
        assert_eq!(enhanced("5.1.1 no such user"), Some((1, 1)));
        for text in ["", "no such user", "5.1 x", "4.1.1 x", "5.1.1.1 x", "5.x.1"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }
}
