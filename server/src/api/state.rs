use super::{answer_cache::AnswerCache, document::ApiDescription};
use crate::{cache::project_reads::ProjectReads, state::Shared};
use axum::extract::FromRef;
use std::{ops::Deref, sync::Arc};

/// The endpoints' state: what they share with pages, and parts of their own. Cloning it only increments a count.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    shared: Shared,
    pub(super) answers: AnswerCache,
    /// Combines concurrent reads of projects into one query.
    pub(super) project_reads: ProjectReads,
    /// The API description, for programs and for people.
    pub(super) description: Arc<ApiDescription>,
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Deref for Parts {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl FromRef<Api> for Shared {
    fn from_ref(api: &Api) -> Self {
        api.shared.clone()
    }
}

impl Api {
    pub(crate) fn new(shared: Shared, description: Arc<ApiDescription>) -> Self {
        Self(Arc::new(Parts {
            answers: AnswerCache::default(),
            project_reads: ProjectReads::new(shared.pool.clone()),
            description,
            shared,
        }))
    }
}
