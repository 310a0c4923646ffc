//! Notices about events that concern an account's security.

use super::{
    NoticeFacts, NoticeKind,
    store::auction,
    verbs::{NewNotice, Placed},
};
use crate::{
    Result,
    event::{EventKind, consumer::Event},
    store::Tx,
};

const fn kind_of(event: EventKind) -> Option<NoticeKind> {
    Some(match event {
        EventKind::BrowserAdded => NoticeKind::NewSignIn,
        EventKind::PasswordChanged => NoticeKind::PasswordChanged,
        EventKind::EmailChanged => NoticeKind::EmailChanged,
        EventKind::IdentityLinked => NoticeKind::IdentityLinked,
        EventKind::IdentityUnlinked => NoticeKind::IdentityUnlinked,
        EventKind::SecondFactorEnabled => NoticeKind::SecondFactorEnabled,
        EventKind::SecondFactorDisabled => NoticeKind::SecondFactorDisabled,
        EventKind::RecoveryCodesRenewed => NoticeKind::RecoveryCodesRenewed,
        EventKind::RecoveryCodeUsed => NoticeKind::RecoveryCodeUsed,
        EventKind::WrongCodesEntered => NoticeKind::WrongCodesEntered,
        EventKind::PasskeyAdded => NoticeKind::PasskeyAdded,
        EventKind::PasskeyRemoved => NoticeKind::PasskeyRemoved,
        EventKind::PasskeyCopied => NoticeKind::PasskeyCopied,
        EventKind::GrantAllowed => NoticeKind::AppAllowed,
        _ => return None,
    })
}

pub(super) async fn notices(tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Placed>> {
    let mut notices = Vec::new();
    for (place, event) in events.iter().enumerate() {
        // An app that was allowed before may get another grant without asking again.
        let is_silent = event.kind == EventKind::GrantAllowed && event.body["asked"] == false;
        let kind = kind_of(event.kind);
        let Some(kind) = kind.filter(|_| !is_silent) else {
            continue;
        };
        let Some(account) = event.account else {
            continue;
        };
        let app = match event.body["program"].as_i64() {
            Some(app) => auction::app_name(tx, app).await?,
            None => None,
        };
        let notice = NewNotice {
            account,
            project: None,
            facts: NoticeFacts {
                app,
                passkeys: event.body["count"].as_i64().and_then(|n| n.try_into().ok()),
                ..NoticeFacts::default()
            },
        };
        notices.push((place, kind, notice));
    }
    Ok(notices)
}
