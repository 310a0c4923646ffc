//! The private address with an account's deadlines, and the page that creates it.
//!
//! A new address is shown in the answer to its form, with `Cache-Control: no-store`. A redirect would need a place that
//! keeps the secret. The secret is in the query, which is not logged.

use super::{
    KIND,
    entry::{CalendarEntry, calendar},
};
use crate::{
    http::conditional,
    web::{
        failure::{Failure, RefusedForm},
        posted_form::{PostedForm, fresh},
        saved_form,
        success::{redirect_after, uncached},
        visit::Visit,
        writes::context,
    },
};
use app::{
    form::Form,
    pages::CalendarPage,
    writes::{self, make_calendar_feed, revoke_calendar_feed},
};
use axum::{extract::Query, http::HeaderMap, response::Response};
use guildhall::{
    Error,
    account::Role,
    bid::{self, Standing, StandingBid},
    calendar_feed,
    project::{self, OwnProgress, SellerProject},
};
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// How long a deadline stays in the calendar after it has passed.
const RETENTION: Duration = Duration::days(90);

/// `GET /calendar.ics?key=…`
pub(super) async fn deadlines(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = query.get("key").map_or("", String::as_str);
    let db = &mut *visit.app.pool.acquire().await?;
    let reader = calendar_feed::reader(db, key).await?;
    let (viewer, since) = (&reader.viewer, reader.created_at);
    let entries = match viewer.role {
        Role::Seller => {
            let (projects, now) = project::of_seller(db, viewer).await?;
            let entries = projects.iter().filter_map(|own| of_own(own, since));
            entries.filter(|entry| entry.at > now - RETENTION).collect()
        }
        Role::Buyer => {
            let (bids, now) = bid::of_buyer(db, viewer).await?;
            let entries = bids.iter().filter_map(|bid| of_bid(bid, since));
            entries.filter(|entry| entry.at > now - RETENTION).collect()
        }
    };
    let text = calendar(&visit.app.settings.base_url, "Guildhall deadlines", entries);
    Ok(conditional::or_not_modified(
        &headers,
        KIND,
        "private, no-cache",
        text,
    ))
}

/// A seller's own project; a draft has no entry.
fn of_own(own: &SellerProject, since: OffsetDateTime) -> Option<CalendarEntry> {
    let deadline = own.progress.terms()?.deadline;
    let (title, path) = match own.progress {
        OwnProgress::Draft { .. } => return None,
        OwnProgress::Open(_) => ("Bidding ends", ""),
        OwnProgress::Awarded { .. } => ("Awarded", "/result"),
        OwnProgress::Unawarded { .. } => ("Ended without a bid", "/result"),
        OwnProgress::Cancelled { .. } => ("Cancelled", ""),
    };
    Some(CalendarEntry {
        project: own.id,
        title: format!("{title}: {}", own.name),
        text: "Your project.".to_owned(),
        path: format!("/projects/{}{path}", own.id),
        at: deadline,
        changed_at: own.progress.ended_at().unwrap_or(since),
        is_cancelled: matches!(own.progress, OwnProgress::Cancelled { .. }),
    })
}

/// A buyer's bid; a withdrawn one has no entry. No entry says who leads: a calendar may be a day behind.
fn of_bid(bid: &StandingBid, since: OffsetDateTime) -> Option<CalendarEntry> {
    let (title, path) = match bid.standing {
        Standing::Leading | Standing::Outbid => ("Bidding ends", ""),
        Standing::Won => ("You won", "/result"),
        Standing::Lost => ("Not won", "/result"),
        Standing::Withdrawn => return None,
    };
    let has_ended = matches!(bid.standing, Standing::Won | Standing::Lost);
    Some(CalendarEntry {
        project: bid.project,
        title: format!("{title}: {}", bid.name),
        text: "You bid on this project.".to_owned(),
        path: format!("/projects/{}{path}", bid.project),
        at: bid.deadline,
        changed_at: if has_ended { bid.deadline } else { since },
        is_cancelled: false,
    })
}

/// `GET /account/calendar`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, form: Form) -> Result<CalendarPage, Error> {
    let viewer = visit.signed_in()?;
    let feed = calendar_feed::of_account(&mut *visit.app.pool.acquire().await?, viewer).await?;
    Ok(CalendarPage {
        feed,
        address: None,
        form,
    })
}

/// `POST /account/calendar`
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let feed = make_calendar_feed(posted.text("form_key"));
    match writes::call(context(&visit), feed).await {
        Ok(address) => {
            saved_form::forget(&visit).await?;
            let page = CalendarPage {
                address: Some(address),
                ..page(&visit, fresh(&[])).await?
            };
            visit.page(page).await.map(uncached)
        }
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/calendar/revoke`
pub(super) async fn revoke(visit: Visit) -> Result<Response, Failure> {
    let revoked = writes::call(context(&visit), revoke_calendar_feed()).await?;
    redirect_after(&visit, revoked).await
}
