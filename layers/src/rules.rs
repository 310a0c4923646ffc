//! Which layer may use what. Banning a path bans everything below it.

use super::{Source, paths};

/// What the files in these folders must not use, and why.
pub struct Rule {
    pub folders: &'static [&'static str],
    pub banned: &'static [&'static str],
    pub because: &'static str,
    /// True if stores are exempt: `store.rs` of a capability, and the files of `store/`.
    pub spares_stores: bool,
    /// Exempt files, each with the reason. An exception that is not needed is an error too.
    pub except: &'static [(&'static str, &'static str)],
}

const SQL: &[&str] = &[
    "query!",
    "query_as!",
    "query_scalar!",
    "query_file!",
    "query_file_as!",
    "query_file_scalar!",
    "sqlx::query",
    "sqlx::query_as",
    "sqlx::query_scalar",
    "sqlx::raw_sql",
    "sqlx::QueryBuilder",
    "sqlx::Executor",
];

const OWN_READ: &str = "a large read: its SQL is in the file that uses the rows";

pub const RULES: &[Rule] = &[
    Rule {
        folders: &["server/src/web"],
        banned: &["crate::api"],
        because: "pages and the API do not import each other; put what both need in server/src/state or server/src/http",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["server/src/api"],
        banned: &["crate::web"],
        because: "pages and the API do not import each other; put what both need in server/src/state or server/src/http",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["server/src/web", "server/src/api"],
        banned: &[
            "crate::App",
            "crate::app",
            "crate::router",
            "crate::commands",
            "crate::worker",
        ],
        because: "handlers take the parts they need and do not depend on what assembles them",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &[
            "server/src/cache",
            "server/src/database",
            "server/src/http",
            "server/src/identity",
            "server/src/live",
            "server/src/mail",
            "server/src/markdown",
            "server/src/monitoring",
            "server/src/net",
            "server/src/runtime",
            "server/src/state",
            "server/src/worker",
        ],
        banned: &[
            "crate::api",
            "crate::web",
            "crate::App",
            "crate::app",
            "crate::router",
        ],
        because: "this layer is below the handlers; pass it what it needs as an argument",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["server/src/api"],
        banned: &["leptos", "leptos_axum", "leptos_meta"],
        because: "the API renders no pages",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["src"],
        banned: &[
            "axum",
            "axum_extra",
            "http",
            "http_body",
            "hyper",
            "tower",
            "tower_http",
            "tower_sessions",
            "StatusCode",
            "HeaderMap",
        ],
        because: "the domain knows nothing of HTTP; return what happened, and let the handler render it",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["src"],
        banned: &["leptos", "leptos_axum", "leptos_meta", "app", "server"],
        because: "the domain knows nothing of pages",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["app/src", "server/src"],
        banned: SQL,
        because: "SQL belongs in a store of the domain, src/*/*/store.rs",
        spares_stores: false,
        except: &[(
            "server/src/database/mod.rs",
            "checks PostgreSQL's version before the domain uses it",
        )],
    },
    Rule {
        folders: &["app/src"],
        banned: &["sqlx"],
        because: "pages and islands receive the data they show",
        spares_stores: false,
        except: &[],
    },
    Rule {
        folders: &["src"],
        banned: SQL,
        because: "SQL belongs in the capability's store.rs",
        spares_stores: true,
        except: &[
            (
                "src/base/receipt/legacy.rs",
                "reads tables that a later migration drops, and is removed with them",
            ),
            ("src/market/award/check.rs", OWN_READ),
            ("src/market/award/read.rs", OWN_READ),
            ("src/market/bid/history.rs", OWN_READ),
            ("src/market/bid/read.rs", OWN_READ),
            ("src/market/project/browse.rs", OWN_READ),
            ("src/market/project/list.rs", OWN_READ),
            ("src/market/project/search/fill.rs", OWN_READ),
            ("src/market/project/search/matches.rs", OWN_READ),
            ("src/market/project/search/walk.rs", OWN_READ),
            ("src/market/project/sitemap.rs", OWN_READ),
            (
                "src/market/project/tally.rs",
                "updates the project's count and lowest bid, for every store that changes a bid",
            ),
            ("src/news/event/consumer.rs", OWN_READ),
            ("src/news/event/feed.rs", OWN_READ),
        ],
    },
];

/// True for a capability's store: `store.rs`, or a file in `store/`.
fn is_store(file: &str) -> bool {
    file.starts_with("src/") && (file.ends_with("/store.rs") || file.contains("/store/"))
}

/// The violations, one line each.
pub fn check(rules: &[Rule], sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut used = Vec::new();
    for (file, text) in sources {
        let module = module_of(file);
        let used_paths = match paths::used_paths(text, &module) {
            Ok(used_paths) => used_paths,
            Err(error) => {
                problems.push(format!("{file} is not Rust: {error}"));
                continue;
            }
        };
        for rule in rules.iter().filter(|rule| applies(rule, file)) {
            for found in &used_paths {
                if !rule
                    .banned
                    .iter()
                    .any(|banned| is_below(&found.path, banned))
                {
                    continue;
                }
                if rule.except.iter().any(|(except, _)| except == file) {
                    used.push((rule.because, file.as_str()));
                    continue;
                }
                problems.push(format!(
                    "{file}:{} uses {}: {}.",
                    found.line, found.path, rule.because
                ));
            }
        }
    }
    for rule in rules {
        for (file, reason) in rule.except {
            if !used.contains(&(rule.because, *file)) {
                problems.push(format!(
                    "layers/src/rules.rs: {file} no longer needs an exception ({reason}); remove it."
                ));
            }
        }
    }
    problems
}

fn applies(rule: &Rule, file: &str) -> bool {
    let is_in = |folder: &&str| {
        file.strip_prefix(*folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    rule.folders.iter().any(is_in) && !(rule.spares_stores && is_store(file))
}

/// True if `path` is the banned one or below it. A banned path without a crate is a bare name, such as `StatusCode` or
/// `query!`.
fn is_below(path: &str, banned: &str) -> bool {
    if banned.ends_with('!') || banned.chars().next().is_some_and(char::is_uppercase) {
        return path.split("::").any(|name| name == banned);
    }
    path.strip_prefix(banned)
        .is_some_and(|rest| rest.starts_with("::"))
        || (banned.contains("::") && path == banned)
}

/// The module path of a file from its crate's root.
fn module_of(file: &str) -> Vec<&str> {
    let below = file.split_once("src/").map_or(file, |(_, below)| below);
    let below = below.strip_suffix(".rs").unwrap_or(below);
    let below = below.strip_suffix("/mod").unwrap_or(below);
    match below {
        "lib" | "main" => Vec::new(),
        below => below.split('/').collect(),
    }
}

#[cfg(test)]
mod tests;
