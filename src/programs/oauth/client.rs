//! Programs that people register, and how they authenticate.
//!
//! - A secret is compared twice: before anything else is read for the request, and again under the row lock before a
//!   token is issued. So a request and a concurrent renewal of the secret take effect one after the other.
//! - The device flow is enabled per program, and off by default. A code works wherever it is typed, so anybody could
//!   start the flow in the name of a program that keeps no secret.
//! - When a program's name, redirect URIs or secret change, it counts as another program: people are asked for consent
//!   again.

use super::{
    OauthError, OauthResult, Refusal,
    grant::IssuedTokens,
    redirect::RedirectUri,
    rules::{constant_time_eq, requested, usable},
    store::client as store,
};
use crate::{
    Error, Result,
    account::{self, AccountId, Role, Viewer},
    event::{self, EventKind},
    field::{self, Check, ValueError},
    random,
    store::{Connection, Tx},
    token::{Scopes, Secret, SecretHash, SecretKind},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;
use time::OffsetDateTime;

/// Maximum number of programs per account.
pub const MAX_CLIENTS: i64 = 20;
/// Maximum number of redirect URIs per program.
const MAX_REDIRECT_URIS: usize = 10;

/// A program's row id, used on its owner's pages. In the protocol, programs use their `client_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientId(pub i64);

/// Whether a program can keep a secret (RFC 6749, section 2.1); chosen at registration and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientType {
    /// Runs where people can inspect it: on their own machine or in their browser.
    Public,
    /// Runs on its owner's server.
    Confidential,
}

impl ClientType {
    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
        }
    }
}

impl FromStr for ClientType {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        [Self::Public, Self::Confidential]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

/// A registered program.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    /// The program's `client_id`.
    pub public_id: String,
    pub owner: AccountId,
    pub owner_name: String,
    pub(super) owner_role: Role,
    pub name: String,
    pub redirect_uris: Vec<RedirectUri>,
    /// The scopes that it may request.
    pub scopes: Scopes,
    /// True if people may authorize it by typing a code (RFC 8628).
    pub device_flow: bool,
    pub created_at: OffsetDateTime,
    /// When its name, redirect URIs or secret last changed.
    pub(super) changed_at: OffsetDateTime,
    pub(super) secret_hash: Option<SecretHash>,
}

impl Client {
    /// Confidential if the program has a secret.
    #[must_use]
    pub const fn kind(&self) -> ClientType {
        match self.secret_hash {
            Some(_) => ClientType::Confidential,
            None => ClientType::Public,
        }
    }

    /// Identifies what people are shown about the program; changes with its name, redirect URIs or secret.
    #[must_use]
    pub fn version(&self) -> String {
        self.changed_at.unix_timestamp_nanos().to_string()
    }

    /// # Errors
    /// `UnauthorizedClient` unless the program is registered for the device flow. Otherwise anybody could request
    /// access in the name of any public program, without controlling its redirect URI.
    pub const fn must_have_device_flow(&self) -> Result<(), OauthError> {
        if self.device_flow {
            Ok(())
        } else {
            Err(OauthError::UnauthorizedClient)
        }
    }

    /// True if the program may redirect to this URI.
    #[must_use]
    pub fn admits(&self, redirect_uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|own| own.admits(redirect_uri))
    }

    /// Parses the requested scopes.
    ///
    /// # Errors
    /// `InvalidScope` for an empty list or a scope the program is not registered with.
    pub fn parse_scopes(&self, scopes: &str) -> Result<Scopes, OauthError> {
        requested(scopes, self.scopes)
    }
}

/// A validated form that registers or changes a program.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub(super) name: String,
    pub(super) kind: ClientType,
    pub(super) redirect_uris: Vec<RedirectUri>,
    pub(super) scopes: Scopes,
    pub(super) device_flow: bool,
}

