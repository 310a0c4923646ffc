//! Starting texts for the form of a new project, one for each category: what buyers have to know before they can name
//! a price. They say the goal, what is delivered, what the seller provides, and when the work is accepted.

use super::Category;

/// A category's starting text. Square brackets mark what the seller fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    pub name: &'static str,
    /// In Markdown.
    pub description: &'static str,
}

impl Template {
    #[must_use]
    pub const fn of(category: Category) -> Self {
        match category {
            Category::Software => Self {
                name: "[Website, app or tool] for [whom]",
                description: SOFTWARE,
            },
            Category::Design => Self {
                name: "[Logo, layout or illustration] for [whom]",
                description: DESIGN,
            },
            Category::Writing => Self {
                name: "[Text] of [number] words about [subject]",
                description: WRITING,
            },
            Category::Translation => Self {
                name: "[Document] from [language] into [language]",
                description: TRANSLATION,
            },
            Category::Marketing => Self {
                name: "[Campaign] for [product or event]",
                description: MARKETING,
            },
            Category::Media => Self {
                name: "[Photos, video or recording] of [subject]",
                description: MEDIA,
            },
            Category::Business => Self {
                name: "[Accounts, contract or office work] for [whom]",
                description: BUSINESS,
            },
            Category::Trades => Self {
                name: "[Repair or installation] of [what] in [place]",
                description: TRADES,
            },
        }
    }
}

/// The gaps of templates, in square brackets, that are still in these texts, in the order of the templates.
#[must_use]
pub fn open_gaps(texts: &[&str]) -> Vec<&'static str> {
    let templates = Category::ALL.into_iter().map(Template::of);
    let mut gaps = Vec::new();
    for template in templates.flat_map(|template| [template.name, template.description]) {
        for part in template.split_inclusive(']') {
            let Some(start) = part.find('[').filter(|_| part.ends_with(']')) else {
                continue;
            };
            let gap = &part[start..];
            if !gaps.contains(&gap) && texts.iter().any(|text| text.contains(gap)) {
                gaps.push(gap);
            }
        }
    }
    gaps
}

/// What to do with a template where a description has been typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// Only if nothing would be lost.
    Careful,
    /// After what was typed.
    AtEnd,
    /// Instead of what was typed.
    Replacing,
}

/// The description with the template in it, or `None` if the seller has to be asked first: nothing that was typed is
/// replaced without asking. A template that was left as it is counts as nothing typed.
#[must_use]
pub fn with_template(typed: &str, template: Template, insertion: Insertion) -> Option<String> {
    let typed = typed.replace("\r\n", "\n");
    let typed = typed.trim();
    let is_untouched = Category::ALL
        .into_iter()
        .any(|category| Template::of(category).description.trim() == typed);
    match insertion {
        _ if typed.is_empty() || is_untouched => Some(template.description.to_owned()),
        Insertion::Careful => None,
        Insertion::AtEnd => Some(format!("{typed}\n\n{}", template.description)),
        Insertion::Replacing => Some(template.description.to_owned()),
    }
}

/// The name with the template's in an empty field, or in one with an untouched template.
#[must_use]
pub fn name_with_template(typed: &str, template: Template) -> String {
    let is_untouched = Category::ALL
        .into_iter()
        .any(|category| Template::of(category).name == typed.trim());
    if typed.trim().is_empty() || is_untouched {
        template.name.to_owned()
    } else {
        typed.to_owned()
    }
}

const SOFTWARE: &str = "\
## Goal

[Who uses it, and what can they do afterwards that they can’t do now?]

## What is delivered

- [The pages, screens or functions, one a line]
- The source code, with the right to change it
- Instructions for installing and running it

## What I provide

- [Texts, images, data, access to the present system]

## Accepted when

- [It runs on our server, or in these browsers]
- [Every function in the list above works with our data]
- Mistakes found within [30] days are corrected at no extra cost
";

const DESIGN: &str = "\
## Goal

[Who is it for, where will it be seen, and what should it say?]

## What is delivered

- [Number] drafts to choose from
- [The final files: formats, sizes, for print or screen]
- The rights to use it for [purpose], without limit of time

## What I provide

- [Texts, logo, photos, examples that I like]

## Accepted when

- [Number] rounds of corrections are included
- [The printer accepts the files]
";

const WRITING: &str = "\
## Goal

[Who reads it, and what should they know or do afterwards?]

## What is delivered

- [Number] words on [subject], in [language]
- [Headings, summary, sources]
- The right to publish it in [where]

## What I provide

- [Interviews, notes, earlier texts, house style]

## Accepted when

- [Number] rounds of changes are included
- The text is original, and every fact has a source
";

