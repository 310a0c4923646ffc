//! The context that every page is rendered in, and the HTML document around a page.

use crate::{
    brief::shorten,
    components::{Flash, OutageNotice, PrintNote, SiteFooter, SiteHeader},
    device_zone::device_zone_script,
    fonts::FontPreloads,
    pages::Page,
    theme::Theme,
};
use guildhall::{account::Viewer, moment::Zone};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::HashedStylesheet;
use time::OffsetDateTime;

/// A page's context: the site, the visitor and the request.
#[derive(Debug, Clone)]
pub struct Chrome {
    pub options: LeptosOptions,
    /// The site's public URL, without a trailing slash.
    pub base_url: String,
    pub viewer: Option<Viewer>,
    pub theme: Theme,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// True if the page may be reloaded when the device's zone differs: the visitor chose no zone, and reloading has no
    /// side effect.
    pub follows_device: bool,
    /// The database's clock, or the server's if the database has never answered; countdowns start from it. The Unix
    /// epoch on error pages that are rendered without a clock.
    pub now: OffsetDateTime,
    /// The path of the page, which marks the current link.
    pub path: String,
    /// The path with its query, to return to.
    pub back: String,
    /// A message about what has just succeeded, shown once.
    pub flash: Option<String>,
    /// The viewer's number of unread notices, counted up to [`guildhall::notice::MAX_COUNTED`].
    pub unread: i64,
    /// Set if the database is down and the page is rendered from memory.
    pub outage: Option<Outage>,
}

/// An outage of the database, as shown on a page.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// When the oldest data on the page was current; `None` if the page shows no data.
    pub as_of: Option<OffsetDateTime>,
}

/// The chrome of the page being rendered.
///
/// # Panics
/// If called outside a page; rendering always provides it.
#[must_use]
pub fn use_chrome() -> Chrome {
    expect_context()
}

/// The whole document around a page.
pub fn document(chrome: Chrome, page: impl Page) -> impl IntoView {
    provide_context(chrome.clone());
    // Rendered as raw HTML, because Leptos puts markers around dynamic text, which a title would show.
    let title = html_escape::encode_text(&format!("{} – Guildhall", page.title())).into_owned();
    let description = shorten(&page.description());
    let canonical = page.canonical().map(|path| {
        let address = format!("{}{path}", chrome.base_url);
        view! { <link rel="canonical" href=address/> }
    });
    let feed = page.feed().map(|path| {
        view! { <link rel="alternate" type="application/atom+xml" href=path/> }
    });
    let flash = (!page.shows_flash()).then(|| view! { <Flash/> });
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
                {feed}
                {unlisted}
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="manifest" href="/site.webmanifest"/>
                <FontPreloads/>
                <HashedStylesheet options=chrome.options.clone()/>
                {chrome.follows_device.then(|| device_zone_script(chrome.zone.name()))}
                {live_reload(&chrome.options)}
                {idle_in_time()}
                <HydrationScripts options=chrome.options islands=true/>
            </head>
            <body>
                <a class="skip-link" href="#main">"Skip to main content"</a>
                <SiteHeader/>
                <main id="main" tabindex="-1">
                    <OutageNotice/>
                    {flash}
                    {page.body()}
                </main>
                <PrintNote/>
                <SiteFooter/>
            </body>
        </html>
    }
}

/// Leptos loads the islands when the browser is idle, and sets no timeout: on a page that is never idle, because it
/// animates or the machine is busy, they would never start. This gives every such wait two seconds at most.
fn idle_in_time() -> impl IntoView {
    const SCRIPT: &str = "if(window.requestIdleCallback){const idle=window.requestIdleCallback.bind(window);window.requestIdleCallback=(run,options)=>idle(run,{timeout:2000,...options})}";
    view! { <script nonce=use_nonce()>{SCRIPT}</script> }
}

/// cargo-leptos's script, which reloads the page after a build while `cargo leptos watch` runs. Release builds have
/// none.
fn live_reload(options: &LeptosOptions) -> impl IntoView + use<> {
    let options = options.clone();
    cfg!(debug_assertions).then(|| view! { <AutoReload options=options/> })
}