impl NewClient {
    /// Validates the form: a name, the kind, redirect URIs one per line, scope names, and whether the device flow is
    /// enabled.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong: `name`, `kind`, `redirect_uris`, `scopes`.
    pub fn parse(
        name: &str,
        kind: &str,
        redirect_uris: &str,
        scopes: &[&str],
        device_flow: bool,
    ) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take("name", field::name(name, 2, 80));
        let kind = check.take("kind", kind.parse());
        let redirect_uris = check.take("redirect_uris", parse_uris(redirect_uris));
        let scopes = check.take("scopes", Scopes::from_names(scopes));
        check.finish()?;
        match (name, kind, redirect_uris, scopes) {
            (Some(name), Some(kind), Some(redirect_uris), Some(scopes)) => Ok(Self {
                name,
                kind,
                redirect_uris,
                scopes,
                device_flow,
            }),
            _ => Err(Error::Invalid(Vec::new())),
        }
    }
}

/// An empty list is valid: command-line programs, and programs that act only for their owner, have no redirect URI.
fn parse_uris(text: &str) -> Result<Vec<RedirectUri>, ValueError> {
    let mut uris = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let uri = RedirectUri::parse(line)?;
        if !uris.contains(&uri) {
            uris.push(uri);
        }
        if uris.len() > MAX_REDIRECT_URIS {
            return Err(ValueError::TooMany {
                most: MAX_REDIRECT_URIS,
            });
        }
    }
    Ok(uris)
}

/// Registers a program for the viewer. A confidential program's secret is returned only here.
///
/// # Errors
/// `Refused(TooManyPrograms)`.
pub async fn register(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &NewClient,
) -> Result<(ClientId, Option<Secret>)> {
    // Lock the account so that two concurrent registrations cannot exceed the limit.
    account::lock(tx, viewer.account).await?;
    if store::count(tx, viewer.account).await? >= MAX_CLIENTS {
        return Err(Refusal::TooManyPrograms { most: MAX_CLIENTS }.into());
    }
    let bytes = random::bytes::<18>()?;
    let public_id = format!("program_{}", URL_SAFE_NO_PAD.encode(bytes));
    let secret = match new.kind {
        ClientType::Confidential => Some(Secret::generate(SecretKind::ClientSecret)?),
        ClientType::Public => None,
    };
    let hash = secret.as_ref().map(Secret::hash);
    let id = store::insert(tx, viewer.account, &public_id, hash.as_ref(), new).await?;
    record(tx, EventKind::ProgramRegistered, viewer.account, id).await?;
    Ok((id, secret))
}

/// Changes one of the viewer's programs; its kind stays the same. Scopes removed here disappear from its tokens at the
/// next refresh.
///
/// # Errors
/// `NotFound` if the viewer has no such program.
pub async fn change(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId, new: &NewClient) -> Result<()> {
    if !store::update(tx, viewer.account, id, new).await? {
        return Err(Error::NotFound);
    }
    record(tx, EventKind::ProgramChanged, viewer.account, id).await
}

/// Replaces the secret of one of the viewer's programs; the new one is returned only here. The old secret stops
/// working, and so do the tokens the program obtained for its owner, because somebody else may have requested them.
///
/// # Errors
/// `NotFound` if the viewer has no such program or it is public.
pub async fn renew_secret(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId) -> Result<Secret> {
    let secret = Secret::generate(SecretKind::ClientSecret)?;
    if !store::set_secret(tx, viewer.account, id, &secret.hash()).await? {
        return Err(Error::NotFound);
    }
    store::revoke_owners_tokens(tx, id).await?;
    record(tx, EventKind::ProgramSecretRenewed, viewer.account, id).await?;
    Ok(secret)
}

/// Renews the secrets of all of the viewer's programs, because somebody else may know them. Nobody gets the new ones: the owner
/// renews them again to use the programs.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn renew_all_secrets(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for program in owned(tx, viewer).await? {
        if program.kind() != ClientType::Public {
            renew_secret(tx, viewer, program.id).await?;
        }
    }
    Ok(())
}

