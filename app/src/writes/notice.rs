//! Notices: which are read, and which kinds somebody wants.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::notice::{
        self, MailSchedule, NoticeChannel, NoticeKind, Preferences, TypedSchedule,
    },
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

/// When e-mail is sent, as it was typed and chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleFields {
    pub how_often: String,
    pub digest_time: String,
    pub digest_day: String,
    pub quiet_from: String,
    pub quiet_until: String,
    pub time_zone: String,
}

#[cfg(feature = "ssr")]
impl ScheduleFields {
    fn parse(&self) -> guildhall::Result<MailSchedule> {
        MailSchedule::parse(&TypedSchedule {
            zone: &self.time_zone,
            quiet_from: &self.quiet_from,
            quiet_until: &self.quiet_until,
            frequency: &self.how_often,
            digest_hour: &self.digest_time,
            digest_day: &self.digest_day,
        })
    }
}

/// Stores which kinds of notices the viewer wants. `wanted` has `kind:channel` for each that is on; kinds of the other
/// role are never sent, and required ones stay on. `shown` has the channels that the form offered in addition to those
/// that everybody has; choices for channels that it did not offer stay as they are. Without `schedule` (a form of the
/// previous version), the schedule stays as it is.
///
/// # Errors
/// `SignInRequired`; `Invalid` for a field of the schedule.
#[server(prefix = "/writes", endpoint = "choose-notices", input = Json, output = Json, client = Fetch)]
pub async fn choose_notices(
    wanted: Vec<String>,
    shown: Vec<String>,
    schedule: Option<ScheduleFields>,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let schedule = schedule.map(|fields| fields.parse()).transpose()?;
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
        // Last, because it takes the lock of all writers of notices.
        if let Some(schedule) = &schedule {
            notice::choose_schedule(&mut tx, viewer.account, schedule).await?;
        }
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
