//! The relay: where it is, how to reach it, and how we introduce ourselves.

use super::{
    Failed,
    failure::{Cause, Step},
    with_timeout,
};
use anyhow::{Context, anyhow, bail, ensure};
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use std::{fmt, fs, path::Path, time::Duration};
use url::Url;

/// How long the relay may take for a connection, and for each command. It is nearby, so it needs less than the minutes
/// that RFC 5321 gives a server on the other side of the world.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// How long each of the relay's addresses may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

const EXAMPLE: &str = "smtps://user:password@smtp.example.com:465";

/// How the connection is encrypted.
enum Encryption {
    /// From the first byte.
    Implicit(TlsParameters),
    /// By STARTTLS, or not at all.
    Required(TlsParameters),
    /// By STARTTLS if the relay offers it.
    Opportunistic(TlsParameters),
    None,
}

/// A relay, parsed from its URL.
pub(in crate::mail) struct Relay {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    client_id: ClientId,
    pub(super) command_timeout: Duration,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Relay {
    /// `authority` is the file with another certificate authority.
    ///
    /// # Errors
    /// One sentence on what is wrong, without the URL, which has a password.
    pub fn new(url: &str, authority: Option<&Path>) -> anyhow::Result<Self> {
        let url = Url::parse(url)
            .map_err(|error| anyhow!("SMTP_URL must be a URL such as {EXAMPLE}: {error}"))?;
        let host = host(&url)?;
        let options = Options::of(&url)?;
        let parameters = || tls(&host, authority);
        let (encryption, port) = match (url.scheme(), options.tls.as_deref()) {
            ("smtps", None) => (Encryption::Implicit(parameters()?), 465),
            ("smtp", None | Some("required")) => (Encryption::Required(parameters()?), 587),
            ("smtp", Some("opportunistic")) => (Encryption::Opportunistic(parameters()?), 587),
            ("smtp", Some("none")) => (Encryption::None, 25),
            ("smtps", Some(_)) => {
                bail!("SMTP_URL begins with smtps://, which is always encrypted: remove tls=")
            }
            ("smtp", Some(_)) => {
                bail!("SMTP_URL must have tls=required, tls=opportunistic or tls=none")
            }
            _ => bail!("SMTP_URL must begin with smtps:// or smtp://, such as {EXAMPLE}"),
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            encryption,
            credentials: credentials(&url)?,
            client_id: client_id(&url),
            command_timeout: options.command_timeout,
            host,
        })
    }

    /// A connection that is ready for a message.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let implicit = match &self.encryption {
            Encryption::Implicit(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(CONNECT),
            &self.client_id,
            implicit,
            None,
        );
        let mut connection = with_timeout(self.command_timeout, Step::Connect, connecting).await?;
        self.encrypt(&mut connection).await?;
        self.sign_in(&mut connection).await?;
        Ok(connection)
    }

    async fn encrypt(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Failed> {
        let parameters = match &self.encryption {
            Encryption::Required(parameters) => parameters,
            Encryption::Opportunistic(parameters) if connection.can_starttls() => parameters,
            _ => return Ok(()),
        };
        let starting = connection.starttls(parameters.clone(), &self.client_id);
        with_timeout(self.command_timeout, Step::Connect, starting).await
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Failed> {
        let Some(credentials) = &self.credentials else {
            return Ok(());
        };
        if !connection.is_encrypted() && !self.is_local() {
            let text =
                "the relay offers no encryption, so the password is not sent to it".to_owned();
            return Err(Failed::new(Step::SignIn, Cause::Unsupported(text)));
        }
        let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
        with_timeout(self.command_timeout, Step::SignIn, signing_in).await?;
        Ok(())
    }

    /// True if nobody between us and the relay could eavesdrop.
    fn is_local(&self) -> bool {
        let ip = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    }
}

/// The parameters of the URL.
struct Options {
    tls: Option<String>,
    command_timeout: Duration,
}

impl Options {
    fn of(url: &Url) -> anyhow::Result<Self> {
        let mut options = Self {
            tls: None,
            command_timeout: COMMAND_TIMEOUT,
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                "tls" => options.tls = Some(value.into_owned()),
                "timeout" => {
                    let seconds = value.parse::<u64>().ok();
                    let seconds = seconds.filter(|seconds| (1..=600).contains(seconds));
                    options.command_timeout = seconds
                        .map(Duration::from_secs)
                        .context("SMTP_URL has a timeout that is not 1 to 600 seconds")?;
                }
                other => {
                    bail!("SMTP_URL has the parameter {other:?}; only tls and timeout are known")
                }
            }
        }
        Ok(options)
    }
}

/// The host's name or address, without the brackets of IPv6.
fn host(url: &Url) -> anyhow::Result<String> {
    let host = url.host_str().unwrap_or_default();
    ensure!(
        !host.is_empty(),
        "SMTP_URL must name a host, such as {EXAMPLE}"
    );
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Ok(bare.unwrap_or(host).to_owned())
}

fn credentials(url: &Url) -> anyhow::Result<Option<Credentials>> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from)
            .map_err(|_| anyhow!("SMTP_URL has a user or a password that is not UTF-8"))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => {
            Ok(Some(Credentials::new(decoded(user)?, decoded(password)?)))
        }
        _ => bail!("SMTP_URL must have both a user and a password, or neither"),
    }
}

/// How we introduce ourselves: by the URL's path, or by an address.
fn client_id(url: &Url) -> ClientId {
    match url.path().trim_matches('/') {
        "" => ClientId::default(),
        name => ClientId::Domain(name.to_owned()),
    }
}

fn tls(host: &str, authority: Option<&Path>) -> anyhow::Result<TlsParameters> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = authority {
        let path = file.display();
        let pem = fs::read(file).with_context(|| format!("cannot read SMTP_CA, {path}"))?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|_| anyhow!("SMTP_CA, {path}, has no certificate in PEM format"))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build()
        .context("no secure connections to the relay are possible")
}
