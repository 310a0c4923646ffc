use super::{document::Described, seen::Seen};
use crate::{cache::gathered::Gathered, state::Shared};
use axum::extract::FromRef;
use std::{ops::Deref, sync::Arc};

/// What the endpoints have at hand: what is shared with pages, and parts of their own. A copy is one count more.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    shared: Shared,
    /// What was read a moment ago.
    pub(super) seen: Seen,
    /// Reads projects that are asked for at the same moment together.
    pub(super) gathered: Gathered,
    /// The API, for programs and for people.
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
