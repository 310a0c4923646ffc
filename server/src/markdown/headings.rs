//! Headings of descriptions begin at the third level, below the page's own, and never skip a level, whatever was typed.

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

/// Descriptions are rendered below a second-level heading.
const FIRST: usize = 3;
/// HTML's deepest heading level.
const MAX_DEPTH: usize = 6;

/// Shifts the headings of a text so that they continue the page's own: the first is at the third level, and none is
/// more than one level below the one before it, so that screen reader users who navigate by headings miss none.
#[derive(Default)]
pub(super) struct Headings {
    /// The written levels of the enclosing headings, ending with the current one.
    above: Vec<HeadingLevel>,
}

impl Headings {
    /// The event, with an adjusted level if it starts or ends a heading.
    pub fn placed<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                while self.above.last().is_some_and(|above| *above >= level) {
                    self.above.pop();
                }
                self.above.push(level);
                Event::Start(Tag::Heading {
                    level: self.level(),
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })
            }
            // Headings do not nest.
            Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(self.level())),
            other => other,
        }
    }

    fn level(&self) -> HeadingLevel {
        let level = (FIRST + self.above.len()).saturating_sub(1).min(MAX_DEPTH);
        HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
    }
}

#[cfg(test)]
mod tests {
    use super::super::to_html;
    use proptest::prelude::*;

    /// The heading levels in the HTML, in order.
    fn levels(html: &str) -> Vec<u32> {
        html.split("<h")
            .skip(1)
            .filter_map(|rest| rest.chars().next()?.to_digit(10))
            .collect()
    }

    fn placed(written: &[usize]) -> Vec<u32> {
        let markdown: String = written
            .iter()
            .map(|level| format!("{} Heading\n\ntext\n\n", "#".repeat(*level)))
            .collect();
        levels(&to_html(&markdown))
    }

    #[test]
    fn headings_start_below_the_sections_own_and_skip_no_level() {
        for (written, expected) in [
            (vec![1, 2, 3], vec![3, 4, 5]),
            (vec![4, 4, 1, 6, 2], vec![3, 3, 3, 4, 4]),
            (vec![3, 2, 1], vec![3, 3, 3]),
            (vec![1, 2, 3, 4, 5, 6], vec![3, 4, 5, 6, 6, 6]),
            (vec![2, 3, 2, 3], vec![3, 4, 3, 4]),
        ] {
            assert_eq!(placed(&written), expected, "{written:?}");
        }
    }

    #[test]
    fn underlined_and_quoted_headings_are_shifted_too() {
        assert_eq!(levels(&to_html("> ### A\n\nB\n===\n\nC\n---\n")), [3, 3, 4]);
    }

    proptest! {
        #[test]
        fn a_heading_is_at_most_one_level_below_the_one_before(written in prop::collection::vec(1_usize..=6, 1..12)) {
            let placed = placed(&written);
            prop_assert_eq!(placed.len(), written.len());
            let mut before = 2;
            for level in placed {
                prop_assert!((3..=6).contains(&level) && level <= before + 1);
                before = level;
            }
        }
    }
}
