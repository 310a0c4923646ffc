//! The header and footer of every page.

use super::{Icon, Mark, UserText};
use crate::{
    chrome::{Chrome, use_chrome},
    islands::{Bell, ThemeSwitch},
};
use guildhall::{
    account::{Role, Viewer},
    notice,
};
use leptos::{either::Either, prelude::*};

/// The site's name, navigation, theme and account links. Where they don't fit beside each other, everything except the
/// name is in a menu. It is a popover, so browsers close it on Escape or a click elsewhere, and return the focus.
#[component]
pub fn SiteHeader() -> impl IntoView {
    let Chrome {
        viewer,
        theme,
        path,
        back,
        unread,
        ..
    } = use_chrome();
    let bell = viewer.is_some().then(|| view! { <BellLink unread/> });
    let is_seller = viewer
        .as_ref()
        .is_some_and(|viewer| viewer.role == Role::Seller);
    view! {
        <header class="site-header">
            <div class="wrap site-bar">
                <a class="brand" href="/"><Mark/>"Guildhall"</a>
                {bell}
                <button class="site-menu-button" type="button" popovertarget="site-menu"><Icon name="menu"/>"Menu"</button>
                <div class="site-menu" id="site-menu" popover="auto">
                    <nav class="site-nav" aria-label="Main">
                        {nav_link("/projects", "Projects", &path)}
                        {nav_link("/how-it-works", "How it works", &path)}
                        {viewer.is_some().then(|| nav_link("/dashboard", "Dashboard", &path))}
                        {is_seller.then(|| nav_link("/projects/new", "Post a project", &path))}
                    </nav>
                    <ThemeSwitch current=theme back/>
                    <AccountLinks viewer/>
                </div>
            </div>
        </header>
    }
}

/// Links to the notices, and shows how many are unread.
#[component]
fn BellLink(unread: i64) -> impl IntoView {
    view! {
        <a class="bell" href="/notices">
            <Icon name="bell"/>
            <span class="sr-only">"Notifications "</span>
            <Bell unread=notice::unread_label(unread)/>
        </a>
    }
}

/// Links that everybody may need, and the zone in which times are shown.
#[component]
pub fn SiteFooter() -> impl IntoView {
    let Chrome { zone, path, .. } = use_chrome();
    view! {
        <footer class="site-footer">
            <div class="wrap site-footer-bar">
                <a class="brand" href="/"><Mark/>"Guildhall"</a>
                <nav aria-label="Footer">
                    {nav_link("/projects", "Projects", &path)}
                    {nav_link("/archive", "Finished auctions", &path)}
                    {nav_link("/how-it-works", "How it works", &path)}
                    {nav_link("/api/docs", "API", &path)}
                    {nav_link("/privacy", "Privacy", &path)}
                    {nav_link("/settings", "Time zone settings", &path)}
                </nav>
                <p>"Times shown in " {zone.name().to_owned()}</p>
            </div>
        </footer>
    }
}

#[component]
fn AccountLinks(viewer: Option<Viewer>) -> impl IntoView {
    view! {
        <div class="site-account">
            {match viewer {
                None => Either::Left(view! {
                    <a class="btn btn-sm btn-ghost" href="/sign-in">"Sign in"</a>
                    <a class="btn btn-sm btn-primary" href="/sign-up">"Sign up"</a>
                }),
                Some(viewer) => Either::Right(view! {
                    <a class="account-link" href="/account">
                        <Icon name="user"/>
                        <span><UserText text=viewer.name/> " " <span class="account-role">{viewer.role.name()}</span></span>
                    </a>
                    <form method="post" action="/sign-out">
                        <button class="btn btn-sm btn-outline" type="submit">"Sign out"</button>
                    </form>
                }),
            }}
        </div>
    }
}

/// A link marked as current if the visitor is on its page.
fn nav_link(href: &'static str, label: &'static str, path: &str) -> impl IntoView + use<> {
    view! { <a href=href aria-current=is_current(href, path).then_some("page")>{label}</a> }
}

/// True if the link leads to this page. A project's own pages count as "Projects"; posting a project has its own link.
fn is_current(href: &str, path: &str) -> bool {
    href == path
        || (href == "/projects" && path.starts_with("/projects/") && path != "/projects/new")
}
