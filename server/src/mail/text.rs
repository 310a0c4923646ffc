//! The text part of a letter: at most 76 columns, addresses whole on lines of their own.

use super::letter::{Block, Fact, Item, Link};
use textwrap::{
    Options, WordSeparator, WordSplitter,
    core::{Word, break_words, display_width},
    fill,
};

/// Many programs show mail in 80 columns and quote it with two more characters per reply (RFC 5322, section 2.1.1 asks
/// for at most 78).
const COLUMNS: usize = 76;

/// The contents of the text part. All texts are single lines.
pub(super) struct TextPart<'a> {
    pub home: &'a str,
    pub blocks: &'a [Block],
    pub button: Option<&'a Link>,
    pub why: &'a str,
    pub footer: &'a [Link],
}

impl TextPart<'_> {
    pub fn render(&self) -> String {
        let mut parts: Vec<String> = self.blocks.iter().map(block).collect();
        parts.extend(self.button.map(link));
        parts.push(format!("-- \n{}", self.footer()));
        let mut text = parts.join("\n\n");
        text.push('\n');
        text
    }

    fn footer(&self) -> String {
        let mut parts = vec![wrap(self.why, "", "")];
        parts.extend(self.footer.iter().map(link));
        parts.push(format!("Guildhall, {}", self.home));
        parts.join("\n")
    }
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => heading(text),
        Block::Paragraph(text) => wrap(text, "", ""),
        Block::Facts(facts) => facts.iter().map(fact).collect::<Vec<_>>().join("\n"),
        Block::Items(items) => items.iter().map(item).collect::<Vec<_>>().join("\n\n"),
    }
}

fn heading(text: &str) -> String {
    let lines = wrap(text, "", "");
    let widest = lines.lines().map(display_width).max();
    // A whole address may be wider than the column.
    let underline = "=".repeat(widest.unwrap_or_default().min(COLUMNS));
    format!("{lines}\n{underline}")
}

fn fact(fact: &Fact) -> String {
    wrap(&format!("{}: {}", fact.label, fact.value), "", "  ")
}

fn item(item: &Item) -> String {
    let mut lines = vec![wrap(&item.link.text, "* ", "  ")];
    if !item.detail.is_empty() {
        lines.push(wrap(&item.detail, "  ", "  "));
    }
    lines.push(format!("  {}", item.link.url));
    lines.join("\n")
}

fn link(link: &Link) -> String {
    format!("{}\n{}", wrap(&format!("{}:", link.text), "", ""), link.url)
}

/// The text in lines of at most [`COLUMNS`], the first and the others with these prefixes.
fn wrap(text: &str, first: &str, others: &str) -> String {
    let options = Options::new(COLUMNS)
        .initial_indent(first)
        .subsequent_indent(others)
        .word_separator(WordSeparator::Custom(split_words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    fill(text, options)
}

/// Splits at the places where a line may be broken (Unicode Standard Annex 14), and anywhere in a longer word, but never
/// within an address, which programs make a link only if it is whole.
fn split_words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    const LONGEST_WORD: usize = COLUMNS - 4;
    Box::new(line.split_inclusive(' ').flat_map(|chunk| {
        if chunk.contains("://") {
            return vec![Word::from(chunk)];
        }
        let words = WordSeparator::UnicodeBreakProperties.find_words(chunk);
        break_words(words, LONGEST_WORD)
    }))
}
