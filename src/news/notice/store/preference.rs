//! What people have turned off.

use super::inbox::kind;
use crate::{
    Result,
    account::AccountId,
    notice::{NoticeChannel, NoticeKind, Preferences},
    store::{Connection, Tx},
};

/// The account's choices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn preferences(db: &mut Connection, account: AccountId) -> Result<Preferences> {
    let rows = sqlx::query!(
        "select kind, channel from notice_off where account_id = $1",
        account.0
    )
    .fetch_all(db)
    .await?;
    let mut off = Vec::new();
    for row in rows {
        let channel = NoticeChannel::ALL
            .into_iter()
            .find(|channel| channel.name() == row.channel);
        if let Some(channel) = channel {
            off.push((kind(&row.kind)?, channel));
        }
    }
    Ok(Preferences::without(off))
}

/// Replaces the account's choices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn set_preferences(
    tx: &mut Tx<'_>,
    account: AccountId,
    chosen: &Preferences,
) -> Result<()> {
    let names = |name: fn(&(NoticeKind, NoticeChannel)) -> &'static str| {
        chosen
            .off()
            .iter()
            .map(|off| name(off).to_owned())
            .collect::<Vec<_>>()
    };
    let (kinds, channels) = (
        names(|(kind, _)| kind.name()),
        names(|(_, channel)| channel.name()),
    );
    // A later version may know more channels.
    let known = NoticeChannel::ALL.map(|channel| channel.name().to_owned());
    sqlx::query!(
        "delete from notice_off where account_id = $1 and channel = any ($2)",
        account.0,
        &known
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into notice_off (account_id, kind, channel)
         select $1, kind, channel from unnest($2::text[], $3::text[]) as off (kind, channel) on conflict do nothing",
        account.0,
        &kinds,
        &channels
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Turns these kinds off for a channel. Does nothing for an account that does not exist.
pub(in crate::news::notice) async fn turn_off(
    db: &mut Connection,
    account: AccountId,
    kinds: &[NoticeKind],
    channel: NoticeChannel,
) -> Result<()> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.name().to_owned()).collect();
    sqlx::query!(
        "insert into notice_off (account_id, kind, channel)
         select a.id, kind, $3 from account a cross join unnest($2::text[]) kind where a.id = $1 on conflict do nothing",
        account.0,
        &kinds,
        channel.name()
    )
    .execute(db)
    .await?;
    Ok(())
}
