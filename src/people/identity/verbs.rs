use super::{Identity, IdentityId, NewMember, Refusal, VouchedPerson, rules, store};
use crate::{
    Error, Result,
    account::{self, AccountId, Authenticated, Browser, Viewer},
    event::{self, EventKind},
    store::{Connection, Tx},
};
use serde_json::json;

/// The account of the person a provider vouches for; `None` for a newcomer.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn sign_in(tx: &mut Tx<'_>, vouched: &VouchedPerson) -> Result<Option<Authenticated>> {
    store::use_by(tx, vouched).await
}

/// True if the identity is linked to an account, so that no e-mail is needed to create one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn is_known(db: &mut Connection, issuer: &str, subject: &str) -> Result<bool> {
    store::exists(db, issuer, subject).await
}

/// Confirms through an identity that the owner of the signed-in account is present. The identity must be linked to this
/// account, so that nobody is moved from one account into another.
///
/// # Errors
/// `Refused(NotThisAccount)`; `SignInRequired` if the session has ended meanwhile. The caller must then not commit.
pub async fn confirm(
    tx: &mut Tx<'_>,
    account: AccountId,
    vouched: &VouchedPerson,
    provider: &str,
    browser: &Browser,
) -> Result<Authenticated> {
    account::must_be_signed_in(tx, account, browser).await?;
    store::use_by(tx, vouched)
        .await?
        .filter(|authenticated| authenticated.viewer.account == account)
        .ok_or_else(|| {
            Refusal::NotThisAccount {
                provider: provider.to_owned(),
            }
            .into()
        })
}

/// The outcome of a first sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignUpOutcome {
    New(Authenticated),
    /// The identity has been linked in the meantime, by a second submission of the form or in another tab.
    Known(Authenticated),
    /// An account has confirmed the e-mail. It is left unchanged: only a person signed in to it may link the identity.
    EmailTaken,
}

/// Creates an account without a password for a person a provider vouches for.
///
/// # Errors
/// `NotAllowed` without an e-mail verified by the provider; `Refused(IdentityTaken)` if the identity was linked to
/// another account at the same time.
pub async fn sign_up(
    tx: &mut Tx<'_>,
    vouched: &VouchedPerson,
    new: &NewMember,
) -> Result<SignUpOutcome> {
    let email = vouched.email().ok_or(Error::NotAllowed)?;
    if let Some(known) = store::use_by(tx, vouched).await? {
        return Ok(SignUpOutcome::Known(known));
    }
    let Some(account) = account::insert_without_password(tx, new.role, &new.name, email).await?
    else {
        // The same form submitted concurrently linked the identity, or another account has confirmed the e-mail.
        return Ok(match store::use_by(tx, vouched).await? {
            Some(known) => SignUpOutcome::Known(known),
            None => SignUpOutcome::EmailTaken,
        });
    };
    if !store::insert(tx, account, vouched).await? {
        return Err(Refusal::IdentityTaken.into());
    }
    let authenticated = store::use_by(tx, vouched).await?.ok_or(Error::NotFound)?;
    let body = json!({ "role": new.role, "issuer": vouched.issuer });
    event::record(tx, EventKind::AccountCreated, None, Some(account), body).await?;
    Ok(SignUpOutcome::New(authenticated))
}

/// True if an account has confirmed the e-mail verified by the provider. It is the visitor's own e-mail, so the answer
/// tells strangers nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn email_is_taken(db: &mut Connection, vouched: &VouchedPerson) -> Result<bool> {
    match vouched.email() {
        Some(email) => account::has_email(db, email).await,
        None => Ok(false),
    }
}

/// Links the identity to the viewer's account. Linking it again changes nothing. If the provider has verified the
/// account's own address, that is confirmed.
///
/// # Errors
/// `Refused(IdentityTaken)` if the identity is linked to another account, `Refused(TooManyIdentities)`.
pub async fn link(tx: &mut Tx<'_>, viewer: &Viewer, vouched: &VouchedPerson) -> Result<()> {
    store::lock_has_password(tx, viewer.account).await?;
    match store::owner(tx, vouched).await? {
        Some(owner) if owner == viewer.account => return Ok(()),
        Some(_) => return Err(Refusal::IdentityTaken.into()),
        None => {}
    }
    rules::may_link(store::count(tx, viewer.account).await?)?;
    if !store::insert(tx, viewer.account, vouched).await? {
        return Err(Refusal::IdentityTaken.into());
    }
    if let Some(email) = vouched.email() {
        account::vouch_for_email(tx, viewer.account, email).await?;
    }
    let body = json!({ "issuer": vouched.issuer });
    event::record(
        tx,
        EventKind::IdentityLinked,
        None,
        Some(viewer.account),
        body,
    )
    .await
}

/// The viewer's identities in the order they were linked, at most 10.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Identity>> {
    store::of_account(db, viewer.account).await
}

/// Unlinks every identity from the account, which gets a new password in the same transaction.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn unlink_all(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for identity in store::of_account(tx, viewer.account).await? {
        unlink(tx, viewer, identity.id).await?;
    }
    Ok(())
}

/// Unlinks an identity from the viewer's account.
///
/// # Errors
/// `NotFound` if the viewer has no such identity, `Refused(LastSignInMethod)` if no sign-in method would remain.
pub async fn unlink(tx: &mut Tx<'_>, viewer: &Viewer, identity: IdentityId) -> Result<()> {
    let has_password = store::lock_has_password(tx, viewer.account).await?;
    let identities = store::count(tx, viewer.account).await?;
    let Some(issuer) = store::delete(tx, viewer.account, identity).await? else {
        return Err(Error::NotFound);
    };
    rules::may_unlink(has_password, identities)?;
    let body = json!({ "issuer": issuer });
    event::record(
        tx,
        EventKind::IdentityUnlinked,
        None,
        Some(viewer.account),
        body,
    )
    .await
}
