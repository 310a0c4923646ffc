//! What the letters about accounts say.

use crate::{
    mail::{Block, Letter, LetterId, Link, Recipient},
    worker::LetterWriter,
};
use guildhall::{
    account_mail::{AccountMail, MailKind},
    erasure,
    moment::Zone,
    text,
};
use time::{Duration, OffsetDateTime};

/// The texts of a letter.
struct Text {
    subject: &'static str,
    paragraphs: Vec<String>,
    button: &'static str,
    /// The path of the button's page.
    path: String,
    why: &'static str,
}

/// The letter, or why there can be none.
pub(in crate::worker) fn of(
    letters: &LetterWriter,
    id: String,
    date: OffsetDateTime,
    prepared: &AccountMail,
) -> Result<Letter, String> {
    let Text {
        subject,
        paragraphs,
        button,
        path,
        why,
    } = text(date, prepared);
    let to = Recipient::new(&prepared.to.email, &prepared.to.name).map_err(|e| e.to_string())?;
    let id = LetterId::new(id).ok_or("its id is no letter id")?;
    let preheader = paragraphs.first().cloned().unwrap_or_default();
    let heading = Block::Heading(subject.to_owned());
    let paragraphs = paragraphs.into_iter().map(Block::Paragraph);
    Ok(Letter {
        id,
        date,
        to,
        subject: subject.to_owned(),
        preheader,
        blocks: std::iter::once(heading).chain(paragraphs).collect(),
        button: Some(Link::new(button, letters.url(&path)?)),
        why: why.to_owned(),
        footer: Vec::new(),
        unsubscribe: None,
        thread: None,
    })
}

fn text(requested_at: OffsetDateTime, mail: &AccountMail) -> Text {
    let secret = mail.secret.as_ref().map_or("", |secret| secret.reveal());
    let whose = match &*mail.to.name {
        "" => String::new(),
        name => format!(" in the name of {}", text::isolated(name)),
    };
    match mail.kind {
        MailKind::ConfirmEmail => Text {
            subject: "Confirm your e-mail address",
            paragraphs: vec![
                "This address was entered for an account on Guildhall. Confirm it to publish projects and bid."
                    .to_owned(),
                "The link works for 24 hours. If it is not your account, ignore this e-mail: without your confirmation, the account can neither publish nor bid."
                    .to_owned(),
            ],
            button: "Confirm this address",
            path: format!("/confirm-email/link?secret={secret}"),
            why: "You get this because somebody entered your address.",
        },
        MailKind::ConfirmNewEmail => Text {
            subject: "Confirm your new e-mail address",
            paragraphs: vec![
                "This address was entered as the new one of an account on Guildhall. Confirm it, and the account's address changes to it."
                    .to_owned(),
                "The link works for 24 hours. If it is not your account, ignore this e-mail: without your confirmation, nothing changes."
                    .to_owned(),
            ],
            button: "Confirm this address",
            path: format!("/confirm-email/link?secret={secret}"),
            why: "You get this because somebody entered your address.",
        },
        // The address is still reserved for the account that had it until a few days ago.
        MailKind::AddressKnown if mail.email != mail.to.email => Text {
            subject: "This address can't be used yet",
            paragraphs: vec![
                format!("Somebody has just entered this address for another account on Guildhall. Until a few days ago it belonged to an account{whose}, which has another address now and was not changed."),
                "For seven days after such a change, only that account can take its former address back, by the link in the e-mail that you got then. After that, the address is free."
                    .to_owned(),
            ],
            button: "Sign in",
            path: "/sign-in".to_owned(),
            why: "You get this because somebody entered your address.",
        },
        MailKind::AddressKnown => Text {
            subject: "You already have an account",
            paragraphs: vec![
                format!("Somebody has just entered this address for another account on Guildhall. The address already has an account{whose}, which has not changed."),
                "If that was you, use the account you already have: sign out of the other one, then sign in, or choose a new password if you have forgotten yours. If it was not you, there is nothing to do."
                    .to_owned(),
            ],
            button: "Sign in",
            path: "/sign-in".to_owned(),
            why: "You get this because somebody entered your address.",
        },
        MailKind::ResetPassword => Text {
            subject: "Choose a new password",
            paragraphs: vec![
                format!("Somebody has asked for a new password for the Guildhall account{whose} with this address. If that was you, choose one now."),
                "The link works once, for 30 minutes. If it was not you, ignore this e-mail: your password stays as it is."
                    .to_owned(),
            ],
            button: "Choose a new password",
            path: format!("/reset-password/link?secret={secret}"),
            why: "You get this because somebody asked for it on the sign-in page.",
        },
        MailKind::EmailChanged => Text {
            subject: "Your e-mail address was changed",
            paragraphs: vec![
                format!("The Guildhall account{whose} that had this address now has another one, {}.", text::isolated(&mail.email)),
                "If that was you, there is nothing to do. If it was not you, somebody else has access to the account. Undo the change: the account gets this address and a new password, and nobody else stays signed in."
                    .to_owned(),
                "The link works once, for seven days.".to_owned(),
            ],
            button: "Undo the change",
            path: format!("/undo-email-change/link?secret={secret}"),
            why: "You get this because it was the address of the account until now.",
        },
        MailKind::ExportMade => Text {
            subject: "An export of your data was made",
            paragraphs: vec![
                format!("Somebody signed in to your Guildhall account{whose}, entered its password or confirmed a provider’s sign-in, and asked for an export of everything in it."),
                "If that was you, there is nothing to do. If it was not you, somebody else has access to the account: change your password, and sign out everywhere else."
                    .to_owned(),
            ],
            button: "Open your account",
            path: "/account".to_owned(),
            why: "You get this because it concerns the security of your account.",
        },
        MailKind::ErasureScheduled => {
            let days = Duration::days(erasure::WAIT_DAYS.into());
            let day = Zone::default().long(requested_at + days);
            Text {
                subject: "Your account will be erased",
                paragraphs: vec![
                    format!("Somebody who was signed in to your Guildhall account{whose} has asked us to erase it. We will do that on {day}, and it can't be undone then."),
                    "To keep your account, press the button below, or sign in and press it on your account page. Until then everything works, but the account can neither publish projects nor bid."
                        .to_owned(),
                    "If it was not you who asked, keep the account, change your password, and sign out everywhere else.".to_owned(),
                ],
                button: "Keep my account",
                path: format!("/keep-account/link?secret={secret}"),
                why: "You get this because it concerns the security of your account.",
            }
        }
        MailKind::AccountErased => Text {
            subject: "Your account has been erased",
            paragraphs: vec![
                "Your Guildhall account has been erased, as you asked. Nobody can sign in to it any more, and we delete this address now."
                    .to_owned(),
                format!("Projects, bids and results stay under the name “{}”. The privacy page says why.", erasure::NAME),
            ],
            button: "What stays, and why",
            path: "/privacy".to_owned(),
            why: "You get this because it was the address of the account.",
        },
    }
}
