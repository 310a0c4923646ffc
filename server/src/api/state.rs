use super::{document::Described, seen::Seen};
use crate::{cache::gathered::Gathered, state::Shared};
use axum::extract::FromRef;
use std::{ops::Deref, sync::Arc};

/// The endpoints' state: what they share with pages, and parts of their own. Cloning it only increments a count.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    shared: Shared,
    /// Recently read data.
    pub(super) seen: Seen,
    /// Combines concurrent reads of projects into one query.
    pub(super) gathered: Gathered,
    /// The API description, for programs and for people.
    pub(super) described: Arc<Described>,
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
    pub(crate) fn new(shared: Shared, described: Arc<Described>) -> Self {
        Self(Arc::new(Parts {
            seen: Seen::default(),
            gathered: Gathered::new(shared.pool.clone()),
            described,
            shared,
        }))
    }
}
