use super::{
    Answer, Denied,
    grant::Tokens,
    redirect::RedirectUri,
    rules::{asked, same},
    store::client as store,
};
use crate::{
    Error, Refusal, Result,
    account::{AccountId, Viewer},
    event,
    field::{self, Check, Problem},
    store::{Connection, Tx},
    token::{self, Scopes, Secret, SecretHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;
use time::OffsetDateTime;

/// How many programs an account may have registered.
pub const MOST_CLIENTS: i64 = 20;
/// How many addresses a program may be led back to.
const MOST_REDIRECT_URIS: usize = 10;

/// A program's number, for its owner's pages; programs themselves go by a name of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientId(pub i64);

/// Whether a program can keep a secret (RFC 6749, section 2.1); chosen when it is registered, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It runs where people can look into it: on their own machine or in their browser.
    Public,
    /// It runs on a server of its owner's.
    Confidential,
}

impl Kind {
    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
        }
    }
}

impl FromStr for Kind {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        [Self::Public, Self::Confidential]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(Problem::NotAChoice)
    }
}

/// A program that somebody registered.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: ClientId,
    /// What the program calls itself by in requests: `client_id`.
    pub public_id: String,
    pub owner: AccountId,
    pub owner_name: String,
    pub name: String,
    pub redirect_uris: Vec<RedirectUri>,
    /// The most it may ask for.
    pub scopes: Scopes,
    /// Whether people may allow it by a code that they type.
    pub device_flow: bool,
    pub created_at: OffsetDateTime,
    /// When its name, addresses or secret last became others.
    pub(super) changed_at: OffsetDateTime,
    pub(super) secret_hash: Option<SecretHash>,
}

impl Client {
    /// Whether it has a secret.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.secret_hash {
            Some(_) => Kind::Confidential,
            None => Kind::Public,
        }
    }

    /// Stands for what people are shown of it: another one once its name, addresses or secret are others.
    #[must_use]
    pub fn version(&self) -> String {
        self.changed_at.unix_timestamp_nanos().to_string()
    }

    /// # Errors
    /// `UnauthorizedClient` unless it was registered for the device flow: else anybody could ask people in the name of any
    /// program that keeps no secret, without being where it leads back to.
    pub const fn must_have_device_flow(&self) -> Result<(), Denied> {
        if self.device_flow {
            Ok(())
        } else {
            Err(Denied::UnauthorizedClient)
        }
    }

    /// Whether it may be led back to this address.
    #[must_use]
    pub fn admits(&self, redirect_uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|own| own.admits(redirect_uri))
    }

    /// Reads the scopes that it asks for.
    ///
    /// # Errors
    /// `InvalidScope` for none, and for more than it was registered with.
    pub fn asks(&self, scopes: &str) -> Result<Scopes, Denied> {
        asked(scopes, self.scopes)
    }
}

/// What somebody typed to register or change a program, found valid.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) redirect_uris: Vec<RedirectUri>,
    pub(super) scopes: Scopes,
    pub(super) device_flow: bool,
}

impl NewClient {
    /// Reads the form: a name, the kind, addresses one a line, the names of scopes, and whether the device flow is ticked.
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
        let redirect_uris = check.take("redirect_uris", parsed_uris(redirect_uris));
        let scopes = check.take("scopes", Scopes::chosen(scopes));
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

/// None is fine: a program for a command line, or one that acts for its owner alone, is led nowhere.
fn parsed_uris(text: &str) -> Result<Vec<RedirectUri>, Problem> {
    let mut uris = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let uri = RedirectUri::parse(line)?;
        if !uris.contains(&uri) {
            uris.push(uri);
        }
        if uris.len() > MOST_REDIRECT_URIS {
            return Err(Problem::TooMany {
                most: MOST_REDIRECT_URIS,
            });
        }
    }
    Ok(uris)
}

/// Registers a program of the viewer's. Its secret, if it can keep one, is seen this one time.
///
/// # Errors
/// `Refused(TooManyPrograms)`.
pub async fn register(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &NewClient,
) -> Result<(ClientId, Option<Secret>)> {
    // Registrations of one account wait for each other, so that two at once can't pass the limit together.
    store::lock_account(tx, viewer.account).await?;
    if store::count(tx, viewer.account).await? >= MOST_CLIENTS {
        return Err(Refusal::TooManyPrograms { most: MOST_CLIENTS }.into());
    }
    let mut bytes = [0_u8; 18];
    getrandom::fill(&mut bytes).map_err(Error::unexpected)?;
    let public_id = format!("program_{}", URL_SAFE_NO_PAD.encode(bytes));
    let secret = match new.kind {
        Kind::Confidential => Some(Secret::mint(token::Kind::ClientSecret)?),
        Kind::Public => None,
    };
    let hash = secret.as_ref().map(Secret::hash);
    let id = store::insert(tx, viewer.account, &public_id, hash.as_ref(), new).await?;
    record(tx, event::Kind::ProgramRegistered, viewer.account, id).await?;
    Ok((id, secret))
}

