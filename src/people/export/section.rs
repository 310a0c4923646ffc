use super::store;
use crate::{Error, Result, account::Viewer, store::Connection};
use serde_json::Value;

/// How many rows a batch has.
const BATCH: i64 = 200;

/// Declares the sections in the order of the document, with their names in JSON and their headings.
macro_rules! sections {
    ($($variant:ident = $name:literal, $title:literal;)*) => {
        /// A part of an export.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Section {
            $($variant,)*
        }

        impl Section {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in JSON, which never changes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }
        }
    };
}

sections! {
    Account = "account", "Account";
    Identities = "identities", "Sign-in methods";
    SecondFactor = "two_factor_authentication", "Two-factor authentication";
    Passkeys = "passkeys", "Passkeys";
    Sessions = "sessions", "Sessions";
    Devices = "devices", "Browsers that signed in";
    SignIns = "sign_ins", "Sign-ins";
    Changes = "changes", "Changes to the account";
    Projects = "projects", "Published projects";
    Awards = "awards", "Awards of your projects";
    Drafts = "drafts", "Drafts";
    Autosaves = "autosaves", "What you typed into the form of a project";
    SavedForms = "saved_forms", "Forms that you sent after your session had ended";
    Bids = "bids", "Bids";
    Watches = "watches", "Watched projects";
    SavedSearches = "saved_searches", "Saved searches";
    SearchMatches = "saved_search_matches", "Projects that match your saved searches";
    Notices = "notices", "Notifications";
    NoticesOff = "notices_off", "Notifications that you turned off";
    MailSchedule = "mail_schedule", "When your mail goes out";
    Webhooks = "webhooks", "Webhooks, chats, and browsers that show notifications";
    WebhookAttempts = "webhook_attempts", "The log of your webhooks and browsers";
    Tokens = "access_tokens", "Access tokens";
    Grants = "allowed_apps", "Apps that you allowed";
    Clients = "registered_apps", "Apps that you registered";
    CalendarFeed = "calendar_address", "The private address of your calendar";
    Letters = "letters", "E-mails about your account";
}

/// Where the next batch continues: rows are in the order of two numbers, of which most sections need only the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    section: usize,
    after: (i64, i64),
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            section: 0,
            after: (-1, -1),
        }
    }
}

/// A row of a section: a JSON object with its members in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(super) String);

impl Row {
    /// The object as JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The members in order.
    ///
    /// # Errors
    /// `Unexpected` if it is no object.
    pub fn members(&self) -> Result<Vec<(String, Value)>> {
        let members: Members = serde_json::from_str(&self.0).map_err(Error::unexpected)?;
        Ok(members.0)
    }
}

/// An object's members; a map would lose their order.
struct Members(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Some rows of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub section: Section,
    pub rows: Vec<Row>,
    /// True for the first batch of the section, which may be empty.
    pub is_first: bool,
    /// True for the last batch of the section.
    pub is_last: bool,
}

/// The batch at the cursor, which moves on; `None` at the end. Every section has at least one batch.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn next(
    db: &mut Connection,
    viewer: &Viewer,
    cursor: &mut Cursor,
) -> Result<Option<Batch>> {
    let Some(section) = Section::ALL.get(cursor.section).copied() else {
        return Ok(None);
    };
    let is_first = cursor.after == Cursor::default().after;
    let rows = store::rows(db, section, viewer.account, cursor.after, BATCH).await?;
    let is_last = (rows.len() as i64) < BATCH;
    match rows.last() {
        Some((key, _)) if !is_last => cursor.after = *key,
        _ => {
            *cursor = Cursor {
                section: cursor.section + 1,
                ..Cursor::default()
            };
        }
    }
    Ok(Some(Batch {
        section,
        rows: rows.into_iter().map(|(_, row)| Row(row)).collect(),
        is_first,
        is_last,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let row = Row(r#"{"b":1,"a":{"z":null}}"#.to_owned());
        let members = row.members().expect("an object");
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert!(Row("[]".to_owned()).members().is_err());
    }
}
