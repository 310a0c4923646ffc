use super::{
    problem::{Problem, ProblemKind},
    state::Api,
};
use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, Method, request::Parts},
};
use guildhall::{
    Error,
    account::Viewer,
    fairness::Submitter,
    origin::Origin,
    project::ProjectId,
    token::{Caller, Scope},
};
use std::{net::IpAddr, ops::Deref, sync::Arc};

/// An admitted request. Cheap to clone.
#[derive(Clone)]
pub(super) struct Call(Arc<AdmittedCall>);

/// The request's caller and details.
pub(super) struct AdmittedCall {
    pub app: Api,
    /// The caller's network address.
    pub address: IpAddr,
    /// `None` if the request has no token.
    pub caller: Option<Caller>,
    pub method: Method,
    /// The path without the query.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub request_id: String,
}

impl From<AdmittedCall> for Call {
    fn from(admitted: AdmittedCall) -> Self {
        Self(Arc::new(admitted))
    }
}

impl Deref for Call {
    type Target = AdmittedCall;

    fn deref(&self) -> &AdmittedCall {
        &self.0
    }
}

impl Call {
    /// The caller, if the token has this scope.
    pub fn require(&self, scope: Scope) -> Result<&Caller, Problem> {
        let caller = self
            .caller
            .as_ref()
            .ok_or(Problem::from(Error::SignInRequired))?;
        caller.must_have(scope)?;
        Ok(caller)
    }

    /// The request's origin, for limits.
    pub fn origin(&self) -> Origin {
        Origin::of(self.address)
    }

    /// The client that heavy work is done for.
    pub fn client(&self) -> Submitter {
        match &self.caller {
            Some(caller) => Submitter::known(self.address, caller.viewer.account),
            None => Submitter::stranger(self.address),
        }
    }

    /// The viewer of a public resource; `None` unless the token has this scope, which reveals more.
    pub fn viewer(&self, scope: Scope) -> Option<&Viewer> {
        let caller = self.caller.as_ref()?;
        caller.scopes.contains(scope).then_some(&caller.viewer)
    }
}

impl FromRequestParts<Api> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::new(ProblemKind::Unexpected))
    }
}

/// A project's id in the path; an invalid one gives 404.
pub(super) struct ProjectPath(pub ProjectId);

impl FromRequestParts<Api> for ProjectPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Api) -> Result<Self, Problem> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, app).await else {
            return Err(Problem::new(ProblemKind::NotFound));
        };
        // Accept only the canonical spelling, so that each project has one URL.
        text.parse::<i64>()
            .ok()
            .filter(|id| id.to_string() == text)
            .map(|id| Self(ProjectId(id)))
            .ok_or_else(|| Problem::new(ProblemKind::NotFound))
    }
}