/// Changes a program of the viewer's; its kind stays. What it may ask for less is gone from its tokens when they are renewed.
///
/// # Errors
/// `NotFound` for one that is not the viewer's.
pub async fn change(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId, new: &NewClient) -> Result<()> {
    if !store::update(tx, viewer.account, id, new).await? {
        return Err(Error::NotFound);
    }
    record(tx, event::Kind::ProgramChanged, viewer.account, id).await
}

/// Replaces the secret of a program of the viewer's; it is seen this one time. The old one is worth nothing from now on,
/// nor are the tokens that the program got for its owner: somebody else may have asked for them.
///
/// # Errors
/// `NotFound` for one that is not the viewer's or keeps no secret.
pub async fn renew_secret(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId) -> Result<Secret> {
    let secret = Secret::mint(token::Kind::ClientSecret)?;
    if !store::set_secret(tx, viewer.account, id, &secret.hash()).await? {
        return Err(Error::NotFound);
    }
    store::revoke_owners_tokens(tx, id).await?;
    record(tx, event::Kind::ProgramSecretRenewed, viewer.account, id).await?;
    Ok(secret)
}

/// Deletes a program of the viewer's: every token it has is worth nothing from now on.
///
/// # Errors
/// `NotFound` for one that is not the viewer's.
pub async fn delete(tx: &mut Tx<'_>, viewer: &Viewer, id: ClientId) -> Result<()> {
    if !store::delete(tx, viewer.account, id).await? {
        return Err(Error::NotFound);
    }
    record(tx, event::Kind::ProgramDeleted, viewer.account, id).await
}

/// The programs that the viewer registered, newest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn owned(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Client>> {
    store::of_account(db, viewer.account).await
}

/// One program that the viewer registered.
///
/// # Errors
/// `NotFound` for one that is not the viewer's.
pub async fn owned_one(db: &mut Connection, viewer: &Viewer, id: ClientId) -> Result<Client> {
    store::one_of_account(db, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)
}

/// The program of this `client_id`, which has proved nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn identified(db: &mut Connection, public_id: &str) -> Result<Option<Client>> {
    // What a database can't hold can be no id.
    if public_id.len() > 100 || public_id.contains('\0') {
        return Ok(None);
    }
    store::by_public_id(db, public_id).await
}

/// How a program says who it is.
#[derive(Debug)]
pub struct Credentials {
    pub client_id: String,
    pub secret: Option<String>,
}

/// The program that these are the credentials of. A public one has no secret and must not send one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn authenticate(db: &mut Connection, credentials: &Credentials) -> Answer<Client> {
    let Some(client) = identified(db, &credentials.client_id).await? else {
        return Ok(Err(Denied::InvalidClient));
    };
    let sent = credentials.secret.as_deref();
    let is_proved = match (&client.secret_hash, sent) {
        (None, None) => true,
        (Some(own), Some(sent)) => Secret::parse(token::Kind::ClientSecret, sent)
            .is_some_and(|sent| same(&sent.hash().0, &own.0)),
        _ => false,
    };
    Ok(if is_proved {
        Ok(client)
    } else {
        Err(Denied::InvalidClient)
    })
}

/// Holds on to the secret that the program proved itself by, until the transaction ends: whoever renews it meanwhile waits,
/// and whoever renewed it first has made the old one worth nothing.
pub(super) async fn hold(tx: &mut Tx<'_>, client: &Client) -> Answer<()> {
    let Some(proved) = &client.secret_hash else {
        return Ok(Ok(()));
    };
    let own = store::lock_secret(tx, client.id).await?;
    let is_same = own.is_some_and(|own| same(&own.0, &proved.0));
    Ok(if is_same {
        Ok(())
    } else {
        Err(Denied::InvalidClient)
    })
}

/// Gives a program a token to act for its own owner (RFC 6749, section 4.4); without scopes, for all it was registered with.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn act_as_owner(
    tx: &mut Tx<'_>,
    client: &Client,
    scopes: Option<&str>,
) -> Answer<Tokens> {
    if client.kind() == Kind::Public {
        return Ok(Err(Denied::UnauthorizedClient));
    }
    let scopes = match scopes.map(|scopes| client.asks(scopes)) {
        None => client.scopes,
        Some(Ok(scopes)) => scopes,
        Some(Err(denied)) => return Ok(Err(denied)),
    };
    if let Err(denied) = hold(tx, client).await? {
        return Ok(Err(denied));
    }
    let access = super::grant::give_access(tx, client, client.owner, None, scopes).await?;
    Ok(Ok(Tokens {
        access,
        refresh: None,
        scopes,
    }))
}

async fn record(
    tx: &mut Tx<'_>,
    kind: event::Kind,
    account: AccountId,
    id: ClientId,
) -> Result<()> {
    event::record(tx, kind, None, Some(account), json!({ "program": id.0 })).await
}
