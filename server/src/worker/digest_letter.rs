//! A digest as a letter: an entry for each project, with what happened to it.

use super::letter::LetterWriter;
use crate::mail::{Block, Item, Link};
use guildhall::{
    account::AccountId,
    notice::{self, DigestFacts, Notice, NoticeKind, delivery::DeliveryOutcome},
    project::ProjectId,
};
use sqlx::PgPool;
use url::Url;

/// # Errors
/// The outcome of the attempt, if the digest's notices can't be read.
pub(super) async fn blocks(
    letters: &LetterWriter,
    pool: &PgPool,
    account: AccountId,
    digest: &DigestFacts,
) -> Result<Vec<Block>, DeliveryOutcome> {
    let read = async { notice::of_digest(&mut *pool.acquire().await?, account, digest).await };
    let notices = (read.await)
        .map_err(|error: guildhall::Error| DeliveryOutcome::Failed(error.to_string()))?;
    compose(digest, notices, |path| letters.url(path)).map_err(DeliveryOutcome::Failed)
}

/// The letter's parts. `notices` are those that the digest names, in its order.
///
/// # Errors
/// A message, if the site has no valid URL.
pub(super) fn compose(
    digest: &DigestFacts,
    notices: Vec<Notice>,
    url: impl Fn(&str) -> Result<Url, String>,
) -> Result<Vec<Block>, String> {
    let entries = entries(notices);
    let more = digest.projects.saturating_sub(entries.len());
    let items: Result<Vec<Item>, String> = entries.iter().map(|entry| entry.item(&url)).collect();
    let mut blocks = vec![
        Block::Heading(NoticeKind::MailDigest.title().to_owned()),
        Block::Paragraph(format!("There is {}.", digest.label())),
        Block::Items(items?),
    ];
    if more > 0 {
        let text = match more {
            1 => "1 more project has news: see the site.".to_owned(),
            more => format!("{more} more projects have news: see the site."),
        };
        blocks.push(Block::Paragraph(text));
    }
    Ok(blocks)
}

/// A project and the digest's notices about it.
struct Entry {
    project: Option<ProjectId>,
    name: String,
    /// The page of the last one.
    path: String,
    news: Vec<String>,
}

impl Entry {
    fn item(&self, url: impl Fn(&str) -> Result<Url, String>) -> Result<Item, String> {
        Ok(Item {
            link: Link::new(self.name.clone(), url(&self.path)?),
            detail: self.news.join(" "),
        })
    }
}

/// The notices by project; those of a project follow each other.
fn entries(notices: Vec<Notice>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for notice in notices {
        let project = notice.project.as_ref().map(|project| project.id);
        let news = format!("{}. {}", notice.kind.title(), notice.text());
        match entries
            .last_mut()
            .filter(|entry| project.is_some() && entry.project == project)
        {
            Some(entry) => {
                entry.path = notice.path();
                entry.news.push(news);
            }
            None => entries.push(Entry {
                project,
                path: notice.path(),
                name: (notice.project)
                    .map_or_else(|| notice.kind.title().to_owned(), |project| project.name),
                news: vec![news],
            }),
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::notice::{AboutProject, NoticeFacts};
    use time::macros::datetime;

    fn notice(number: i64, kind: NoticeKind, project: i64) -> Notice {
        let at = datetime!(2026-11-28 12:00 UTC);
        Notice {
            number,
            kind,
            project: Some(AboutProject {
                id: ProjectId(project),
                name: format!("Window {project}"),
                deadline: at,
                lowest_minor: None,
            }),
            facts: NoticeFacts::default(),
            created_at: at,
            read_at: None,
        }
    }

    #[test]
    fn a_project_has_one_entry_and_those_that_are_left_out_are_counted() {
        let digest = DigestFacts {
            notices: vec![2, 3, 1],
            projects: 9,
        };
        let notices = vec![
            notice(2, NoticeKind::LeadsAgain, 7),
            notice(3, NoticeKind::Cancelled, 7),
            notice(1, NoticeKind::WatchedUnawarded, 8),
        ];
        let url = |path: &str| {
            Url::parse(&format!("https://guildhall.example{path}"))
                .map_err(|error| error.to_string())
        };
        let blocks = compose(&digest, notices, url).expect("blocks");
        let [
            _,
            Block::Paragraph(text),
            Block::Items(items),
            Block::Paragraph(more),
        ] = &*blocks
        else {
            panic!("{blocks:?}");
        };
        assert_eq!(text, "There is news of 9 projects.");
        assert_eq!(more, "7 more projects have news: see the site.");
        let shown: Vec<_> = items
            .iter()
            .map(|item| {
                format!(
                    "{} {} {}",
                    item.link.text,
                    item.link.url.path(),
                    item.detail
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Window 7 /projects/7/result Your bid leads again. A lower bid was withdrawn. Yours, , is now the lowest. Project cancelled. The seller cancelled this project, so your earlier bid no longer counts.",
                "Window 8 /projects/8/result Watched project ended without bids. Nobody bid before the deadline.",
            ]
        );
    }
}
