//! `/projects.atom`: the newest open projects of a search as an Atom feed (RFC 4287).

use super::{
    failure::Failure,
    list_query::{Parameters, parameters},
    project_list,
    routes::Routes,
    visit::Visit,
};
use crate::http::conditional;
use app::pages::Query;
use atom_syndication::{Category, Entry, Feed, Link, Person, Text};
use axum::{http::HeaderMap, response::Response};
use guildhall::{
    Error,
    moment::rfc3339,
    project::{Sort, Summary, WorkPlace},
};
use time::OffsetDateTime;

const KIND: &str = "application/atom+xml; charset=utf-8";

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects.atom", show)
}

/// `GET /projects.atom`, with the filters of the list. The newest projects come first, whatever the order of the list.
async fn show(visit: Visit, raw: Parameters, headers: HeaderMap) -> Result<Response, Failure> {
    let mut query = project_list::query(&parameters(raw)?);
    // A feed reader keeps no cookies, and shows what is new by itself.
    query.since.clear();
    let (filter, _, errors) = project_list::filter(&visit, &query, None);
    // A page ignores an invalid filter and shows the error. A feed reader would show no error, so the request is refused.
    if !errors.is_empty() {
        return Err(Error::Invalid(errors).into());
    }
    let listing = project_list::listing(&visit, &filter, Sort::Newest, 1).await?;
    let feed = feed(&visit.app.settings.base_url, &query, &listing.projects);
    Ok(conditional::or_not_modified(
        &headers,
        KIND,
        "no-cache",
        feed.to_string(),
    ))
}

fn feed(base: &str, query: &Query, projects: &[Summary]) -> Feed {
    let newest = projects.iter().map(|project| project.published_at).max();
    let own = format!("{base}{}", query.feed());
    Feed {
        title: Text::plain(without_controls(&format!("Guildhall: {}", query.name()))),
        id: own.clone(),
        updated: moment(newest.unwrap_or(OffsetDateTime::UNIX_EPOCH)),
        authors: vec![person("Guildhall")],
        links: vec![
            link("self", own, "application/atom+xml"),
            link("alternate", format!("{base}{}", query.url(1)), "text/html"),
        ],
        entries: projects
            .iter()
            .map(|project| entry(base, project))
            .collect(),
        ..Feed::default()
    }
}

/// A published project is never edited, so it was updated when it was published.
fn entry(base: &str, project: &Summary) -> Entry {
    let address = format!("{base}/projects/{}", project.id);
    let published = moment(project.published_at);
    let place = match &project.fulfillment.place {
        Some(WorkPlace::Remote) => " Remote.".to_owned(),
        Some(WorkPlace::OnSite(site)) => format!(" On site in {site}."),
        None => String::new(),
    };
    let summary = format!(
        "{}{place} Maximum budget {}; bidding ends {}.",
        project.summary,
        project.budget,
        rfc3339(project.deadline)
    );
    Entry {
        title: Text::plain(without_controls(&project.name)),
        id: address.clone(),
        updated: published,
        published: Some(published),
        authors: vec![person(&project.seller_name)],
        categories: vec![Category {
            term: project.category.slug().to_owned(),
            label: Some(project.category.label().to_owned()),
            ..Category::default()
        }],
        links: vec![link("alternate", address, "text/html")],
        summary: Some(Text::plain(without_controls(&summary))),
        ..Entry::default()
    }
}

fn person(name: &str) -> Person {
    Person {
        name: without_controls(name),
        ..Person::default()
    }
}

fn link(rel: &str, href: String, kind: &str) -> Link {
    Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Link::default()
    }
}

/// The time, truncated to the second, which every feed reader understands.
fn moment(at: OffsetDateTime) -> atom_syndication::FixedDateTime {
    let text = rfc3339(at.truncate_to_second());
    text.parse().unwrap_or_default()
}

/// XML can't contain control characters, not even escaped.
fn without_controls(text: &str) -> String {
    text.replace(
        |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'),
        " ",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{
        money::{Currency, Money},
        project::{self, ProjectId},
    };
    use proptest::prelude::*;

    fn project(name: &str) -> Summary {
        Summary {
            id: ProjectId(7),
            seller_name: "Sam & Sons".to_owned(),
            name: name.to_owned(),
            summary: "Letters.".to_owned(),
            category: project::Category::ALL[0],
            skills: Vec::new(),
            budget: Money::from_minor(100_000, Currency::Eur),
            lowest: None,
            bid_count: 0,
            deadline: time::macros::datetime!(2026-11-28 16:00 UTC),
            published_at: time::macros::datetime!(2026-11-27 16:00:00.5 UTC),
            fulfillment: project::Fulfillment::default(),
        }
    }

    fn written(name: &str) -> String {
        feed(
            "https://guildhall.example",
            &Query::default(),
            &[project(name)],
        )
        .to_string()
    }

    #[test]
    fn an_entry_has_a_lasting_id_and_the_time_of_its_publication() {
        let xml = written("A window");
        for part in [
            "<id>https://guildhall.example/projects/7</id>",
            "<title>A window</title>",
            "<name>Sam &amp; Sons</name>",
            "<published>2026-11-27T16:00:00+00:00</published>",
            "Letters. Maximum budget €1,000.00; bidding ends 2026-11-28T16:00:00Z.",
            "<id>https://guildhall.example/projects.atom</id>",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
    }

    #[test]
    fn a_search_without_projects_is_an_empty_feed() {
        let xml = feed("https://guildhall.example", &Query::default(), &[]).to_string();
        assert!(xml.contains("<updated>1970-01-01T00:00:00+00:00</updated>"));
        assert!(!xml.contains("<entry>"));
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_feed(name in "(?s).{0,120}") {
            let read: Feed = written(&name).parse().unwrap();
            prop_assert_eq!(read.entries.len(), 1);
            // XML readers drop the spaces at the ends of a text.
            let expected = without_controls(&name);
            prop_assert_eq!(read.entries[0].title.trim(), expected.trim());
        }
    }
}
