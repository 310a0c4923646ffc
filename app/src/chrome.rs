//! What every page knows of its visitor, and the document around it.

use crate::{
    brief::shortened,
    components::{Flash, OutageNotice, PrintNote, SiteFooter, SiteHeader},
    fonts::FontPreloads,
    pages::Page,
    theme::Theme,
};
use guildhall::{account::Viewer, moment::Zone};
use leptos::prelude::*;
use leptos_meta::HashedStylesheet;
use time::OffsetDateTime;

/// What every page knows of its visitor.
#[derive(Debug, Clone)]
pub struct Chrome {
    pub options: LeptosOptions,
    /// Where people reach the site, without a slash at the end.
    pub base_url: String,
    pub viewer: Option<Viewer>,
    pub theme: Theme,
    /// In which moments are shown.
    pub zone: Zone,
    /// The database's clock, or the server's where no database was asked; countdowns start from it.
    pub now: OffsetDateTime,
    /// The path of the page, to mark the current link.
    pub path: String,
    /// The path with its query, to come back to.
    pub back: String,
    /// What just succeeded, said once.
    pub flash: Option<String>,
    /// The database does not answer, so the page is made from memory.
    pub outage: Option<Outage>,
}

/// What is known of an outage of the database.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// When the oldest thing on the page was true; nothing where the page shows no such thing.
    pub as_of: Option<OffsetDateTime>,
}

/// The chrome of the page being rendered.
///
/// # Panics
/// Outside a page: rendering always provides it.
#[must_use]
pub fn use_chrome() -> Chrome {
    expect_context()
}

/// The whole document around a page.
pub fn document(chrome: Chrome, page: impl Page) -> impl IntoView {
    provide_context(chrome.clone());
    // As HTML of its own: around dynamic text Leptos puts marks, which a title would show.
    let title = html_escape::encode_text(&format!("{} – Guildhall", page.title())).into_owned();
    let description = shortened(&page.description());
    let canonical = page.canonical().map(|path| {
        let address = format!("{}{path}", chrome.base_url);
        view! { <link rel="canonical" href=address/> }
    });
    let unlisted = (!page.is_indexed()).then(|| view! { <meta name="robots" content="noindex"/> });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=chrome.theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title inner_html=title></title>
                <meta name="description" content=description/>
                {canonical}
                {unlisted}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <FontPreloads/>
                <HashedStylesheet options=chrome.options.clone()/>
                {live_reload(&chrome.options)}
                <HydrationScripts options=chrome.options islands=true/>
            </head>
            <body>
                <a class="skip-link" href="#main">"Skip to main content"</a>
                <SiteHeader/>
                <main id="main" tabindex="-1">
                    <OutageNotice/>
                    <Flash/>
                    {page.body()}
                </main>
                <PrintNote/>
                <SiteFooter/>
            </body>
        </html>
    }
}

/// The script of cargo-leptos that reloads the page after a build, while `cargo leptos watch` runs. A release build has none.
fn live_reload(options: &LeptosOptions) -> impl IntoView + use<> {
    let options = options.clone();
    cfg!(debug_assertions).then(|| view! { <AutoReload options=options/> })
}
