use super::{
    PasskeyId, Prompt, REGISTRATION_LIFE, Refusal, RelyingParty, challenge,
    relying_party::{Rejection, State, challenge_in, read},
    rules, store,
};
use crate::{
    Error, Result,
    account::{self, AccountId, Authenticated, Browser, Viewer},
    event::{self, EventKind},
    field::Check,
    store::{Connection, Tx},
};
use serde_json::json;
use sqlx::PgPool;
use webauthn_rs::prelude::{
    Passkey as Credential, PublicKeyCredential, RegisterPublicKeyCredential,
};

/// Validates the name of a passkey.
///
/// # Errors
/// `Invalid` for the field `name`.
pub fn parsed_name(text: &str) -> Result<String> {
    let mut check = Check::default();
    let name = check.take("name", rules::name(text));
    check.finish()?;
    name.ok_or_else(|| Error::Invalid(Vec::new()))
}

/// Checks that the account may have one more passkey.
///
/// # Errors
/// `Refused(TooManyPasskeys)`.
pub async fn must_have_room(db: &mut Connection, account: AccountId) -> Result<()> {
    rules::may_add(store::count(db, account).await?)?;
    Ok(())
}

/// Begins to add a passkey to the viewer's account, in the session with this token: returns the options for the browser, as
/// JSON. The caller must have confirmed that the owner is present.
///
/// # Errors
/// `Refused(TooManyPasskeys)`; `Refused(StalePage)` if the session has ended meanwhile.
pub async fn begin_registration(
    tx: &mut Tx<'_>,
    party: &RelyingParty,
    viewer: &Viewer,
    session: &[u8],
) -> Result<String> {
    let owner = account::find(tx, viewer.account).await?;
    let handle = store::handle(tx, viewer.account).await?;
    must_have_room(tx, viewer.account).await?;
    let existing = store::credential_ids(tx, viewer.account).await?;
    let challenge = party.begin_registration(handle, &owner, existing)?;
    challenge::begin(
        tx,
        session,
        Some(viewer.account),
        &challenge,
        REGISTRATION_LIFE,
    )
    .await
}

/// A passkey that a browser has made for an account, and that is not added yet.
pub struct NewPasskey {
    account: AccountId,
    credential: Credential,
}

/// Verifies the passkey that the browser has made for the viewer. The challenge is used up, whatever comes of it.
///
/// # Errors
/// `Refused(ChallengeOver | AnswerNotVerified | UserNotVerified)`.
pub async fn verify(
    pool: &PgPool,
    party: &RelyingParty,
    viewer: &Viewer,
    session: &[u8],
    answer: &str,
) -> Result<NewPasskey> {
    let answer: RegisterPublicKeyCredential = read(answer)?;
    let challenge = challenge_in(&answer.response.client_data_json)?;
    let state = challenge::take(pool, session, Some(viewer.account), &challenge).await?;
    let State::Registration(state) = state else {
        return Err(Refusal::ChallengeOver.into());
    };
    let verified = party.finish_registration(&answer, &state);
    Ok(NewPasskey {
        account: viewer.account,
        credential: verified.map_err(|Rejection(refusal)| refusal)?,
    })
}

/// Adds a passkey to the account that it was made for.
///
/// # Errors
/// `Refused(PasskeyTaken | TooManyPasskeys)`, `Invalid` for the name; `SignInRequired` if the session has ended meanwhile.
pub async fn add(tx: &mut Tx<'_>, browser: &Browser, new: &NewPasskey, name: &str) -> Result<()> {
    let name = parsed_name(name)?;
    // Locks the account, so that passkeys are added one at a time.
    account::must_be_signed_in(tx, new.account, browser).await?;
    must_have_room(tx, new.account).await?;
    if !store::insert(tx, new.account, &new.credential, &name).await? {
        return Err(Refusal::PasskeyTaken.into());
    }
    record(tx, EventKind::PasskeyAdded, new.account, json!({})).await
}

/// Begins a sign-in in the session with this token: returns the options for the browser, as JSON.
///
/// # Errors
/// `Refused(StalePage)` if the session has ended meanwhile.
pub async fn begin_sign_in(
    tx: &mut Tx<'_>,
    party: &RelyingParty,
    session: &[u8],
    prompt: Prompt,
) -> Result<String> {
    let challenge = party.begin_sign_in()?;
    challenge::begin(tx, session, None, &challenge, prompt.life()).await
}

