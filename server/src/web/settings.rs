use super::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    sign_in::local,
    success::redirect_after,
    visit::Visit,
    writes::{context, preferences},
};
use app::{
    pages::Settings,
    theme::Theme,
    writes::{self, choose_theme, choose_time_zone},
};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::moment::Zone;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/settings", show)
        .post("/settings/theme", theme)
        .post("/settings/time-zone", time_zone)
}

/// `GET /settings`
async fn show(visit: Visit) -> Result<Response, Failure> {
    let chosen = visit.chosen_zone.as_ref();
    let chosen = chosen.map_or("", Zone::name).to_owned();
    let form = fresh(&[("time_zone", chosen)]);
    visit.page(Settings { form }).await
}

/// `POST /settings/theme`
async fn theme(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let context = context(&visit);
    let theme = Theme::from_name(posted.get("theme"));
    writes::call(context.clone(), choose_theme(theme)).await?;
    let back = match local(posted.get("back")) {
        "" => "/settings",
        back => back,
    };
    Ok((preferences(&context), Redirect::to(back)).into_response())
}

/// `POST /settings/time-zone`
async fn time_zone(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let context = context(&visit);
    let zone = choose_time_zone(posted.text("time_zone"));
    match writes::call(context.clone(), zone).await {
        Ok(chosen) => {
            let response = redirect_after(&visit, chosen).await?;
            Ok((preferences(&context), response).into_response())
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let form = refused.form.clone();
            refused.show(visit, Settings { form }).await
        }
    }
}
