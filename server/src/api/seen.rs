//! What everybody may read, as it was a moment ago.

use super::{call::Call, project::ProjectBody, ready::Ready};
use crate::cache::fresh::{Fresh, Need};
use axum::http::header;
use guildhall::{
    Result,
    project::{Project, ProjectId},
};
use std::time::Instant;

/// How many bytes of projects are kept, and of lists.
const PROJECTS_BYTES: u64 = 64 * 1024 * 1024;
const LISTS_BYTES: u64 = 128 * 1024 * 1024;

/// Answers about projects that were given a moment ago.
pub(crate) struct Seen {
    /// Nothing for a number that no published project has.
    pub(super) projects: Fresh<ProjectId, Option<Told>>,
    /// By the query.
    pub(super) lists: Fresh<String, Ready>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            projects: Fresh::new(PROJECTS_BYTES, |_, found: &Option<Told>| {
                found.as_ref().map_or(0, |told| told.answer.weight())
            }),
            lists: Fresh::new(LISTS_BYTES, |query: &String, found: &Ready| {
                query.len() + found.weight()
            }),
        }
    }
}

/// A project as everybody is told of it.
#[derive(Clone)]
pub(super) struct Told {
    pub answer: Ready,
    /// Its deadline, from which on something else is told.
    closes: Option<Instant>,
}

impl Told {
    /// What was found by a look that began then.
    pub fn new(project: Project, began: Instant) -> Result<Self> {
        let left = project.takes_bids().then(|| project.deadline - project.now);
        // One that is centuries ahead is none.
        let closes = left.and_then(|left| began.checked_add(left.try_into().ok()?));
        let answer = Ready::new(&ProjectBody::from(project), &[])?;
        Ok(Self { answer, closes })
    }

    /// Until when this is what would be told, if nothing about the project changed until then.
    pub fn until(&self, unchanged: Instant) -> Instant {
        self.closes
            .map_or(unchanged, |closes| closes.min(unchanged))
    }
}

impl Call {
    /// How new the answer has to be. Whoever says who it is may have written something just now, perhaps through another
    /// server, and must see it; others can ask for it by `Cache-Control: no-cache` (RFC 9111, section 5.2.1.4).
    pub(super) fn need(&self) -> Need {
        let directives = self.headers.get_all(header::CACHE_CONTROL).iter();
        let mut directives = directives
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        if self.caller.is_some()
            || directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
        {
            Need::Now
        } else {
            Need::Recent
        }
    }
}
