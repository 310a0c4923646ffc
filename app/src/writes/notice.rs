//! Notices: which are read, and which kinds somebody wants.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::notice::{self, NoticeChannel, NoticeKind, Preferences},
};

/// Marks one notice as read, and leads to what it is about.
///
/// # Errors
/// `NotFound` for a notice of somebody else, or one that is no longer kept.
#[server(prefix = "/writes", endpoint = "open-notice", input = Json, output = Json, client = Fetch)]
pub async fn open_notice(number: i64) -> Result<String, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        let notice = notice::mark_read(&mut tx, viewer.account, number).await?;
        tx.commit().await?;
        Ok(notice.path())
    })
    .await
}

/// Marks the notices up to this number as read: those that the page showed, not one that has come since.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "mark-notices-read", input = Json, output = Json, client = Fetch)]
pub async fn mark_notices_read(newest: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        notice::mark_all_read(&mut tx, viewer.account, newest).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message: "All your notifications are marked as read.".to_owned(),
            location: "/notices".to_owned(),
        })
    })
    .await
}

/// Stores which kinds of notices the viewer wants. `wanted` has `kind:channel` for each that is on; those of the other
/// role are never sent, and required ones stay on. `shown` has the channels that the form offered beside those that everybody
/// has; the choices for all others stay as they are.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "choose-notices", input = Json, output = Json, client = Fetch)]
pub async fn choose_notices(
    wanted: Vec<String>,
    shown: Vec<String>,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let kinds = NoticeKind::ALL.iter().copied();
        let own = kinds.filter(|kind| kind.audience().includes(viewer.role));
        let was_offered = |channel: &NoticeChannel| {
            NoticeChannel::BASIC.contains(channel)
                || shown.iter().any(|name| name == channel.name())
        };
        let all = own.flat_map(|kind| NoticeChannel::ALL.map(|channel| (kind, channel)));
        let off = all.filter(|(kind, channel)| {
            was_offered(channel) && !wanted.contains(&choice(*kind, *channel))
        });
        let mut tx = context.pool.begin().await?;
        let before = notice::preferences(&mut tx, viewer.account).await?;
        let kept = before.off().iter().copied();
        let kept = kept.filter(|(_, channel)| !was_offered(channel));
        let chosen = Preferences::without(off.chain(kept));
        notice::set_preferences(&mut tx, viewer.account, &chosen).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message: "Your choices are saved.".to_owned(),
            location: "/account/notices".to_owned(),
        })
    })
    .await
}

/// Sends the mail that could not be delivered to the viewer again.
///
/// # Errors
/// `SignInRequired`.
#[server(prefix = "/writes", endpoint = "send-notices-again", input = Json, output = Json, client = Fetch)]
pub async fn send_notices_again() -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let db = &mut *context.pool.acquire().await?;
        notice::send_again(db, Some(viewer.account)).await?;
        Ok(WriteSuccess {
            message: "We are sending your mail again.".to_owned(),
            location: "/account/notices".to_owned(),
        })
    })
    .await
}

/// The value of the checkbox for a kind and a channel.
#[cfg(feature = "ssr")]
#[must_use]
pub fn choice(kind: NoticeKind, channel: NoticeChannel) -> String {
    format!("{}:{}", kind.name(), channel.name())
}
