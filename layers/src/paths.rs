//! The paths in a source file, such as `crate::api::Who` or `sqlx::query!`, whether in a `use`, in code or in a macro's
//! arguments. Comments and string literals are ignored.

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};
use std::str::FromStr;

/// A path and its line. A path that begins with `self` or `super` is resolved from the crate's root.
#[derive(Debug, PartialEq, Eq)]
pub struct UsedPath {
    pub line: usize,
    pub path: String,
}

/// Every path in `text`, which is the source of `module`.
///
/// # Errors
/// If the text is not Rust.
pub fn used_paths(text: &str, module: &[&str]) -> Result<Vec<UsedPath>, LexError> {
    let module = module.iter().map(|name| (*name).to_owned()).collect();
    let mut reader = Reader {
        module,
        found: Vec::new(),
    };
    reader.read(TokenStream::from_str(text)?);
    Ok(reader.found)
}

struct Reader {
    /// The path of the current module from the crate's root.
    module: Vec<String>,
    found: Vec<UsedPath>,
}

impl Reader {
    fn read(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at..] {
                [
                    TokenTree::Ident(word),
                    TokenTree::Ident(name),
                    TokenTree::Group(body),
                    ..,
                ] if word == "mod" && body.delimiter() == Delimiter::Brace => {
                    self.module.push(name.to_string());
                    self.read(body.stream());
                    self.module.pop();
                    at + 3
                }
                [TokenTree::Ident(_), ..] => self.path(&tokens, at, &[]),
                [TokenTree::Group(group), ..] => {
                    self.read(group.stream());
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Reads the path that begins at the identifier `tokens[at]`; inside the braces of a `use`, `prefix` is what comes
    /// before them. Returns the index of the next token.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, prefix: &[String]) -> usize {
        let mut path = prefix.to_vec();
        let line = tokens[at].span().start().line;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => path.push(name.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.braces(group.stream(), &path);
                    return at + 1;
                }
                // `use a::*`, or generic arguments after `::`.
                _ => break,
            }
            at += 1;
            if !is_double_colon(&tokens[at.min(tokens.len())..]) {
                break;
            }
            at += 2;
        }
        if is_punct(tokens.get(at), '!')
            && !is_punct(tokens.get(at + 1), '=')
            && let Some(last) = path.last_mut()
        {
            last.push('!');
        }
        self.found.push(UsedPath {
            line,
            path: self.resolve(path),
        });
        at
    }

    /// Reads the paths in a `use`'s braces.
    fn braces(&mut self, stream: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Ident(_) => self.path(&tokens, at, prefix),
                TokenTree::Group(group) => {
                    self.braces(group.stream(), prefix);
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// The path, resolved from the crate's root if it begins with `self` or `super`.
    fn resolve(&self, path: Vec<String>) -> String {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let is_relative = supers > 0 || path[0] == "self";
        if !is_relative {
            return path.join("::");
        }
        let above = self.module.len().saturating_sub(supers);
        let below = path
            .into_iter()
            .skip_while(|name| name == "super" || name == "self");
        let mut absolute = vec!["crate".to_owned()];
        absolute.extend(self.module[..above].iter().cloned());
        absolute.extend(below);
        absolute.join("::")
    }
}

fn is_double_colon(tokens: &[TokenTree]) -> bool {
    is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':')
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let used = used_paths(text, &["web", "bid"]).expect("the text is Rust");
        used.into_iter().map(|used| used.path).collect()
    }

    #[test]
    fn paths_are_found_in_braces_in_code_and_in_macros() {
        assert_eq!(
            paths("use crate::{api::{self, Who}, http};"),
            ["use", "crate::api::self", "crate::api::Who", "crate::http"]
        );
        assert!(paths("fn f(who: crate::api::Who) {}").contains(&"crate::api::Who".to_owned()));
        assert!(paths("x! { a = b(crate::api::c()) }").contains(&"crate::api::c".to_owned()));
        assert!(paths("sqlx::query!(\"select 1\")").contains(&"sqlx::query!".to_owned()));
        assert!(paths("a::<crate::api::Who>()").contains(&"crate::api::Who".to_owned()));
    }

    #[test]
    fn comments_and_string_literals_are_ignored() {
        assert_eq!(
            paths("// crate::api\n/// crate::api\nconst A: &str = \"crate::api\";")
                .iter()
                .filter(|path| path.contains("api"))
                .count(),
            0
        );
    }

    #[test]
    fn a_relative_path_is_resolved() {
        assert!(paths("use super::super::api::Who;").contains(&"crate::api::Who".to_owned()));
        assert!(
            paths("mod tests { use super::super::super::api; }").contains(&"crate::api".to_owned())
        );
        assert!(paths("use self::part::A;").contains(&"crate::web::bid::part::A".to_owned()));
    }

    #[test]
    fn the_line_is_where_the_path_begins() {
        let used = used_paths("use crate::{\n    http,\n    api::Who,\n};", &[])
            .expect("the text is Rust");
        let who = used.iter().find(|used| used.path == "crate::api::Who");
        assert_eq!(who.map(|used| used.line), Some(3));
    }
}
