//! Forms as they were sent.
//!
//! A form with more than 100 fields is refused before it is parsed, by counting `&`. `mark` derives the idempotency mark
//! from the form's key, path and fields.

use super::{
    Web,
    failure::{self, Failure},
    saved_form::{self, SavableForm},
    visit::Visit,
};
use crate::http::{request::address, request_body};
use app::form::Form;
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guildhall::{
    Error,
    account::AccountId,
    fairness::Submitter,
    receipt::{Mark, form},
};
use url::form_urlencoded;
use uuid::Uuid;

/// The largest form: a description of 20,000 characters, each four bytes and percent-encoded, plus the other fields.
pub(super) const LARGEST_BODY_BYTES: usize = 512 * 1024;

/// A submitted form.
#[derive(Debug)]
pub(super) struct PostedForm {
    path: String,
    fields: Vec<(String, String)>,
}

/// The maximum number of fields in a form: more than the choice of notifications has, with five channels.
const MAX_FIELDS: usize = 100;

impl PostedForm {
    /// The field's value, or an empty string.
    pub fn get(&self, field: &str) -> &str {
        self.fields
            .iter()
            .find(|(name, _)| name == field)
            .map_or("", |(_, value)| value)
    }

    /// Like [`PostedForm::get`], as an owned string.
    pub fn text(&self, field: &str) -> String {
        self.get(field).to_owned()
    }

    /// Every value of a field that may occur several times, such as checkboxes of one name.
    pub fn all(&self, field: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(name, _)| name == field)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Every field with its value, in the order of the form.
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The mark that identifies repeated submissions of this form.
    ///
    /// # Errors
    /// `Refused(StalePage)` if the form has no key, and so did not come from one of our pages.
    pub fn mark(&self, account: AccountId) -> Result<Mark, Error> {
        form::mark(account, self.get("form_key"), &self.path, &self.fields)
    }

    /// The form as it was sent, with its key, because it is not finished yet.
    pub fn unfinished(&self) -> Form {
        Form::new(self.fields.clone(), self.text("form_key"))
    }

    /// The form to show again, with a new key, because a changed submission is a different one. The values of the
    /// fields in `without` are dropped.
    pub fn again(&self, without: &[&str]) -> Form {
        let remaining = self
            .fields
            .iter()
            .filter(|(name, _)| !without.contains(&name.as_str()))
            .cloned()
            .collect();
        Form::new(remaining, new_key())
    }
}

/// A key for a form about to be rendered.
pub(super) fn new_key() -> String {
    Uuid::new_v4().to_string()
}

/// A form that has not been submitted, with these values.
pub(super) fn fresh(values: &[(&str, String)]) -> Form {
    Form::new(
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        new_key(),
    )
}

impl FromRequest<Web> for PostedForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Web) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        let invalid = || Failure::from(Error::Invalid(Vec::new())).into_response();
        if !request_body::is_form(request.headers()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let (parts, body) = request.into_parts();
        let visit = parts.extensions.get::<Visit>().cloned();
        let client = match &visit {
            Some(visit) => visit.client(),
            None => Submitter::stranger(address(&parts, app.settings.trusted_proxies)),
        };
        let request = Request::from_parts(parts, body);
        let body = request_body::read(request, &app.heavy, client, LARGEST_BODY_BYTES)
            .await
            .map_err(failure::unread)?;
        // Checked before parsing: a field takes as little as two bytes, and parsing half a megabyte of fields takes
        // many milliseconds.
        if body.iter().filter(|byte| **byte == b'&').count() >= MAX_FIELDS {
            return Err(invalid());
        }
        let fields: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
        if fields.iter().any(|(_, value)| value.contains('\0')) {
            return Err(invalid());
        }
        let posted = Self { path, fields };
        if let Some(visit) = &visit {
            visit
                .must_be_sender(posted.get("form_of"))
                .map_err(|e| Failure::from(e).into_response())?;
        }
        if let Some(visit) = visit
            && let Some(page) = saved_form::page_of(&posted)
        {
            let _ = visit.form_page.set(page);
            // A visitor who is asked to sign in, or to confirm the address, finds the form again.
            let viewer = visit.viewer.as_ref();
            if viewer.is_none_or(|viewer| !viewer.has_confirmed_email)
                && let Some(form) = SavableForm::of(&posted)
            {
                let _ = visit.savable_form.set(form);
            }
        }
        Ok(posted)
    }
}
