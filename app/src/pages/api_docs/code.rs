//! Code blocks that can be scrolled with the keyboard and are highlighted on the server.

use leptos::prelude::*;

/// The language of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Shell,
    Json,
    /// An HTTP message, or part of one.
    Http,
}

/// A code block with a caption.
#[component]
pub(super) fn Code(
    language: Language,
    #[prop(into)] caption: String,
    /// A name for screen readers, if the caption is not enough.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(into)] code: String,
) -> impl IntoView {
    let parts = parts(language, &code)
        .into_iter()
        .map(|(class, text)| match class {
            "" => text.to_owned().into_any(),
            class => view! { <span class=class>{text.to_owned()}</span> }.into_any(),
        })
        .collect_view();
    // Needed because the block can be focused for scrolling.
    let label = label.unwrap_or_else(|| caption.clone());
    let class = if language == Language::Shell {
        "code code-shell"
    } else {
        "code"
    };
    view! {
        <figure class=class>
            <figcaption>{caption}</figcaption>
            <pre tabindex="0" role="group" aria-label=label><code>{parts}</code></pre>
        </figure>
    }
}

/// The code split into tokens with their classes; concatenated, they are the original code.
fn parts(language: Language, code: &str) -> Vec<(&'static str, &str)> {
    let mut parts = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while at < code.len() {
        match token(language, code, at) {
            Some((class, end)) => {
                if plain < at {
                    parts.push(("", &code[plain..at]));
                }
                parts.push((class, &code[at..end]));
                (at, plain) = (end, end);
            }
            None => at += code[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if plain < code.len() {
        parts.push(("", &code[plain..]));
    }
    parts
}

/// The token that starts here, if any: its class and its end.
fn token(language: Language, code: &str, at: usize) -> Option<(&'static str, usize)> {
    let rest = &code[at..];
    let starts_word = code[..at]
        .chars()
        .next_back()
        .is_none_or(|before| !before.is_alphanumeric());
    match (language, rest.chars().next()?) {
        (Language::Shell, '#') if code[..at].ends_with('\n') || at == 0 => {
            Some(("code-note", at + rest.find('\n').unwrap_or(rest.len())))
        }
        (Language::Shell, '$') => Some(("code-name", at + 1 + name_length(&rest[1..]))),
        (_, '"') => {
            let end = at + quoted_length(rest);
            let is_name = language != Language::Http && code[end..].starts_with(':');
            Some((if is_name { "code-name" } else { "code-text" }, end))
        }
        (Language::Http, _) if at == 0 || code[..at].ends_with('\n') => {
            let end = rest.find([':', ' ', '\n']).unwrap_or(rest.len()).max(1);
            Some(("code-name", at + end))
        }
        (Language::Json, first)
            if starts_word
                && (first.is_ascii_digit() || first == '-' || starts_with_literal(rest)) =>
        {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || "+-.".contains(c)))
                .unwrap_or(rest.len());
            Some(("code-number", at + end.max(1)))
        }
        _ => None,
    }
}

fn starts_with_literal(rest: &str) -> bool {
    ["true", "false", "null"]
        .iter()
        .any(|word| rest.starts_with(word))
}

/// The length of the variable name at the start of the text.
fn name_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

/// The length of the quoted text, including the quotes.
fn quoted_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highlighting_keeps_every_character() {
        for (language, code) in [
            (
                Language::Json,
                "{\n  \"a\": [1, -2.5e3, true, null, \"é \\\" :\"]\n}",
            ),
            (
                Language::Shell,
                "# why\ncurl \"$BASE/x\" \\\n  -d '{\"a\": 1}' # ü $",
            ),
            (Language::Http, "HTTP/1.1 201 Created\nETag: W/\"x\"\n\nü"),
            (Language::Json, "\"never closed \\"),
            (Language::Shell, ""),
        ] {
            let whole: String = parts(language, code)
                .iter()
                .map(|(_, text)| *text)
                .collect();
            assert_eq!(whole, code);
        }
    }

    #[test]
    fn names_strings_and_numbers_are_distinguished() {
        let found = parts(Language::Json, "{\"a\": \"b\", \"c\": -1}");
        let of = |class| -> Vec<&str> {
            let of_class = found.iter().filter(|(known, _)| *known == class);
            of_class.map(|(_, text)| *text).collect()
        };
        assert_eq!(of("code-name"), ["\"a\"", "\"c\""]);
        assert_eq!(of("code-text"), ["\"b\""]);
        assert_eq!(of("code-number"), ["-1"]);
    }
}
