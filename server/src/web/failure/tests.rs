use super::*;
use crate::web::layers::origin;
use guildhall::{
    account, account_mail, autosave, bid, calendar_feed, erasure, identity,
    money::{Currency, Money},
    oauth, passkey, project,
    quota::{QuotaKind, QuotaScope, ReachedQuota},
    receipt, saved_search, token, watch, webhook,
};
use std::{collections::HashMap, time::Duration};

fn reached(retry_after: Duration) -> Error {
    Error::QuotaReached(ReachedQuota {
        kind: QuotaKind::Project,
        scope: QuotaScope::Account,
        per_day: 100,
        retry_after,
    })
}

#[test]
fn a_reached_quota_names_its_scope_and_when_to_try_again() {
    let error = reached(Duration::from_secs(864));
    assert_eq!(
        error.to_string(),
        "Your account may publish 100 projects a day and has reached that limit. Nothing was stored; try again in 15 minutes."
    );
    assert_eq!(headers(&error)[header::RETRY_AFTER], "864");
}

#[test]
fn every_error_has_its_status_and_each_code_has_one_meaning() {
    let one = Money::from_minor(1, Currency::Eur);
    let wait = Duration::from_secs(1);
    let named = || "Example ID".to_owned();
    // Capabilities may share a code only if it means the same, because the code is all that a program gets.
    let mut codes = HashMap::new();
    for (error, expected) in [
        (Error::SignInRequired, 401),
        (Error::NotAllowed, 403),
        (Error::ScopeMissing { scope: "x" }, 403),
        (Error::NotFound, 404),
        (Error::Invalid(Vec::new()), 422),
        (bid::Refusal::DeadlinePassed.into(), 405),
        (bid::Refusal::AboveBudget { budget: one }.into(), 422),
        (bid::Refusal::NotLower { own: one }.into(), 422),
        (bid::Refusal::NotOpen.into(), 409),
        (project::Refusal::DeadlinePassed.into(), 405),
        (project::Refusal::NotOpen.into(), 409),
        (project::Refusal::HasBids.into(), 409),
        (project::Refusal::NotADraft.into(), 409),
        (bid::Refusal::NoBid.into(), 409),
        (account::Refusal::EmailUnconfirmed.into(), 409),
        (
            erasure::Refusal::Bound(erasure::Obligation::OpenProject).into(),
            409,
        ),
        (
            erasure::Refusal::Bound(erasure::Obligation::ActiveBid).into(),
            409,
        ),
        (
            erasure::Refusal::Bound(erasure::Obligation::FormerAddress).into(),
            409,
        ),
        (erasure::Refusal::Scheduled.into(), 409),
        (account::Refusal::SessionsEnded.into(), 409),
        (passkey::Refusal::NotOffered.into(), 403),
        (passkey::Refusal::TooManyPasskeys { most: 1 }.into(), 409),
        (passkey::Refusal::ChallengeOver.into(), 422),
        (passkey::Refusal::AnswerNotVerified.into(), 422),
        (passkey::Refusal::UserNotVerified.into(), 422),
        (passkey::Refusal::PasskeyTaken.into(), 409),
        (passkey::Refusal::PasskeyUnknown.into(), 422),
        (passkey::Refusal::PasskeyCopied.into(), 403),
        (passkey::Refusal::PasskeyChanged.into(), 403),
        (passkey::Refusal::OtherAccountsPasskey.into(), 422),
        (account_mail::Refusal::LinkUnknown.into(), 404),
        (account_mail::Refusal::LinkUsed.into(), 409),
        (account_mail::Refusal::LinkExpired.into(), 409),
        (bid::UndoRefusal::NotActive.into(), 409),
        (bid::UndoRefusal::TooLate.into(), 405),
        (bid::UndoRefusal::TooSoon.into(), 409),
        (bid::UndoRefusal::NearDeadline.into(), 405),
        (bid::UndoRefusal::Undone.into(), 409),
        (autosave::Refusal::Sent.into(), 409),
        (autosave::Refusal::OtherWindow.into(), 409),
        (
            bid::UnusuallyLow {
                amount: one,
                comparison: bid::Comparison::Budget { budget: one },
            }
            .into(),
            409,
        ),
        (receipt::Refusal::StalePage.into(), 409),
        (receipt::Refusal::OtherAccount.into(), 403),
        (project::Refusal::TooManyDrafts { most: 1 }.into(), 409),
        (
            project::Refusal::ChangedElsewhere {
                version: project::DraftVersion(2),
            }
            .into(),
            409,
        ),
        (token::Refusal::TooManyTokens { most: 1 }.into(), 409),
        (token::Refusal::MadeAlready { name: named() }.into(), 409),
        (calendar_feed::Refusal::MadeAlready.into(), 409),
        (watch::Refusal::TooManyWatched { most: 200 }.into(), 409),
        (watch::Refusal::Ended.into(), 405),
        (
            saved_search::Refusal::TooManySearches { most: 30 }.into(),
            409,
        ),
        (saved_search::Refusal::NothingToFind.into(), 422),
        (webhook::Refusal::TooManyWebhooks { most: 5 }.into(), 409),
        (webhook::Refusal::TooManyBrowsers { most: 10 }.into(), 409),
        (webhook::Refusal::UnknownBrowser.into(), 409),
        (webhook::Refusal::NoEndpoint.into(), 422),
        (webhook::Refusal::TurnedOff.into(), 409),
        (
            webhook::Refusal::SecretIsNew { retry_after: wait }.into(),
            409,
        ),
        (webhook::Refusal::TooManyWaiting { waiting: 20 }.into(), 409),
        (saved_search::Refusal::StopWordsOnly.into(), 422),
        (
            identity::Refusal::SignInNotFinished { provider: named() }.into(),
            422,
        ),
        (
            identity::Refusal::EmailNotVerified { provider: named() }.into(),
            422,
        ),
        (
            identity::Refusal::ProviderDenied { provider: named() }.into(),
            403,
        ),
        (account::Refusal::SignInAgain.into(), 403),
        (
            identity::Refusal::NotSignedInJustNow { provider: named() }.into(),
            403,
        ),
        (
            identity::Refusal::NotThisAccount { provider: named() }.into(),
            403,
        ),
        (origin::Refusal::OtherSite.into(), 403),
        (identity::Refusal::IdentityTaken.into(), 409),
        (identity::Refusal::TooManyIdentities { most: 1 }.into(), 409),
        (identity::Refusal::LastSignInMethod.into(), 409),
        (account::Refusal::HasPassword.into(), 409),
        (Error::ProviderFailed { provider: named() }, 502),
        (oauth::Refusal::TooManyPrograms { most: 1 }.into(), 409),
        (
            oauth::Refusal::NotForRole {
                role: account::Role::Buyer,
            }
            .into(),
            409,
        ),
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
        let meaning = (error.kind(), error.to_string());
        if let Some(known) = codes.insert(error.code().to_owned(), meaning.clone()) {
            assert_eq!(known, meaning, "{} has two meanings", error.code());
        }
    }
}
