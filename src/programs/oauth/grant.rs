use super::{
    ACCESS_LIFE, Answer, CODE_LIFE, Client, ClientId, DEVICE_LIFE, Denied, GRANT_LIFE,
    REFRESH_LIFE, client,
    store::{grant as store, grant::Grant},
};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    event,
    store::{Connection, Tx},
    token::{self, Issued, Kind, Scopes, Secret},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

/// How many grants a program may have of one account with tokens, and how many that nobody fetched yet: the oldest of the same
/// sort ends when there is one more. What nobody fetches ends nobody's tokens, for whoever can lead a browser here begins
/// as many as he likes.
const MOST_GRANTS: i64 = 50;

/// What a program is given: each is seen this one time.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Good for [`ACCESS_LIFE`].
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub scopes: Scopes,
}

/// A program that the viewer allowed something.
#[derive(Debug, Clone)]
pub struct Allowed {
    pub client: ClientId,
    pub name: String,
    /// Who registered it.
    pub owner_name: String,
    pub scopes: Scopes,
    pub since: OffsetDateTime,
}

/// What the program fetches its first tokens with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fetched {
    ByCode,
    ByDevice,
}

impl Fetched {
    const fn name(self) -> &'static str {
        match self {
            Self::ByCode => "code",
            Self::ByDevice => "device",
        }
    }

    /// How long the program has for it.
    const fn within(self) -> Duration {
        match self {
            Self::ByCode => CODE_LIFE,
            Self::ByDevice => DEVICE_LIFE,
        }
    }
}

/// Why a grant ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// The account took it back.
    TakenBack,
    /// The program gave it back.
    GivenBack,
    CodeReused,
    RefreshTokenReused,
    /// There were too many.
    Superseded,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::TakenBack => "taken_back",
            Self::GivenBack => "given_back",
            Self::CodeReused => "code_reused",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::Superseded => "superseded",
        }
    }
}

/// The programs that the viewer allowed something, newest first, at most 100.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn allowed(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Allowed>> {
    store::allowed(db, viewer.account).await
}

/// Whether the viewer allowed the program anything that still stands, and the program is still what it was then.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn knows(db: &mut Connection, viewer: &Viewer, client: &Client) -> Result<bool> {
    let any = consent(db, viewer, client, Scopes::default()).await?;
    Ok(any.is_some())
}

/// When the viewer last allowed the program all of this, if that still stands. What was allowed before its name, addresses or
/// secret became others was allowed another program.
pub(super) async fn consent(
    db: &mut Connection,
    viewer: &Viewer,
    client: &Client,
    scopes: Scopes,
) -> Result<Option<OffsetDateTime>> {
    store::consent(db, viewer.account, client.id, scopes, GRANT_LIFE).await
}

/// The program's own grant of this number, held until the transaction ends. The program's row is held before the grant's:
/// everybody who holds both takes them in this order. Whoever uses a code or token of the grant at the same moment waits
/// here, and then sees what the first did.
pub(super) async fn hold(tx: &mut Tx<'_>, client: &Client, grant: Option<i64>) -> Answer<Grant> {
    let Some(grant) = grant else {
        return Ok(Err(Denied::InvalidGrant));
    };
    if let Err(denied) = client::hold(tx, client).await? {
        return Ok(Err(denied));
    }
    let grant = store::lock(tx, grant).await?;
    Ok(grant
        .filter(|grant| grant.client == client.id)
        .ok_or(Denied::InvalidGrant))
}

/// The viewer takes back all that it allowed a program.
///
/// # Errors
/// `NotFound` where it allowed that program nothing.
pub async fn take_back(tx: &mut Tx<'_>, viewer: &Viewer, client: ClientId) -> Result<()> {
    let ended = store::end_all(tx, viewer.account, client).await?;
    if ended.is_empty() {
        return Err(Error::NotFound);
    }
    for grant in ended {
        record_end(tx, grant, viewer.account, Ending::TakenBack).await?;
    }
    Ok(())
}

/// The viewer takes back all that it allowed any program.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn take_back_all(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for grant in store::end_all_of(tx, viewer.account).await? {
        record_end(tx, grant, viewer.account, Ending::TakenBack).await?;
    }
    Ok(())
}

/// The viewer allows a program this much, now or when it was asked last; a code or a device has to fetch it.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    client: &Client,
    scopes: Scopes,
    fetched: Fetched,
    consented_at: Option<OffsetDateTime>,
) -> Result<i64> {
    let account = viewer.account;
    let life = fetched.within();
    let grant = store::insert(tx, account, client.id, scopes, life, consented_at).await?;
    event::record(
        tx,
        event::Kind::GrantAllowed,
        None,
        Some(account),
        json!({ "grant": grant, "program": client.id.0, "scopes": scopes.names(), "by": fetched.name() }),
    )
    .await?;
    supersede(tx, account, client.id, false).await?;
    Ok(grant)
}

/// Ends the oldest grants above the limit, of those with tokens or of those without.
async fn supersede(
    tx: &mut Tx<'_>,
    account: AccountId,
    client: ClientId,
    fetched: bool,
) -> Result<()> {
    for old in store::end_oldest(tx, account, client, fetched, MOST_GRANTS).await? {
        record_end(tx, old, account, Ending::Superseded).await?;
    }
    Ok(())
}

/// Gives out an access token for `scopes` and the next refresh token of the grant, which is locked.
pub(super) async fn give_out(
    tx: &mut Tx<'_>,
    client: &Client,
    grant: &Grant,
    scopes: Scopes,
) -> Result<Tokens> {
    let access = give_access(tx, client, grant.account, Some(grant.id), scopes).await?;
    let refresh = Secret::mint(Kind::RefreshToken)?;
    store::add_refresh_token(tx, grant.id, &refresh.hash(), REFRESH_LIFE, GRANT_LIFE).await?;
    if !grant.is_fetched {
        supersede(tx, grant.account, grant.client, true).await?;
    }
    Ok(Tokens {
        access,
        refresh: Some(refresh),
        scopes,
    })
}

pub(super) async fn give_access(
    tx: &mut Tx<'_>,
    client: &Client,
    account: AccountId,
    grant: Option<i64>,
    scopes: Scopes,
) -> Result<Secret> {
    let access = Secret::mint(Kind::AccessToken)?;
    let issued = Issued {
        hash: &access.hash(),
        account,
        client: Some(client.id.0),
        grant,
        name: None,
        hint: None,
        scopes,
        life: ACCESS_LIFE,
    };
    let token = token::insert(tx, &issued).await?;
    event::record(
        tx,
        event::Kind::TokenCreated,
        None,
        Some(account),
        json!({ "token": token.0, "program": client.id.0, "grant": grant, "scopes": scopes.names() }),
    )
    .await?;
    Ok(access)
}

/// Ends the grant, which is locked: every code and token of it is worth nothing once this is committed.
pub(super) async fn end(tx: &mut Tx<'_>, grant: &Grant, why: Ending) -> Result<()> {
    if store::end(tx, grant.id).await? {
        record_end(tx, grant.id, grant.account, why).await?;
    }
    Ok(())
}

async fn record_end(tx: &mut Tx<'_>, grant: i64, account: AccountId, why: Ending) -> Result<()> {
    event::record(
        tx,
        event::Kind::GrantRevoked,
        None,
        Some(account),
        json!({ "grant": grant, "why": why.name() }),
    )
    .await
}
