//! A letter of every kind with made-up contents, in the demo's mailbox, where developers who change letters see them all.

use super::{
    account_mail, digest_letter,
    letter::{LetterContents, LetterWriter},
};
use crate::mail::Letter;
use anyhow::anyhow;
use guildhall::{
    account::{AccountId, Contact, Role},
    account_mail::{AccountMail, MailKind},
    money::{Currency, Money},
    notice::{
        AboutProject, Audience, DigestFacts, Notice, NoticeFacts, NoticeKind, NoticeSubject,
        SearchFacts,
    },
    project::ProjectId,
    saved_search::FoundProject,
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

/// No account has this number, so the examples' links to unsubscribe change nothing.
const NOBODY: AccountId = AccountId(0);
const NAME: &str = "Restore the stepped gable of a town house, with new brickwork";

/// The letters to this address, as of `now`.
///
/// # Errors
/// If a letter cannot be written.
pub async fn example_letters(
    letters: &LetterWriter,
    pool: &PgPool,
    to: &Contact,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Letter>> {
    let mut written = Vec::new();
    for kind in NoticeKind::ALL {
        for role in roles(*kind) {
            let notice = notice(*kind, role, now);
            let blocks = match &notice.facts.digest {
                Some(digest) => {
                    let named = [
                        NoticeKind::FirstBid,
                        NoticeKind::NewLowest,
                        NoticeKind::Awarded,
                    ];
                    let named = named.map(|kind| self::notice(kind, role, now));
                    digest_letter::compose(digest, named.into(), |path| letters.url(path))
                        .map_err(|error| anyhow!("{error}"))?
                }
                None => (letters.blocks(&notice)).map_err(|outcome| anyhow!("{outcome:?}"))?,
            };
            let contents = LetterContents {
                id: format!("example-{}-{}", kind.name().replace('.', "-"), role.name()),
                to,
                account: NOBODY,
                role,
                notice: &notice,
                blocks,
            };
            let letter = letters.compose(pool, contents).await;
            written.push(letter.map_err(|outcome| anyhow!("{outcome:?}"))?);
        }
    }
    for kind in MailKind::ALL {
        let mail = AccountMail {
            to: to.clone(),
            kind,
            email: match kind {
                MailKind::EmailChanged => "new-address@guildhall.example".to_owned(),
                _ => to.email.clone(),
            },
            secret: None,
        };
        let id = format!("example-{}", kind.name());
        let letter = account_mail::letter::of(letters, id, now, &mail);
        written.push(letter.map_err(|error| anyhow!("{error}"))?);
    }
    Ok(written)
}

/// The roles that get letters of this kind; only one if the letter is the same for both.
fn roles(kind: NoticeKind) -> Vec<Role> {
    let roles = match kind.audience() {
        Audience::Sellers => &[Role::Seller][..],
        // A letter about a deadline says why its recipient gets it.
        Audience::Everybody if kind.subject() == NoticeSubject::Deadlines => {
            &[Role::Seller, Role::Buyer]
        }
        Audience::Everybody | Audience::Buyers | Audience::Digest => &[Role::Buyer],
        Audience::Webhook => &[],
    };
    roles.to_vec()
}

/// True if the letter names a project.
fn is_about_project(kind: NoticeKind) -> bool {
    use NoticeSubject::{Bids, Deadlines, Result, Watched};
    matches!(kind.subject(), Bids | Deadlines | Result | Watched) || kind == NoticeKind::SearchFit
}

fn notice(kind: NoticeKind, role: Role, now: OffsetDateTime) -> Notice {
    let money = |minor| Money::from_minor(minor, Currency::Eur);
    let own = (role == Role::Buyer).then(|| money(1_320_000));
    let found = |id, name: &str| FoundProject {
        id: ProjectId(id),
        name: name.to_owned(),
    };
    let name = "Brickwork and façades".to_owned();
    let search = match kind {
        NoticeKind::SearchFit => Some(SearchFacts {
            name,
            others: 1,
            count: 1,
            ..SearchFacts::default()
        }),
        NoticeKind::SearchDigest => Some(SearchFacts {
            name,
            others: 0,
            count: 12,
            found: vec![
                found(1, NAME),
                found(2, "Re-point the garden wall of a school"),
                found(3, "עבודות אבן לבית כנסת"),
            ],
            list: Some("/projects?q=brickwork".to_owned()),
        }),
        _ => None,
    };
    let until_deadline = match kind {
        _ if kind.is_result() => -Duration::minutes(1),
        NoticeKind::DeadlineInAnHour | NoticeKind::WatchedInAnHour => Duration::minutes(59),
        _ => Duration::hours(23),
    };
    Notice {
        number: 1,
        kind,
        project: is_about_project(kind).then(|| AboutProject {
            id: ProjectId(1),
            name: NAME.to_owned(),
            deadline: now + until_deadline,
            lowest_minor: Some(1_245_000),
        }),
        facts: NoticeFacts {
            lowest: Some(money(1_245_000)),
            own,
            bids: Some(3),
            app: Some("Ledger".to_owned()),
            search,
            webhook: Some("Ledger".to_owned()),
            passkeys: Some(1),
            digest: (kind == NoticeKind::MailDigest).then(|| {
                Box::new(DigestFacts {
                    notices: vec![1, 2, 3],
                    projects: 2,
                })
            }),
        },
        created_at: now,
        read_at: None,
    }
}
