//! The providers' file: TOML with one `[[provider]]` table per provider. The first mistake is reported at startup, in
//! one sentence.

use anyhow::{Context, bail, ensure};
use guildhall::field;
use oauth2::ClientSecret;
use serde::Deserialize;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};
use url::{Host, Url};

/// The maximum number of providers.
const MAX_PROVIDERS: usize = 10;
const GOOGLE: &str = "https://accounts.google.com";
const GITHUB: &str = "https://github.com";

/// A validated provider configuration.
#[derive(Debug)]
pub(super) struct ProviderEntry {
    pub slug: String,
    pub label: String,
    pub kind: ProviderKind,
    pub client_id: String,
    pub client_secret: ClientSecret,
    pub scopes: Vec<String>,
}

/// The kind of a provider, and its URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProviderKind {
    /// OpenID Connect, configured by discovery from this issuer.
    OpenId { issuer: String },
    /// GitHub's OAuth 2, at this base URL without a trailing slash.
    GitHub { base_url: String },
}

impl ProviderEntry {
    /// The issuer under which its subjects are stored.
    pub fn issuer(&self) -> &str {
        match &self.kind {
            ProviderKind::OpenId { issuer } => issuer,
            ProviderKind::GitHub { base_url } => base_url,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<ProviderConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderConfig {
    slug: String,
    label: Option<String>,
    preset: Option<Preset>,
    kind: Option<ProviderKindConfig>,
    issuer: Option<String>,
    base_url: Option<String>,
    client_id: String,
    client_secret: Option<ClientSecret>,
    client_secret_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Preset {
    Google,
    GitHub,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ProviderKindConfig {
    Oidc,
}

/// Parses the file. Relative paths of secret files are resolved in `folder`.
pub(super) fn parse(text: &str, folder: &Path) -> anyhow::Result<Vec<ProviderEntry>> {
    // Displaying the error would quote the line, which may contain a secret; use only its number and the bare message.
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| text[..span.start].lines().count().max(1));
        anyhow::anyhow!("line {line}: {}", error.message())
    })?;
    ensure!(
        file.provider.len() <= MAX_PROVIDERS,
        "it has {} providers; at most {MAX_PROVIDERS} are allowed",
        file.provider.len()
    );
    let mut entries: Vec<ProviderEntry> = Vec::new();
    for config_entry in file.provider {
        let slug = config_entry.slug.clone();
        let entry =
            entry(config_entry, folder).with_context(|| format!("the provider {slug:?}"))?;
        if entries.iter().any(|other| other.slug == entry.slug) {
            bail!("two providers have the slug {slug:?}");
        }
        if let Some(other) = entries.iter().find(|o| o.issuer() == entry.issuer()) {
            bail!(
                "the providers {:?} and {slug:?} have the same issuer, {}; keep one of them",
                other.slug,
                entry.issuer()
            );
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(config_entry: ProviderConfig, folder: &Path) -> anyhow::Result<ProviderEntry> {
    let is_valid_slug = (1..=30).contains(&config_entry.slug.len())
        && config_entry
            .slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    ensure!(
        is_valid_slug,
        "its slug must be 1 to 30 of the characters a-z, 0-9 and -"
    );
    let kind = kind(&config_entry)?;
    let label = match (config_entry.label, config_entry.preset) {
        (Some(label), _) => label,
        (None, Some(Preset::Google)) => "Google".to_owned(),
        (None, Some(Preset::GitHub)) => "GitHub".to_owned(),
        (None, None) => bail!("it needs a label, the text of its button"),
    };
    let label = field::name(&label, 1, 40).map_err(|problem| {
        anyhow::anyhow!("its label must be 1 to 40 plain characters: {problem}")
    })?;
    ensure!(
        (1..=500).contains(&config_entry.client_id.len()),
        "its client_id must be 1 to 500 characters"
    );
    let default_scopes: &[&str] = match &kind {
        ProviderKind::OpenId { .. } => &["openid", "email", "profile"],
        ProviderKind::GitHub { .. } => &["read:user", "user:email"],
    };
    let scopes = config_entry.scopes.unwrap_or_else(|| {
        default_scopes
            .iter()
            .map(|scope| (*scope).to_owned())
            .collect()
    });
    let is_valid_scope = |scope: &String| {
        (1..=100).contains(&scope.len()) && scope.bytes().all(|b| b.is_ascii_graphic())
    };
    ensure!(
        scopes.len() <= 20 && scopes.iter().all(is_valid_scope),
        "its scopes must be at most 20 names without spaces"
    );
    ensure!(
        matches!(kind, ProviderKind::GitHub { .. }) || scopes.iter().any(|scope| scope == "openid"),
        "its scopes must include \"openid\""
    );
    Ok(ProviderEntry {
        slug: config_entry.slug,
        label,
        kind,
        client_id: config_entry.client_id,
        client_secret: secret(
            config_entry.client_secret,
            config_entry.client_secret_file,
            folder,
        )?,
        scopes,
    })
}

fn kind(config_entry: &ProviderConfig) -> anyhow::Result<ProviderKind> {
    let (issuer, base_url) = (&config_entry.issuer, &config_entry.base_url);
    let only_for_github = "base_url is only for the preset \"github\"";
    match (config_entry.preset, config_entry.kind) {
        (Some(Preset::Google), None) => {
            ensure!(base_url.is_none(), only_for_github);
            ensure!(issuer.is_none(), "the preset sets the issuer; remove it");
            Ok(ProviderKind::OpenId {
                issuer: GOOGLE.to_owned(),
            })
        }
        (Some(Preset::GitHub), None) => {
            ensure!(issuer.is_none(), "the preset has no issuer; remove it");
            let base_url = base_url.as_deref().unwrap_or(GITHUB).trim_end_matches('/');
            check_url("base_url", base_url)?;
            Ok(ProviderKind::GitHub {
                base_url: base_url.to_owned(),
            })
        }
        (None, Some(ProviderKindConfig::Oidc)) => {
            ensure!(base_url.is_none(), only_for_github);
            let issuer = issuer.as_deref().context("it needs an issuer")?;
            check_url("issuer", issuer)?;
            Ok(ProviderKind::OpenId {
                issuer: issuer.to_owned(),
            })
        }
        _ => bail!("it needs either preset = \"google\" or \"github\", or kind = \"oidc\""),
    }
}

fn secret(
    inline: Option<ClientSecret>,
    file: Option<PathBuf>,
    folder: &Path,
) -> anyhow::Result<ClientSecret> {
    let secret = match (inline, file) {
        (Some(secret), None) => secret,
        (None, Some(file)) => {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).with_context(|| {
                format!("its client_secret_file {} cannot be read", path.display())
            })?;
            ClientSecret::new(text.trim().to_owned())
        }
        _ => bail!("it needs either a client_secret or a client_secret_file"),
    };
    ensure!(
        (1..=2000).contains(&secret.secret().len()),
        "its client secret must be 1 to 2000 characters"
    );
    Ok(secret)
}

fn check_url(what: &str, text: &str) -> anyhow::Result<()> {
    let url = Url::parse(text).with_context(|| format!("its {what} is not a valid URL"))?;
    ensure!(
        text.len() <= 500
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none(),
        "its {what} must be a URL of at most 500 characters without a query, a fragment or a user name"
    );
    ensure!(
        url.scheme() == "https" || is_loopback_http(&url),
        "its {what} must start with https://; http:// is allowed only for this machine"
    );
    Ok(())
}

/// True for plain HTTP to this machine, which nobody else can read.
pub(super) fn is_loopback_http(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Vec<ProviderEntry>> {
        parse(text, Path::new("/nonexistent"))
    }

    fn one(fields: &str) -> anyhow::Result<ProviderEntry> {
        read(&format!("[[provider]]\nslug = \"x\"\n{fields}")).map(|mut entries| entries.remove(0))
    }

    const SECRETS: &str = "client_id = \"id\"\nclient_secret = \"hush-hush\"\n";

    #[test]
    fn presets_provide_the_usual_settings() {
        let google = one(&format!("preset = \"google\"\n{SECRETS}")).unwrap();
        assert_eq!(google.label, "Google");
        assert_eq!(google.issuer(), GOOGLE);
        assert_eq!(google.scopes, ["openid", "email", "profile"]);
        let github = one(&format!("preset = \"github\"\n{SECRETS}")).unwrap();
        assert_eq!(github.label, "GitHub");
        assert_eq!(github.issuer(), GITHUB);
        assert_eq!(github.scopes, ["read:user", "user:email"]);
        let own = one(&format!(
            "preset = \"github\"\nbase_url = \"https://git.example/\"\n{SECRETS}"
        ));
        assert_eq!(own.unwrap().issuer(), "https://git.example");
    }

    #[test]
    fn a_mistake_is_reported_without_printing_the_secret() {
        let oidc = "kind = \"oidc\"\nlabel = \"X\"\n";
        for (fields, message) in [
            (
                "preset = \"google\"\nclient_id = \"id\"\n".to_owned(),
                "client_secret",
            ),
            (format!("{SECRETS}label = \"X\"\n"), "either preset"),
            (
                format!("preset = \"google\"\nkind = \"oidc\"\n{SECRETS}"),
                "either preset",
            ),
            (
                format!("preset = \"google\"\nissuer = \"https://x.example\"\n{SECRETS}"),
                "remove it",
            ),
            (format!("preset = \"yahoo\"\n{SECRETS}"), "yahoo"),
            (
                format!("preset = \"google\"\ncolour = 1\n{SECRETS}"),
                "colour",
            ),
            (format!("{oidc}{SECRETS}"), "needs an issuer"),
            (
                format!("kind = \"oidc\"\nissuer = \"https://x.example\"\n{SECRETS}"),
                "label",
            ),
            (
                format!("{oidc}issuer = \"http://x.example\"\n{SECRETS}"),
                "https://",
            ),
            (
                format!("{oidc}issuer = \"https://x.example?a\"\n{SECRETS}"),
                "without a query",
            ),
            (
                format!("{oidc}issuer = \"https://x.example\"\nscopes = [\"email\"]\n{SECRETS}"),
                "openid",
            ),
            (
                format!(
                    "{oidc}issuer = \"https://x.example\"\nclient_id = \"id\"\nclient_secret_file = \"s\"\n"
                ),
                "cannot be read",
            ),
        ] {
            let error = format!("{:#}", one(&fields).expect_err(&fields));
            assert!(error.contains(message), "{error}");
            assert!(!error.contains("hush-hush"), "{error}");
        }
        for slug in ["", "Google", "a b", "a/b", &"x".repeat(31)] {
            let text = format!("[[provider]]\nslug = \"{slug}\"\npreset = \"google\"\n{SECRETS}");
            assert!(read(&text).is_err(), "{slug:?}");
        }
    }

    #[test]
    fn providers_must_be_distinct_and_at_most_ten() {
        let config_entry = |slug: &str, host: u8| {
            format!(
                "[[provider]]\nslug = \"{slug}\"\nlabel = \"X\"\nkind = \"oidc\"\nissuer = \"https://{host}.example\"\n{SECRETS}"
            )
        };
        let twice = format!("{}{}", config_entry("a", 1), config_entry("a", 2));
        assert!(format!("{:#}", read(&twice).unwrap_err()).contains("the slug"));
        let same = format!("{}{}", config_entry("a", 1), config_entry("b", 1));
        assert!(format!("{:#}", read(&same).unwrap_err()).contains("the same issuer"));
        let many: String = (0..11).map(|n| config_entry(&format!("p{n}"), n)).collect();
        assert!(format!("{:#}", read(&many).unwrap_err()).contains("at most 10"));
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn plain_http_is_allowed_only_for_this_machine() {
        for (url, good) in [
            ("http://127.0.0.1:4000", true),
            ("http://localhost:4000", true),
            ("http://[::1]:4000", true),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example", false),
            ("http://10.0.0.1", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_loopback_http(&Url::parse(url).unwrap()), good, "{url}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let entry = one(&format!("preset = \"google\"\n{SECRETS}")).unwrap();
        assert!(!format!("{entry:?}").contains("hush-hush"));
        let unclosed = read("[[provider]]\nclient_secret = \"hush-hush\nslug = 1").unwrap_err();
        assert!(
            !format!("{unclosed:#}").contains("hush-hush"),
            "{unclosed:#}"
        );
    }
}
