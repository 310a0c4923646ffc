//! A browser that shows its owner's notices, also while the site is closed.
//!
//! The notices end when the owner is signed out of that browser: by signing out there, by a sign-in with another
//! account, by ending the session elsewhere, by “Sign out everywhere else”, by a new password or e-mail address, or by
//! turning on two-factor authentication. A session that expires ends nothing, because notices matter most to people who
//! are away.

use super::{
    LONGEST_NAME, MAX_BROWSERS, Networks, NewWebhook, PushKeys, Refusal, WebhookFormat, WebhookId,
    WebhookState, WebhookUrl,
    store::{self, browser},
    verbs::record_act,
};
use crate::{
    Error, Result,
    account::{self, Browser, Viewer},
    device::{self, DeviceId},
    event::EventKind,
    field::{self, Check},
    notice::{self, NoticeKind},
    session,
    store::{Connection, Tx},
};

impl NewWebhook {
    /// A browser, from the JSON of its `PushSubscription` (Push API, section 8) and a name such as “Firefox on Linux”.
    ///
    /// # Errors
    /// `Invalid` for `name`; `Refused(NoEndpoint)` if the text is not a subscription, or its address may not be
    /// requested.
    pub fn browser(name: &str, subscription: &str, networks: &Networks) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take("name", field::line(name, 1, LONGEST_NAME));
        check.finish()?;
        let (endpoint, keys) = PushKeys::parse(subscription).ok_or(Refusal::NoEndpoint)?;
        let url = WebhookUrl::parse(&endpoint, networks).map_err(|_| Refusal::NoEndpoint)?;
        Ok(Self {
            name: name.unwrap_or_default(),
            format: WebhookFormat::Push,
            url,
            keys: Some(keys),
        })
    }
}

/// Lets the viewer's browser show their notices, and tells them on the site and by mail, because somebody else may have
/// done it. Ends what the browser showed before, whichever account it was for. A browser that already shows the
/// viewer's notices stays as it is.
///
/// # Errors
/// `SignInRequired` if the session has ended meanwhile; `Refused(UnknownBrowser)` if the session does not name this
/// device, because then ending the session would not end the notices; `Refused(TooManyBrowsers)`.
pub async fn add(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    browser: &Browser,
    new: &NewWebhook,
) -> Result<WebhookId> {
    let account = viewer.account;
    // The lock of all writers of notices comes before those of accounts.
    notice::lock(tx).await?;
    account::lock(tx, account).await?;
    let session = browser.session.ok_or(Error::SignInRequired)?;
    let device = browser.device.ok_or(Refusal::UnknownBrowser)?;
    // A transaction that ends the session waits for this one, and then finds the browser.
    let signed_in = session::device_of(tx, account, session).await?;
    if signed_in.ok_or(Error::SignInRequired)? != Some(device) {
        return Err(Refusal::UnknownBrowser.into());
    }
    let known = device::push_of(tx, device, account).await?;
    let present = known.ok_or(Refusal::UnknownBrowser)?.map(WebhookId);
    if let (Some(present), Some(keys)) = (present, &new.keys)
        && browser::shows(tx, present, &new.url, keys).await?
    {
        return Ok(present);
    }
    if let Some(present) = present {
        store::delete(tx, account, present).await?;
    }
    browser::end_endpoint(tx, &new.url).await?;
    let others = store::of_account(tx, account, None).await?.into_iter();
    let others = others
        .filter(|other| other.format == WebhookFormat::Push && other.state != WebhookState::Gone);
    if i64::try_from(others.count()).unwrap_or(i64::MAX) >= MAX_BROWSERS {
        return Err(Refusal::TooManyBrowsers { most: MAX_BROWSERS }.into());
    }
    let id = store::insert(tx, account, new).await?;
    if !device::set_push(tx, device, account, id.0).await? {
        return Err(Refusal::UnknownBrowser.into());
    }
    notice::tell_of_webhook(tx, account, NoticeKind::PushAdded, &new.name).await?;
    record_act(tx, EventKind::PushAdded, viewer, id).await?;
    Ok(id)
}

/// The webhook of the viewer's notices in this browser, if it shows them.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_device(
    db: &mut Connection,
    viewer: &Viewer,
    device: Option<DeviceId>,
) -> Result<Option<WebhookId>> {
    let Some(device) = device else {
        return Ok(None);
    };
    let shown = device::push_of(db, device, viewer.account).await?;
    Ok(shown.flatten().map(WebhookId))
}
