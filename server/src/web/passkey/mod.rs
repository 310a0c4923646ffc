//! Passkeys: their pages, and signing in with one.
//!
//! The browser's answer arrives in the page's own form, in the field `credential`, because a sign-in sets cookies and leads to
//! another page. Only the challenge of a sign-in is fetched, by an island, because a page may wait long before it is used.

mod account;
mod confirm;
mod sign_in;

pub(super) use sign_in::{begin_sign_in, sign_in, signed_in};

use super::{posted_form::PostedForm, routes::Routes, visit::Visit, visitor_limit::VisitorLimit};
use app::pages::PasskeyPlace;
use guildhall::{
    Error,
    passkey::{Prompt, Refusal, RelyingParty},
};
use std::num::NonZeroU32;

/// Sign-ins that somebody begins by the button, per minute and address. Each stores a row, for five minutes.
const PRESSES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("it is above zero");
/// Offers per minute and address, each valid for an hour. A browser that can offer passkeys in the e-mail field requests
/// one whenever it opens the sign-in page. Offers have a limit of their own, so that an office that opens many pages does
/// not use up the limit of its buttons.
const OFFERS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("it is above zero");

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/passkeys", account::list)
        .post("/account/passkeys", account::begin)
        .get("/account/passkeys/new", account::ask)
        .post("/account/passkeys/new", account::add)
        .get("/account/passkeys/confirm", confirm::ask)
        .post("/account/passkeys/confirm", confirm::confirm)
        .get("/account/passkeys/{id}", account::show)
        .post("/account/passkeys/{id}/name", account::rename)
        .post("/account/passkeys/{id}/remove", account::remove)
}

/// Whether passkeys are made here, and how often a visitor may begin to sign in with one.
pub(super) struct Passkeys {
    /// `None` if the site's address is not a domain name.
    party: Option<RelyingParty>,
    presses: VisitorLimit,
    offers: VisitorLimit,
    /// The site's public URL.
    url: String,
}

impl Passkeys {
    pub fn new(base_url: &str) -> Self {
        Self {
            party: RelyingParty::new(base_url),
            presses: VisitorLimit::per_minute(PRESSES_PER_MINUTE),
            offers: VisitorLimit::per_minute(OFFERS_PER_MINUTE),
            url: base_url.to_owned(),
        }
    }

    /// Where passkeys work, for somebody who reached the site at the host of this visit.
    pub fn place(&self, visit: &Visit) -> PasskeyPlace {
        let Some(party) = &self.party else {
            return PasskeyPlace::Nowhere;
        };
        match &visit.host {
            Some(host) if !party.is_at(host) => PasskeyPlace::Elsewhere(self.url.clone()),
            _ => PasskeyPlace::Here,
        }
    }

    /// True if passkeys work for this visit.
    pub fn is_at(&self, visit: &Visit) -> bool {
        self.place(visit) == PasskeyPlace::Here
    }

    const fn limit(&self, prompt: Prompt) -> &VisitorLimit {
        match prompt {
            Prompt::Button => &self.presses,
            Prompt::Offer => &self.offers,
        }
    }

    /// # Errors
    /// `Refused(NotOffered)`.
    fn party(&self) -> Result<&RelyingParty, Error> {
        self.party
            .as_ref()
            .ok_or_else(|| Refusal::NotOffered.into())
    }
}

/// True if the form has a browser's answer, so that it is not about a password or a code.
pub(super) fn is_in(posted: &PostedForm) -> bool {
    !posted.get("credential").is_empty()
}