/// The account that the browser's answer signs in to. The challenge is used up, whatever comes of it.
///
/// # Errors
/// `Refused(ChallengeOver | AnswerNotVerified | UserNotVerified | PasskeyUnknown | PasskeyChanged | PasskeyCopied)`. After the
/// last, the passkey is refused for good, and the owner is told once.
pub async fn sign_in(
    pool: &PgPool,
    party: &RelyingParty,
    session: &[u8],
    answer: &str,
) -> Result<Authenticated> {
    let answer: PublicKeyCredential = read(answer)?;
    let challenge = challenge_in(&answer.response.client_data_json)?;
    let State::SignIn(state) = challenge::take(pool, session, None, &challenge).await? else {
        return Err(Refusal::ChallengeOver.into());
    };
    let handle = party
        .handle(&answer)
        .map_err(|Rejection(_)| Refusal::PasskeyUnknown)?;
    let mut tx: Tx<'_> = pool.begin().await?;
    // Locked, so that the counter is compared with the newest one.
    let found = store::lock(&mut tx, answer.get_credential_id(), handle).await?;
    let mut found = found.ok_or(Refusal::PasskeyUnknown)?;
    match party.finish_sign_in(&answer, state, &mut found.passkey) {
        Ok(()) if found.is_refused => return Err(Refusal::PasskeyCopied.into()),
        Ok(()) => {}
        Err(Rejection(Refusal::PasskeyCopied)) => {
            if !found.is_refused {
                store::refuse(&mut tx, found.id).await?;
                let account = found.authenticated.viewer.account;
                record(&mut tx, EventKind::PasskeyCopied, account, json!({})).await?;
                tx.commit().await?;
            }
            return Err(Refusal::PasskeyCopied.into());
        }
        Err(Rejection(refusal)) => return Err(refusal.into()),
    }
    store::record_use(&mut tx, found.id, &found.passkey).await?;
    tx.commit().await?;
    Ok(found.authenticated)
}

/// Checks that the passkey, which was just used, is one of this account.
///
/// # Errors
/// `Refused(OtherAccountsPasskey)`.
pub fn must_be_of(used: &Authenticated, account: AccountId) -> Result<()> {
    match used.viewer.account == account {
        true => Ok(()),
        false => Err(Refusal::OtherAccountsPasskey.into()),
    }
}

/// Renames one of the viewer's passkeys.
///
/// # Errors
/// `Invalid` for the name, `NotFound` if the viewer has no such passkey.
pub async fn rename(
    db: &mut Connection,
    viewer: &Viewer,
    passkey: PasskeyId,
    name: &str,
) -> Result<()> {
    let name = parsed_name(name)?;
    match store::rename(db, viewer.account, passkey, &name).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Removes one of the viewer's passkeys. The caller must have confirmed that the owner is present. The account keeps its
/// password or its identities.
///
/// # Errors
/// `NotFound` if the viewer has no such passkey; `SignInRequired` if the session has ended meanwhile.
pub async fn remove(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    browser: &Browser,
    passkey: PasskeyId,
) -> Result<()> {
    account::must_be_signed_in(tx, viewer.account, browser).await?;
    if !store::delete(tx, viewer.account, passkey).await? {
        return Err(Error::NotFound);
    }
    let body = json!({ "count": 1 });
    record(tx, EventKind::PasskeyRemoved, viewer.account, body).await
}

/// Removes every passkey of the account, which gets a new password in the same transaction.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn remove_all(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    account::lock(tx, viewer.account).await?;
    match store::delete_all(tx, viewer.account).await? {
        0 => Ok(()),
        // One event, because its letter is about all of them.
        count => {
            let body = json!({ "count": count });
            record(tx, EventKind::PasskeyRemoved, viewer.account, body).await
        }
    }
}

async fn record(
    db: &mut Connection,
    kind: EventKind,
    account: AccountId,
    body: serde_json::Value,
) -> Result<()> {
    event::record(db, kind, None, Some(account), body).await
}
