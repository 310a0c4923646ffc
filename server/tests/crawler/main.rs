//! What search engines find: descriptions and URLs of pages, rules for crawlers, open projects and headings; and the
//! size of the pages' fonts.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod fonts;
mod headings;
mod page_head;
mod sitemap;
