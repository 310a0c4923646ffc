use super::{Identity, IdentityId, NewMember, Vouched, rules, store};
use crate::{
    Error, Refusal, Result,
    account::{self, AccountId, Viewer},
    event::{self, Kind},
    store::{Connection, Tx},
};
use serde_json::json;

/// Who it is that a provider vouches for; `None` for somebody who is new here.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn sign_in(tx: &mut Tx<'_>, vouched: &Vouched) -> Result<Option<Viewer>> {
    store::use_by(tx, vouched).await
}

/// Whether the identity opens an account, and so needs no e-mail to make one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn is_known(db: &mut Connection, issuer: &str, subject: &str) -> Result<bool> {
    store::exists(db, issuer, subject).await
}

/// Who proves by an identity that it is still the owner who is signed in to this account. It must open this account and no
/// other: nobody is led from one account into another.
///
/// # Errors
/// `Refused(NotThisAccount)`; the caller must not commit then.
pub async fn confirm(
    tx: &mut Tx<'_>,
    account: AccountId,
    vouched: &Vouched,
    provider: &str,
) -> Result<Viewer> {
    store::use_by(tx, vouched)
        .await?
        .filter(|viewer| viewer.account == account)
        .ok_or_else(|| {
            Refusal::NotThisAccount {
                provider: provider.to_owned(),
            }
            .into()
        })
}

/// What came of a first sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedUp {
    New(Viewer),
    /// The identity was linked in the meantime, by the same form sent twice or in another tab.
    Known(Viewer),
    /// The e-mail has an account already. It is not touched: only who signs in to it may link the identity.
    EmailTaken,
}

/// Opens an account without a password for somebody a provider vouches for.
///
/// # Errors
/// `NotAllowed` without an e-mail that the provider has verified.
pub async fn sign_up(tx: &mut Tx<'_>, vouched: &Vouched, new: &NewMember) -> Result<SignedUp> {
    let email = vouched.email().ok_or(Error::NotAllowed)?;
    if let Some(viewer) = store::use_by(tx, vouched).await? {
        return Ok(SignedUp::Known(viewer));
    }
    let Some(account) = account::insert_without_password(tx, new.role, &new.name, email).await?
    else {
        // By the same form sent at the same moment, or by somebody who has a password.
        return Ok(match store::use_by(tx, vouched).await? {
            Some(viewer) => SignedUp::Known(viewer),
            None => SignedUp::EmailTaken,
        });
    };
    if !store::insert(tx, account, vouched).await? {
        return Err(Refusal::IdentityTaken.into());
    }
    store::use_by(tx, vouched).await?;
    let body = json!({ "role": new.role, "issuer": vouched.issuer });
    event::record(tx, Kind::AccountCreated, None, Some(account), body).await?;
    Ok(SignedUp::New(Viewer {
        account,
        role: new.role,
        name: new.name.clone(),
    }))
}

/// Whether the e-mail that the provider has verified has an account. It is the visitor's own, so saying so tells nothing
/// to strangers.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn email_is_taken(db: &mut Connection, vouched: &Vouched) -> Result<bool> {
    match vouched.email() {
        Some(email) => account::has_email(db, email).await,
        None => Ok(false),
    }
}

/// Links the identity to the viewer's own account. One that is linked to it already stays so.
///
/// # Errors
/// `Refused(IdentityTaken)` when it opens another account, `Refused(TooManyIdentities)`.
pub async fn link(tx: &mut Tx<'_>, viewer: &Viewer, vouched: &Vouched) -> Result<()> {
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
    let body = json!({ "issuer": vouched.issuer });
    event::record(tx, Kind::IdentityLinked, None, Some(viewer.account), body).await
}

/// The viewer's own identities, in the order they were linked in, at most 10.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Identity>> {
    store::of_account(db, viewer.account).await
}

/// Takes an identity off the viewer's account.
///
/// # Errors
/// `NotFound` for what is not the viewer's, `Refused(LastWayIn)` when nothing would open the account any more.
pub async fn unlink(tx: &mut Tx<'_>, viewer: &Viewer, identity: IdentityId) -> Result<()> {
    let has_password = store::lock_has_password(tx, viewer.account).await?;
    let identities = store::count(tx, viewer.account).await?;
    let Some(issuer) = store::delete(tx, viewer.account, identity).await? else {
        return Err(Error::NotFound);
    };
    rules::may_unlink(has_password, identities)?;
    let body = json!({ "issuer": issuer });
    event::record(tx, Kind::IdentityUnlinked, None, Some(viewer.account), body).await
}
