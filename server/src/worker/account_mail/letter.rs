//! What the letters about accounts say.

use crate::{
    mail::{Block, Letter, LetterId, Link, Recipient},
    worker::LetterWriter,
};
use guildhall::{
    account_mail::{AccountMail, MailKind, PendingMail},
    text,
};

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
pub(super) fn of(
    letters: &LetterWriter,
    mail: &PendingMail,
    prepared: &AccountMail,
) -> Result<Letter, String> {
    let Text {
        subject,
        paragraphs,
        button,
        path,
        why,
    } = text(mail.kind, prepared);
    // Whoever signed up chose the name, and may not be the reader: such a letter must not carry a stranger's text.
    let name = match mail.kind {
        MailKind::ConfirmEmail => "",
        MailKind::AddressKnown | MailKind::ResetPassword => &prepared.to.name,
    };
    let to = Recipient::new(&prepared.to.email, name).map_err(|e| e.to_string())?;
    let id = LetterId::new(format!("account-{}", mail.message)).ok_or("its id is no letter id")?;
    let preheader = paragraphs.first().cloned().unwrap_or_default();
    let heading = Block::Heading(subject.to_owned());
    let paragraphs = paragraphs.into_iter().map(Block::Paragraph);
    Ok(Letter {
        id,
        date: mail.created_at,
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

fn text(kind: MailKind, mail: &AccountMail) -> Text {
    let name = text::isolated(&mail.to.name);
    let secret = mail.secret.reveal();
    match kind {
        MailKind::ConfirmEmail => Text {
            subject: "Confirm your e-mail address",
            paragraphs: vec![
                "An account on Guildhall was opened with this address. Confirm the address, and you can publish projects and bid."
                    .to_owned(),
                "The link works for 24 hours. If you did not open an account, do nothing: without this confirmation, it can neither publish nor bid."
                    .to_owned(),
            ],
            button: "Confirm this address",
            path: format!("/confirm-email/link?secret={secret}"),
            why: "You get this because somebody signed up with your address.",
        },
        MailKind::AddressKnown => Text {
            subject: "You already have an account",
            paragraphs: vec![
                format!("Somebody has just tried to sign up on Guildhall with this address. It already has an account, in the name of {name}, and nothing was changed."),
                "If that was you, sign in with the password of that account, or choose a new one if you have forgotten it. If it was not you, there is nothing to do: whoever it was has not learned that you have an account."
                    .to_owned(),
            ],
            button: "Sign in",
            path: "/sign-in".to_owned(),
            why: "You get this because somebody signed up with your address.",
        },
        MailKind::ResetPassword => Text {
            subject: "Choose a new password",
            paragraphs: vec![
                format!("Somebody has asked for a new password for the account of {name} on Guildhall. If that was you, choose one now."),
                "The link works once, for 30 minutes. If it was not you, do nothing: the password stays as it is."
                    .to_owned(),
            ],
            button: "Choose a new password",
            path: format!("/reset-password/link?secret={secret}"),
            why: "You get this because somebody asked for it at the sign-in.",
        },
    }
}
