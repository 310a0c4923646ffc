//! Descriptions: Markdown in, HTML out that can harm nobody.

use crate::heavy;
use ammonia::Builder;
use guildhall::{
    Result,
    cpu::{Client, CpuPool},
};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::sync::LazyLock;

/// What a description may contain. Images are left out: they would be fetched from other hosts.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .add_tags([
            "p",
            "br",
            "hr",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "blockquote",
            "pre",
            "code",
            "em",
            "strong",
            "del",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ])
        .add_tag_attributes("a", ["href", "title"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"));
    cleaner
});

/// How deep lists, quotes and emphasis may nest.
const DEEPEST: usize = 16;
/// A small table can become a large page: every row is filled up to the width of the head. Above this the text is shown as typed.
const LARGEST_HTML_BYTES: usize = 256 * 1024;

/// A text of as many bytes is rendered within a millisecond, whatever it says.
const SMALL_BYTES: usize = 2_000;

/// As [`to_html`], off the async threads for a long text.
///
/// # Errors
/// `Busy` when too much else is rendered.
pub(crate) async fn rendered(heavy: &CpuPool, client: Client, markdown: String) -> Result<String> {
    let cost = markdown.len();
    heavy::run(heavy, client, cost, SMALL_BYTES, move || to_html(&markdown)).await
}

/// Turns CommonMark with tables and strikethrough into sanitised HTML. Headings begin at the third level, below the page's
/// own; raw HTML is shown as the text it is.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let mut depth = 0_usize;
    let events = Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
    )
    .filter(move |event| within(event, &mut depth))
    .map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    });
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut out, events);
    if out.len() > LARGEST_HTML_BYTES {
        out = format!("<pre>{}</pre>", ammonia::clean_text(markdown));
    }
    CLEANER.clean(&out).to_string()
}

/// Whether the event stands no deeper than people nest things. The cleaner's work grows with the square of the depth, so what
/// lies deeper keeps its text and loses its tags.
fn within(event: &Event<'_>, depth: &mut usize) -> bool {
    match event {
        Event::Start(_) => {
            *depth += 1;
            *depth <= DEEPEST
        }
        Event::End(_) => {
            *depth = depth.saturating_sub(1);
            *depth < DEEPEST
        }
        _ => true,
    }
}

fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn markdown_becomes_html_below_the_pages_own_headings() {
        let html = to_html("# Scope\n\n- **two** pages\n\n| a | b |\n|---|---|\n| 1 | 2 |");
        assert!(html.contains("<h3>Scope</h3>"), "{html}");
        assert!(
            html.contains("<strong>two</strong>") && html.contains("<td>1</td>"),
            "{html}"
        );
    }

    #[test]
    fn nothing_in_a_description_can_act() {
        for markdown in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://example.com/pixel.png)",
            "<a href='https://example.com' onclick='alert(1)' style='position:fixed'>x</a>",
            "<iframe src=https://example.com></iframe>",
            "[x](//example.com)",
        ] {
            let html = to_html(markdown);
            for forbidden in [
                "<script",
                "<img",
                "<iframe",
                "href=\"javascript",
                "href=\"data",
                "<a href='",
                "href=\"//",
            ] {
                assert!(!html.contains(forbidden), "{markdown} became {html}");
            }
        }
    }

    #[test]
    fn what_is_nested_too_deep_keeps_its_text_and_costs_little() {
        // Where depth is not bounded this takes minutes, not a moment.
        for unit in [">", "- + ", "* ", "[", "**a"] {
            let html = to_html(&format!("{}deep inside", unit.repeat(20_000 / unit.len())));
            assert!(html.contains("deep inside"), "{unit}");
            assert!(html.matches("<blockquote>").count() <= 16);
        }
        let wide = format!(
            "{}\n{}\n{}",
            "|a".repeat(1000),
            "|-".repeat(1000),
            "|x\n".repeat(1000)
        );
        assert!(to_html(&wide).len() < 300 * 1024);
    }

    #[test]
    fn a_link_out_tells_nobody_where_it_was() {
        let html = to_html("[site](https://example.com/a)");
        assert!(
            html.contains(r#"href="https://example.com/a""#) && html.contains("noreferrer"),
            "{html}"
        );
    }
}
