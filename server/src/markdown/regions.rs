//! Regions around content that may scroll sideways in descriptions: tables, and code with long lines.
//!
//! Each can be reached with the keyboard (WCAG 2.1.1) and has a name. The sanitizer keeps a region's attributes only
//! with the values written here, and Markdown cannot produce them.

use ammonia::Builder;
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};
use std::borrow::Cow;

/// A line of up to this many characters never scrolls: the narrowest page fits 29 characters of code.
const UNSCROLLED_CHARACTERS: usize = 24;

const CLASS: &str = "scrolling";
const TABLE: &str = "Table";
const CODE: &str = "Code";

/// Wraps each table, and each code block with a long line, in a scrollable region with a numbered name.
#[derive(Default)]
pub(super) struct Regions<'a> {
    tables: usize,
    codes: usize,
    /// The code block that is still open.
    code: Option<Vec<Event<'a>>>,
}

impl<'a> Regions<'a> {
    /// The event with what must precede and follow it. A code block is returned as a whole, at its end.
    pub fn around(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match (&event, &mut self.code) {
            (Event::Start(Tag::CodeBlock(_)), _) => {
                self.code = Some(vec![event]);
                Vec::new()
            }
            (Event::End(TagEnd::CodeBlock), Some(code)) => {
                code.push(event);
                let code = self.code.take().unwrap_or_default();
                if may_scroll(&code) {
                    self.codes += 1;
                    within(CODE, self.codes, code)
                } else {
                    code
                }
            }
            (_, Some(code)) => {
                code.push(event);
                Vec::new()
            }
            (Event::Start(Tag::Table(_)), None) => {
                self.tables += 1;
                vec![opening(TABLE, self.tables), event]
            }
            (Event::End(TagEnd::Table), None) => vec![event, closing()],
            _ => vec![event],
        }
    }
}

/// True if a line may be too long for a narrow page. Non-ASCII characters may have any width.
fn may_scroll(code: &[Event<'_>]) -> bool {
    let text: String = code
        .iter()
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    text.lines()
        .any(|line| line.len() > UNSCROLLED_CHARACTERS || !line.is_ascii() || line.contains('\t'))
}

fn within<'a>(kind: &str, number: usize, mut events: Vec<Event<'a>>) -> Vec<Event<'a>> {
    events.insert(0, opening(kind, number));
    events.push(closing());
    events
}

fn opening<'a>(kind: &str, number: usize) -> Event<'a> {
    let html =
        format!(r#"<div class="{CLASS}" tabindex="0" role="region" aria-label="{kind} {number}">"#);
    Event::Html(CowStr::from(html))
}

const fn closing<'a>() -> Event<'a> {
    Event::Html(CowStr::Borrowed("</div>"))
}

/// Makes the sanitizer keep the attributes of regions, and no other attributes of a `div`.
pub(super) fn admit(cleaner: &mut Builder<'static>) {
    cleaner
        .add_tags(["div"])
        .add_tag_attribute_values("div", "class", [CLASS])
        .add_tag_attribute_values("div", "tabindex", ["0"])
        .add_tag_attribute_values("div", "role", ["region"])
        .add_tag_attributes("div", ["aria-label"])
        .attribute_filter(|tag, attribute, value| {
            let is_admitted = (tag, attribute) != ("div", "aria-label") || is_name(value);
            is_admitted.then_some(Cow::Borrowed(value))
        });
}

/// True for `Table 1`, `Code 2` and so on.
fn is_name(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(kind, number)| {
        [TABLE, CODE].contains(&kind) && number.parse::<usize>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::super::{CLEANER, to_html};
    use proptest::prelude::*;

    fn region(name: &str) -> String {
        format!(r#"<div class="scrolling" tabindex="0" role="region" aria-label="{name}">"#)
    }

    #[test]
    fn each_table_and_wide_code_block_is_a_uniquely_named_region() {
        let table = "| a | b |\n|---|---|\n| 1 | 2 |\n\n";
        let code = format!("```\n{}\n```\n\n", "x".repeat(25));
        let quoted = table.trim_end().replace('\n', "\n> ");
        let html = to_html(&format!("{table}{code}> {quoted}\n\n{code}")).replace('\n', "");
        for name in ["Table 1", "Table 2"] {
            let table = region(name) + "<table>";
            assert!(html.contains(&table), "{name} is not in {html}");
        }
        for name in ["Code 1", "Code 2"] {
            let code = region(name) + "<pre><code>";
            assert!(html.contains(&code), "{name} is not in {html}");
        }
        assert_eq!(html.matches("</table></div>").count(), 2, "{html}");
        assert_eq!(html.matches("</code></pre></div>").count(), 2, "{html}");
    }

    #[test]
    fn code_that_fits_every_page_is_not_focusable() {
        assert_eq!(
            to_html(&format!("```\n{}\nb\n```", "x".repeat(24))),
            format!("<pre><code>{}\nb\n</code></pre>\n", "x".repeat(24))
        );
        for wide in ["看板看板看板看板看板看板看板看板", "a\tb"] {
            assert!(to_html(&format!("```\n{wide}\n```")).contains("tabindex"));
        }
    }

    #[test]
    fn typed_markup_never_becomes_a_region() {
        for typed in [
            r#"<div tabindex="0" role="region" aria-label="Table 1">x</div>"#,
            r#"<div class="scrolling" tabindex="0">"#,
            r#"a <div tabindex="0">"#,
            r#"<table tabindex="0" role="region"><tr><td>x</td></tr></table>"#,
            r#"[x](https://example.com "<div tabindex=0 role=region>")"#,
            "```\" tabindex=0 role=region\nx\n```",
        ] {
            let html = to_html(typed);
            assert!(!html.contains("<div"), "{typed} became {html}");
            assert!(!html.contains("<table"), "{typed} became {html}");
        }
    }

    #[test]
    fn the_sanitizer_removes_all_attributes_but_those_of_regions() {
        for (html_in, cleaned) in [
            (
                r#"<div class="site-header scrolling" tabindex="1" role="alert" aria-label="Sign in again" id="main" style="x">"#,
                "<div></div>",
            ),
            (
                r#"<div aria-label="Table 1 of 2" aria-live="assertive" onclick="x">"#,
                "<div></div>",
            ),
            (
                r#"<p class="scrolling" tabindex="0" role="region" aria-label="Table 1">"#,
                "<p></p>",
            ),
            (
                r#"<div class="scrolling" tabindex="0" role="region" aria-label="Code 12">"#,
                r#"<div class="scrolling" tabindex="0" role="region" aria-label="Code 12"></div>"#,
            ),
        ] {
            assert_eq!(CLEANER.clean(html_in).to_string(), cleaned);
        }
    }

    proptest! {
        #[test]
        fn only_generated_regions_appear_and_each_is_closed(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("|a|b|\n|-|-|\n|1|2|\n"), Just("```\n"), Just("<div tabindex=0 role=region>"), Just("</div>"),
                    Just("</table>"), Just("> "), Just("- "), Just("\n"), Just("    "), Just("words that are a long line of code "),
                ],
                0..30,
            ),
        ) {
            let html = to_html(&parts.concat());
            let opened = html.matches("<div").count();
            let ours = html.matches(r#"<div class="scrolling" tabindex="0" role="region" aria-label=""#).count();
            prop_assert_eq!(opened, ours, "{}", html);
            prop_assert_eq!(opened, html.matches("</div>").count(), "{}", html);
            prop_assert_eq!(html.matches("<table>").count(), html.matches(r#"aria-label="Table "#).count(), "{}", html);
        }
    }
}
