use super::{
    failure::{Failure, RefusedForm},
    live,
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{NoticeChoices, Notices, Unsubscribe},
    writes::{self, ScheduleFields},
};
use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, account,
    notice::{self, MailSchedule, NoticeChannel, NoticeFilter, NoticeKind, NoticeSubject},
    store, webhook,
};
use std::collections::HashMap;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/notices", show)
        .get("/notices/live", live::bell)
        .post("/notices/read", mark_read)
        .post("/notices/{number}/open", open)
        .get("/account/notices", choices)
        .post("/account/notices", choose)
        .post("/account/notices/send-again", send_again)
        .get("/unsubscribe/{token}", ask)
        .post("/unsubscribe/{token}", unsubscribe)
}

/// `GET /notices`
async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    // An unknown value shows everything.
    let shown = query.get("show").map_or("", String::as_str);
    let filter = NoticeFilter {
        unread_only: shown == "unread",
        subject: NoticeSubject::by_name(shown),
    };
    let before = query.get("before").and_then(|number| number.parse().ok());
    let db = &mut *visit.app.pool.acquire().await?;
    // Read in one snapshot, so that the number matches the list.
    let mut tx = store::snapshot(db).await?;
    let list = notice::list(&mut tx, viewer.account, filter, before).await?;
    let unread = notice::unread(&mut tx, viewer.account).await?;
    tx.commit().await?;
    let page = Notices {
        list,
        filter,
        unread,
        is_continued: before.is_some(),
    };
    visit.page(page).await
}

/// `POST /notices/read`
async fn mark_read(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let newest = posted.get("newest").parse().unwrap_or_default();
    let marked = writes::call(context(&visit), writes::mark_notices_read(newest)).await?;
    redirect_after(&visit, marked).await
}

/// `POST /notices/{number}/open`
async fn open(visit: Visit, Path(number): Path<String>) -> Result<Response, Failure> {
    let number = number.parse().map_err(|_| Error::NotFound)?;
    let path = writes::call(context(&visit), writes::open_notice(number)).await?;
    Ok(Redirect::to(&path).into_response())
}

/// `GET /account/notices`
async fn choices(visit: Visit) -> Result<Response, Failure> {
    let form = chosen(&visit).await?;
    let form = saved_form::restore_or(&visit, form).await?;
    let page = choices_page(&visit, form).await?;
    visit.page(page).await
}

/// The viewer's present choices as a form.
async fn chosen(visit: &Visit) -> Result<Form, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let schedule = notice::schedule(db, viewer.account).await?;
    let schedule = schedule.unwrap_or_else(|| MailSchedule::at_once(visit.zone.clone()));
    let quiet = schedule.quiet;
    let quiet = quiet.map(|quiet| (quiet.from().to_string(), quiet.until().to_string()));
    let (quiet_from, quiet_until) = quiet.unwrap_or_default();
    let mut fields = vec![
        ("how_often", schedule.frequency.name().to_owned()),
        ("digest_time", schedule.digest.hour.to_string()),
        ("digest_day", schedule.digest.day.to_string()),
        ("quiet_from", quiet_from),
        ("quiet_until", quiet_until),
        ("time_zone", schedule.zone.name().to_owned()),
    ];
    let preferences = notice::preferences(db, viewer.account).await?;
    for kind in NoticeKind::ALL {
        let on = NoticeChannel::ALL.into_iter();
        let on = on.filter(|channel| preferences.is_on(*kind, *channel));
        fields.extend(on.map(|channel| ("wanted", writes::choice(*kind, channel))));
    }
    Ok(fresh(&fields))
}

async fn choices_page(visit: &Visit, form: Form) -> Result<NoticeChoices, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let channels = NoticeChannel::BASIC.into_iter();
    Ok(NoticeChoices {
        channels: channels
            .chain(webhook::channels(db, viewer.account).await?)
            .collect(),
        role: viewer.role,
        form,
        email: account::find(db, viewer.account).await?.email,
        parked: notice::parked(db, Some(viewer.account)).await?.pop(),
    })
}

/// `POST /account/notices`
async fn choose(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let all = |field| {
        let values = posted.all(field).into_iter();
        // Channels are sent in one field, separated by spaces.
        let values = values.flat_map(str::split_ascii_whitespace);
        values.map(ToOwned::to_owned).collect()
    };
    // A page of the version before has no schedule.
    let has_schedule = !posted.get("time_zone").is_empty();
    let schedule = has_schedule.then(|| ScheduleFields {
        how_often: posted.text("how_often"),
        digest_time: posted.text("digest_time"),
        digest_day: posted.text("digest_day"),
        quiet_from: posted.text("quiet_from"),
        quiet_until: posted.text("quiet_until"),
        time_zone: posted.text("time_zone"),
    });
    let chosen = writes::choose_notices(all("wanted"), all("shown"), schedule);
    match writes::call(context(&visit), chosen).await {
        Ok(chosen) => redirect_after(&visit, chosen).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = choices_page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/notices/send-again`
async fn send_again(visit: Visit) -> Result<Response, Failure> {
    let sent = writes::call(context(&visit), writes::send_notices_again()).await?;
    redirect_after(&visit, sent).await
}

/// `GET /unsubscribe/{token}`: only asks, because mail scanners open links.
async fn ask(visit: Visit, Path(token): Path<String>) -> Result<Response, Failure> {
    let (_, kind) = (visit.app.unsubscriber.read(&visit.app.pool, &token)).await?;
    answer(visit, kind, &token, false).await
}

/// `POST /unsubscribe/{token}`, from the page or by a mail program without a session (RFC 8058, section 3.2).
async fn unsubscribe(visit: Visit, Path(token): Path<String>) -> Result<Response, Failure> {
    let app = &visit.app;
    let kind = app.unsubscriber.unsubscribe(&app.pool, &token).await?;
    answer(visit, kind, &token, true).await
}

async fn answer(
    visit: Visit,
    kind: NoticeKind,
    token: &str,
    is_done: bool,
) -> Result<Response, Failure> {
    let path = format!("/unsubscribe/{token}");
    let page = Unsubscribe {
        kind,
        path,
        is_done,
    };
    visit.page(page).await
}
