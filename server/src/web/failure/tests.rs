use super::*;
use guildhall::{
    Refusal,
    money::{Currency, Money},
    quota::{self, Reached, Scope},
};
use std::time::Duration;

fn reached(retry_after: Duration) -> Error {
    Error::QuotaReached(Reached {
        kind: quota::Kind::Project,
        scope: Scope::Account,
        per_day: 100,
        retry_after,
    })
}

#[test]
fn a_quota_that_is_reached_says_whose_it_is_and_when_to_try_again() {
    let error = reached(Duration::from_secs(864));
    assert_eq!(
        error.to_string(),
        "Your account may publish 100 projects a day and has reached that limit. Nothing was stored; try again in 15 minutes."
    );
    assert_eq!(headers(&error)[header::RETRY_AFTER], "864");
}

#[test]
fn every_meaning_has_its_status() {
    let one = Money::from_minor(1, Currency::Eur);
    let wait = Duration::from_secs(1);
    let named = || "Example ID".to_owned();
    for (error, expected) in [
        (Error::SignInRequired, 401),
        (Error::NotAllowed, 403),
        (Error::ScopeMissing { scope: "x" }, 403),
        (Error::NotFound, 404),
        (Error::Invalid(Vec::new()), 422),
        (Refusal::DeadlinePassed.into(), 405),
        (Refusal::AboveBudget { budget: one }.into(), 422),
        (Refusal::NotLower { own: one }.into(), 422),
        (Refusal::NotOpen.into(), 409),
        (Refusal::HasBids.into(), 409),
        (Refusal::NotADraft.into(), 409),
        (Refusal::NoBid.into(), 409),
        (Refusal::StalePage.into(), 409),
        (Refusal::TooManyDrafts { most: 1 }.into(), 409),
        (Refusal::TooManyTokens { most: 1 }.into(), 409),
        (Refusal::SignInNotFinished { provider: named() }.into(), 422),
        (Refusal::EmailNotVerified { provider: named() }.into(), 422),
        (Refusal::ProviderDenied { provider: named() }.into(), 403),
        (Refusal::SignInAgain.into(), 403),
        (
            Refusal::NotSignedInJustNow { provider: named() }.into(),
            403,
        ),
        (Refusal::NotThisAccount { provider: named() }.into(), 403),
        (Refusal::OtherSite.into(), 403),
        (Refusal::IdentityTaken.into(), 409),
        (Refusal::TooManyIdentities { most: 1 }.into(), 409),
        (Refusal::LastWayIn.into(), 409),
        (Refusal::HasPassword.into(), 409),
        (Error::ProviderFailed { provider: named() }, 502),
        (Refusal::TooManyPrograms { most: 1 }.into(), 409),
        (Error::TooManyTries { retry_after: wait }, 429),
        (reached(wait), 429),
        (Error::Busy { retry_after: wait }, 503),
        (crate::database::outage::unreachable(false), 503),
        (
            Error::NoSpace {
                what: "bids",
                retry_after: wait,
            },
            503,
        ),
        (Error::unexpected("x"), 500),
    ] {
        assert_eq!(status(&error).as_u16(), expected, "{error:?}");
    }
}
