//! What search engines find: descriptions and addresses of pages, rules for crawlers, open projects, headings in order; and what
//! the pages' fonts cost.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod fonts;
mod headings;
mod page_head;
mod sitemap;
