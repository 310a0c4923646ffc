use super::{
    done::done,
    failure::Failure,
    posted::{Posted, fresh},
    sign_in::local,
    visit::Visit,
};
use app::{chrome::Theme, pages::Settings};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use guildhall::{field::FieldError, moment::Zone};
use tower_sessions::cookie::{SameSite, time::Duration};

/// `GET /settings`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let form = fresh(&[("time_zone", visit.zone.name().to_owned())]);
    visit.page(Settings { form }).await
}

/// `POST /settings/theme`
pub(super) async fn theme(posted: Posted) -> Response {
    let chosen = Theme::named(posted.get("theme"));
    let name = Theme::ALL
        .into_iter()
        .find(|(theme, _)| *theme == chosen)
        .map_or("system", |(_, name)| name);
    let back = match local(posted.get("back")) {
        "" => "/settings",
        back => back,
    };
    (
        CookieJar::new().add(remembered("theme", name.to_owned())),
        Redirect::to(back),
    )
        .into_response()
}

/// `POST /settings/time-zone`
pub(super) async fn time_zone(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    match Zone::named(posted.get("time_zone")) {
        Ok(zone) => {
            let jar = CookieJar::new().add(remembered("time_zone", zone.name().to_owned()));
            Ok((
                jar,
                done(
                    &visit,
                    "/settings",
                    "Times are shown in your time zone now.",
                )
                .await?,
            )
                .into_response())
        }
        Err(problem) => {
            let form = posted
                .again(&[])
                .refused(vec![FieldError::new("time_zone", problem)], None);
            visit
                .page_with(StatusCode::UNPROCESSABLE_ENTITY, Settings { form })
                .await
        }
    }
}

/// A cookie that only says how the site looks; the islands read and set it. What all cookies have is added by `security`.
fn remembered(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .build()
}
