//! An export as a page of its own: without scripts, readable alone, and rendered section by section while it is downloaded.

use guildhall::{Result, export::Batch};
use leptos::{either::Either, prelude::*, serde_json::Value};

/// Everything before the first section. Nothing in it depends on data.
pub const HEAD: &str = include_str!("export_file/head.html");
/// Everything after the last section.
pub const FOOT: &str = include_str!("export_file/foot.html");

/// What stands above the sections.
#[must_use]
pub fn introduction(site: &str, made_at: &str) -> String {
    let (site, made_at) = (site.to_owned(), made_at.to_owned());
    view! {
        <p>"Everything in your account at " <a href=site.clone()>{site.clone()}</a> ", as of " <time>{made_at}</time> ". Times are in UTC; amounts are in the smallest unit of their currency, such as cents."</p>
    }
    .to_html()
}

/// A batch of a section as a table, below the section's heading if it is the first one.
///
/// # Errors
/// `Unexpected` if a row is no object.
pub fn section(batch: &Batch) -> Result<String> {
    let title = batch.section.title();
    let rows = batch
        .rows
        .iter()
        .map(|row| row.members())
        .collect::<Result<Vec<_>>>()?;
    let heading = batch.is_first.then(|| view! { <h2>{title}</h2> });
    let table = match rows.first() {
        None if batch.is_first => Some(Either::Left(view! { <p>"Nothing."</p> })),
        None => None,
        Some(first) => {
            let head = first
                .iter()
                .map(|(name, _)| view! { <th scope="col">{name.replace('_', " ")}</th> })
                .collect_view();
            let body = rows
                .into_iter()
                .map(|row| {
                    let cells = row
                        .into_iter()
                        .map(|(_, value)| view! { <td dir="auto">{text(value)}</td> })
                        .collect_view();
                    view! { <tr>{cells}</tr> }
                })
                .collect_view();
            Some(Either::Right(view! {
                <div><table aria-label=title><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>
            }))
        }
    };
    Ok(view! { {heading} {table} }.to_html())
}

/// A value as people read it.
fn text(value: Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text,
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let texts: Vec<String> = values.into_iter().map(text).collect();
            texts.join(", ")
        }
        other => other.to_string(),
    }
}
