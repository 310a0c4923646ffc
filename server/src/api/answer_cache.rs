//! Caches API answers that need no token: projects (64 MB) and lists (128 MB), as serialized bodies.
//!
//! A caller with a token may have written a moment ago, perhaps through another server, so it gets a read that began
//! after its request. A program without a token can ask for the same with `Cache-Control: no-cache` (RFC 9111, section
//! 5.2.1.4). A project's answer expires at its deadline, even if nothing about the project changed.

use super::{call::Call, json_body::JsonBody, project::ProjectBody};
use crate::cache::read_cache::{Freshness, ReadCache};
use axum::http::header;
use guildhall::{
    Result,
    project::{Project, ProjectId},
};
use std::time::Instant;

/// Maximum size of the cached projects, and of the cached lists.
const PROJECTS_BYTES: u64 = 64 * 1024 * 1024;
const LISTS_BYTES: u64 = 128 * 1024 * 1024;

/// Recent answers about projects.
pub(crate) struct AnswerCache {
    /// `None` for an id that no published project has.
    pub(super) projects: ReadCache<ProjectId, Option<ProjectAnswer>>,
    /// By query string.
    pub(super) lists: ReadCache<String, JsonBody>,
}

impl Default for AnswerCache {
    fn default() -> Self {
        Self {
            projects: ReadCache::new(PROJECTS_BYTES, |_, found: &Option<ProjectAnswer>| {
                found.as_ref().map_or(0, |project| project.answer.weight())
            }),
            lists: ReadCache::new(LISTS_BYTES, |query: &String, found: &JsonBody| {
                query.len() + found.weight()
            }),
        }
    }
}

/// The answer about a project, the same for every caller.
#[derive(Clone)]
pub(super) struct ProjectAnswer {
    pub answer: JsonBody,
    /// The project's deadline, at which this answer becomes wrong. `None` for a project that takes no bids.
    closes: Option<Instant>,
}

impl ProjectAnswer {
    /// The answer from a read that began at `began`.
    pub fn new(project: Project, began: Instant) -> Result<Self> {
        let left = project
            .accepts_bids()
            .then(|| project.deadline - project.now);
        // A deadline beyond what an `Instant` can hold never expires the answer.
        let closes = left.and_then(|left| began.checked_add(left.try_into().ok()?));
        let answer = JsonBody::new(&ProjectBody::from(project), &[])?;
        Ok(Self { answer, closes })
    }

    /// When this answer expires, if the project is known to be unchanged until `unchanged`.
    pub fn until(&self, unchanged: Instant) -> Instant {
        self.closes
            .map_or(unchanged, |closes| closes.min(unchanged))
    }
}

impl Call {
    /// How fresh the answer must be. A caller with a token may have written something just now, perhaps through another
    /// server, and must see it; others can ask for that with `Cache-Control: no-cache` (RFC 9111, section 5.2.1.4).
    pub(super) fn freshness(&self) -> Freshness {
        let directives = self.headers.get_all(header::CACHE_CONTROL).iter();
        let mut directives = directives
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        if self.caller.is_some()
            || directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
        {
            Freshness::Now
        } else {
            Freshness::Recent
        }
    }
}