/// Deletes one of the viewer's programs and invalidates all its tokens.
///
/// # Errors
/// `NotFound` if the viewer has no such program.
pub async fn delete(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId) -> Result<()> {
    if !store::delete(tx, viewer.account, id).await? {
        return Err(Error::NotFound);
    }
    record(tx, EventKind::ProgramDeleted, viewer.account, id).await
}

/// The viewer's registered programs, newest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn owned(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Client>> {
    store::of_account(db, viewer.account).await
}

/// One of the viewer's registered programs.
///
/// # Errors
/// `NotFound` if the viewer has no such program.
pub async fn owned_by_id(db: &mut Connection, viewer: &Viewer, id: ClientId) -> Result<Client> {
    store::one_of_account(db, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)
}

/// Looks a program up by `client_id` without authenticating it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn find_by_public_id(db: &mut Connection, public_id: &str) -> Result<Option<Client>> {
    // PostgreSQL cannot store NUL in text, so such an id cannot exist.
    if public_id.len() > 100 || public_id.contains('\0') {
        return Ok(None);
    }
    store::by_public_id(db, public_id).await
}

/// How a program authenticates.
#[derive(Debug)]
pub struct Credentials {
    pub client_id: String,
    pub secret: Option<String>,
}

/// Authenticates a program. A public program has no secret and must not send one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn authenticate(db: &mut Connection, credentials: &Credentials) -> OauthResult<Client> {
    let Some(client) = find_by_public_id(db, &credentials.client_id).await? else {
        return Ok(Err(OauthError::InvalidClient));
    };
    let sent = credentials.secret.as_deref();
    let is_proved = match (&client.secret_hash, sent) {
        (None, None) => true,
        (Some(own), Some(sent)) => Secret::parse(SecretKind::ClientSecret, sent)
            .is_some_and(|sent| constant_time_eq(&sent.hash().0, &own.0)),
        _ => false,
    };
    Ok(if is_proved {
        Ok(client)
    } else {
        Err(OauthError::InvalidClient)
    })
}

/// Locks the secret that the program authenticated with until the transaction ends. A concurrent renewal waits; if the
/// secret was renewed first, the old one is rejected.
pub(super) async fn hold(tx: &mut Tx<'_>, client: &Client) -> OauthResult<()> {
    let Some(proved) = &client.secret_hash else {
        return Ok(Ok(()));
    };
    let own = store::lock_secret(tx, client.id).await?;
    let is_same = own.is_some_and(|own| constant_time_eq(&own.0, &proved.0));
    Ok(if is_same {
        Ok(())
    } else {
        Err(OauthError::InvalidClient)
    })
}

/// Issues a token to act for the program's own owner (RFC 6749, section 4.4). Without `scopes`, the token gets every
/// scope the program is registered with. Scopes that the owner's role can't use are left out.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn act_as_owner(
    tx: &mut Tx<'_>,
    client: &Client,
    scopes: Option<&str>,
) -> OauthResult<IssuedTokens> {
    if client.kind() == ClientType::Public {
        return Ok(Err(OauthError::UnauthorizedClient));
    }
    let requested = scopes.map_or(Ok(client.scopes), |scopes| client.parse_scopes(scopes));
    let scopes = match requested.and_then(|scopes| usable(scopes, client.owner_role)) {
        Ok(scopes) => scopes,
        Err(denied) => return Ok(Err(denied)),
    };
    if let Err(denied) = hold(tx, client).await? {
        return Ok(Err(denied));
    }
    let access = super::grant::issue_access_token(tx, client, client.owner, None, scopes).await?;
    Ok(Ok(IssuedTokens {
        access,
        refresh: None,
        scopes,
    }))
}

async fn record(tx: &mut Tx<'_>, kind: EventKind, account: AccountId, id: ClientId) -> Result<()> {
    event::record(tx, kind, None, Some(account), json!({ "program": id.0 })).await
}
