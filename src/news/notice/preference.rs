//! Which kinds of notices somebody wants, by channel.

use super::{NoticeChannel, NoticeKind};

/// An account's choices, as they differ from the defaults: every kind by every channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    off: Vec<(NoticeKind, NoticeChannel)>,
}

impl Preferences {
    /// All kinds and channels except these. Those that are required stay on.
    #[must_use]
    pub fn without(off: impl IntoIterator<Item = (NoticeKind, NoticeChannel)>) -> Self {
        let off = off
            .into_iter()
            .filter(|(kind, _)| kind.required().is_none());
        Self { off: off.collect() }
    }

    /// What is turned off.
    #[must_use]
    pub fn off(&self) -> &[(NoticeKind, NoticeChannel)] {
        &self.off
    }

    #[must_use]
    pub fn is_on(&self, kind: NoticeKind, channel: NoticeChannel) -> bool {
        !self.off.contains(&(kind, channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_kind_stays_on() {
        let none = Preferences::without(
            NoticeKind::ALL
                .iter()
                .map(|kind| (*kind, NoticeChannel::Email)),
        );
        assert!(none.is_on(NoticeKind::PasswordChanged, NoticeChannel::Email));
        assert!(!none.is_on(NoticeKind::Outbid, NoticeChannel::Email));
        assert!(none.is_on(NoticeKind::Outbid, NoticeChannel::Site));
    }
}
