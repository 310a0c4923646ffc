//! Notices as letters.

use super::digest_letter;
use crate::mail::{Block, Fact, Item, Letter, LetterId, Link, Mailer, Recipient, ThreadKey};
use guildhall::{
    account::{AccountId, Contact, Role},
    moment::Zone,
    notice::{
        Notice, NoticeKind, NoticeSubject, Unsubscriber,
        delivery::{Delivery, DeliveryOutcome},
    },
    saved_search::FoundProject,
    text,
};
use sqlx::PgPool;
use std::sync::Arc;
use url::Url;

/// What the letter of a notice is written from.
pub(super) struct LetterContents<'a> {
    pub id: String,
    pub to: &'a Contact,
    /// The account that the link in the letter unsubscribes.
    pub account: AccountId,
    pub role: Role,
    pub notice: &'a Notice,
    pub blocks: Vec<Block>,
}

/// Writes letters. Cloning it only increments counts.
#[derive(Clone)]
pub struct LetterWriter {
    mailer: Mailer,
    /// The site's address, without a trailing slash.
    base_url: Arc<str>,
    unsubscriber: Arc<Unsubscriber>,
}

impl LetterWriter {
    #[must_use]
    pub fn new(mailer: Mailer, base_url: String) -> Self {
        Self {
            mailer,
            base_url: base_url.into(),
            unsubscriber: Arc::default(),
        }
    }

    pub(super) const fn mailer(&self) -> &Mailer {
        &self.mailer
    }

    /// The letter of a notice.
    ///
    /// # Errors
    /// The outcome of the attempt, if no letter can be written.
    pub(super) async fn of(
        &self,
        pool: &PgPool,
        delivery: &Delivery,
    ) -> Result<Letter, DeliveryOutcome> {
        let (account, notice) = (delivery.claim.account, &delivery.notice);
        let contents = LetterContents {
            id: format!("notice-{}", delivery.id),
            to: &delivery.to,
            account,
            role: delivery.role,
            notice,
            blocks: match &notice.facts.digest {
                Some(digest) => digest_letter::blocks(self, pool, account, digest).await?,
                None => self.blocks(notice)?,
            },
        };
        self.compose(pool, contents).await
    }

    /// # Errors
    /// The outcome of the attempt, if no letter can be written.
    pub(super) async fn compose(
        &self,
        pool: &PgPool,
        contents: LetterContents<'_>,
    ) -> Result<Letter, DeliveryOutcome> {
        let LetterContents {
            id,
            to,
            account,
            role,
            notice,
            blocks,
        } = contents;
        let to = Recipient::new(&to.email, &to.name)
            .map_err(|error| DeliveryOutcome::Unreachable(error.to_string()))?;
        let refused = |problem: &str| DeliveryOutcome::Refused(problem.to_owned());
        let id = LetterId::new(id).ok_or_else(|| refused("its id is no letter id"))?;
        let url = |path: &str| self.url(path).map_err(DeliveryOutcome::Failed);
        let unsubscribe = match notice.kind.required() {
            Some(_) => None,
            None => {
                let token = self
                    .unsubscriber
                    .token(pool, account, notice.kind)
                    .await
                    .map_err(|error| DeliveryOutcome::Failed(error.to_string()))?;
                Some(url(&format!("/unsubscribe/{token}"))?)
            }
        };
        let button = Link::new(button(notice), url(&notice.path())?);
        Ok(Letter {
            id,
            date: notice.created_at,
            to,
            subject: subject(notice),
            preheader: notice.text(),
            blocks,
            button: Some(button),
            why: why(notice, role).to_owned(),
            footer: self.footer(notice)?,
            unsubscribe,
            thread: thread(notice),
        })
    }