const TRANSLATION: &str = "\
## Goal

[What is the translation for: to read, to print, to sign?]

## What is delivered

- [Number] words from [language] into [language]
- [File format; layout kept or plain text]
- [Certified by a sworn translator: yes or no]

## What I provide

- [The original as a file, a list of terms, earlier translations]

## Accepted when

- A second person has read it
- [Questions and corrections within how many days are included]
";

const MARKETING: &str = "\
## Goal

[Whom should it reach, and what number should change by when?]

## What is delivered

- [The plan, advertisements, posts or letters, with their number]
- [Setting up the accounts and the measuring]
- A report at the end

## What I provide

- [Texts, images, access to accounts, what was tried before]
- [The money for advertisements: included in the price or paid by me]

## Accepted when

- [Everything in the list above is published]
- [The report says what it cost and what it brought]
";

const MEDIA: &str = "\
## Goal

[What is shown or heard, and where will it be used?]

## What is delivered

- [Number of photos, or minutes of video or sound]
- [Edited, with which formats and sizes]
- The rights to use them for [purpose], without limit of time

## What I provide

- [The place, the people, products, a script, music]

## Accepted when

- [Date and place of the recording are kept]
- [Number] rounds of changes are included
";

const BUSINESS: &str = "\
## Goal

[What has to be done, for which business, and for which period?]

## What is delivered

- [The accounts, contract, letters or lists, one a line]
- [In which program or format]
- [Advice: how many hours of questions are included]

## What I provide

- [Documents, access to the bookkeeping, earlier versions]

## Accepted when

- [The office or the bank accepts it]
- [It is complete by which date]
";

const TRADES: &str = "\
## Goal

[What should be repaired, built or installed, and why?]

## What is delivered

- [The work, with sizes and numbers]
- [Taking away the old parts and the waste]
- [A bill that shows material and hours]

## What I provide

- [Material, water, electricity, a place to park, keys]
- [Photos, a plan, the year of the building]

## Accepted when

- [It works or is tight, and was tried together]
- [The warranty is how long]
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaps_that_were_not_filled_are_found_and_no_other_brackets() {
        let template = Template::of(Category::Software);
        let all = open_gaps(&[template.name, template.description]);
        assert!(all.len() > 5, "{all:?}");
        assert_eq!(all[..2], ["[Website, app or tool]", "[whom]"]);
        assert_eq!(
            open_gaps(&[
                "A site for [whom]",
                "- [ ] a [link](https://example.com), [30] days"
            ]),
            ["[whom]", "[30]"]
        );
        assert!(open_gaps(&["A site", "Nothing [sic] left"]).is_empty());
    }
    use crate::project::LIMITS;
    use proptest::prelude::*;

    #[test]
    fn every_template_says_what_a_price_depends_on_and_fits_into_the_form() {
        for category in Category::ALL {
            let Template { name, description } = Template::of(category);
            for heading in [
                "Goal",
                "What is delivered",
                "What I provide",
                "Accepted when",
            ] {
                assert!(
                    description.contains(&format!("## {heading}\n")),
                    "{category:?}: {heading}"
                );
            }
            let (least, most) = LIMITS.name;
            assert!((least..=most).contains(&name.chars().count()), "{name}");
            assert!(description.chars().count() < LIMITS.description.1 / 2);
            assert!(!description.ends_with("\n\n") && !description.contains('\r'));
        }
    }

    #[test]
    fn an_untouched_template_gives_way_to_another_one() {
        let (design, trades) = (
            Template::of(Category::Design),
            Template::of(Category::Trades),
        );
        let sent = design.description.replace('\n', "\r\n");
        assert_eq!(
            with_template(&sent, trades, Insertion::Careful).as_deref(),
            Some(trades.description)
        );
        assert_eq!(name_with_template(design.name, trades), trades.name);
        assert_eq!(name_with_template("A sign", trades), "A sign");
    }

    proptest! {
        #[test]
        fn nothing_typed_is_lost_without_asking(typed in "[ a-z\\n]{0,60}") {
            let template = Template::of(Category::Writing);
            let is_typed = !typed.trim().is_empty();
            let careful = with_template(&typed, template, Insertion::Careful);
            prop_assert_eq!(careful.is_none(), is_typed);
            let both = with_template(&typed, template, Insertion::AtEnd).unwrap_or_default();
            prop_assert!(both.starts_with(typed.trim()) && both.ends_with(template.description));
            let replaced = with_template(&typed, template, Insertion::Replacing);
            prop_assert_eq!(replaced.as_deref(), Some(template.description));
            prop_assert_eq!(name_with_template(&typed, template) == typed, is_typed);
        }
    }
}