    pub(super) fn blocks(&self, notice: &Notice) -> Result<Vec<Block>, DeliveryOutcome> {
        let mut blocks = vec![
            Block::Heading(notice.kind.title().to_owned()),
            Block::Paragraph(notice.text()),
        ];
        if let Some(project) = &notice.project {
            let label = match notice.kind.is_result() {
                true => "Deadline was",
                false => "Deadline",
            };
            blocks.push(Block::Facts(vec![
                Fact {
                    label: "Project".to_owned(),
                    value: project.name.clone(),
                },
                Fact {
                    label: label.to_owned(),
                    value: Zone::default().long(project.deadline),
                },
            ]));
        }
        if let Some(search) = &notice.facts.search
            && !search.found.is_empty()
        {
            let item = |found: &FoundProject| {
                let url = self.url(&format!("/projects/{}", found.id));
                let url = url.map_err(DeliveryOutcome::Failed)?;
                Ok(Item {
                    link: Link::new(found.name.clone(), url),
                    detail: String::new(),
                })
            };
            let items: Result<Vec<Item>, DeliveryOutcome> = search.found.iter().map(item).collect();
            blocks.push(Block::Items(items?));
            let more = search.more();
            if !more.is_empty() {
                blocks.push(Block::Paragraph(more));
            }
        }
        Ok(blocks)
    }

    /// Links to the list that the notice comes from, and to the preferences.
    fn footer(&self, notice: &Notice) -> Result<Vec<Link>, DeliveryOutcome> {
        let url = |path: &str| self.url(path).map_err(DeliveryOutcome::Failed);
        let mut footer = Vec::new();
        let list = match notice.kind.subject() {
            NoticeSubject::Watched => Some(("Watched projects", "/account/watching")),
            NoticeSubject::Searches => Some(("Saved searches", "/account/searches")),
            _ => None,
        };
        if let Some((text, path)) = list {
            footer.push(Link::new(text, url(path)?));
        }
        footer.push(Link::new(
            "Choose your notifications",
            url("/account/notices")?,
        ));
        Ok(footer)
    }

    /// The address of a page.
    ///
    /// # Errors
    /// A message, if the base URL is not valid.
    pub(super) fn url(&self, path: &str) -> Result<Url, String> {
        let base_url = &self.base_url;
        Url::parse(&format!("{base_url}{path}"))
            .map_err(|error| format!("{base_url} is not a valid URL: {error}"))
    }
}

fn subject(notice: &Notice) -> String {
    let title = notice.kind.title();
    let project = notice.project.as_ref().map(|project| &project.name);
    let about = project.or_else(|| notice.facts.search.as_ref().map(|search| &search.name));
    match (&notice.facts.digest, about) {
        (Some(digest), _) => format!("{title}: {}", digest.label()),
        (None, Some(about)) => format!("{title}: {}", text::isolated(about)),
        (None, None) => title.to_owned(),
    }
}

/// The letters about a project are one conversation, and so are the digests.
fn thread(notice: &Notice) -> Option<ThreadKey> {
    match (&notice.project, notice.kind) {
        (Some(project), _) => ThreadKey::new(format!("project-{}", project.id)),
        (None, NoticeKind::MailDigest) => ThreadKey::new("digest"),
        (None, _) => None,
    }
}

fn button(notice: &Notice) -> &'static str {
    match &notice.project {
        None if notice.kind == NoticeKind::MailDigest => "See all notifications",
        Some(_) if notice.kind.is_result() => "See the result",
        Some(_) => "See the project",
        None if notice.kind.subject() == NoticeSubject::Searches => "See them all",
        None => "See your account",
    }
}

/// Why somebody gets this letter.
const fn why(notice: &Notice, role: Role) -> &'static str {
    match notice.kind.subject() {
        NoticeSubject::Watched => return "You get this because you watch this project.",
        NoticeSubject::Searches => return "You get this because you saved this search.",
        _ => {}
    }
    match (&notice.project, role) {
        (None, _) if matches!(notice.kind, NoticeKind::MailDigest) => {
            "You get this because you chose a digest instead of single e-mails."
        }
        (Some(_), Role::Seller) => "You get this because you posted this project.",
        (Some(_), Role::Buyer) => "You get this because you bid on this project.",
        (None, _) => "You get this because it concerns the security of your account.",
    }
}
