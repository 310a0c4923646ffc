use super::{answer::ErrorResponse, request::Request};
use crate::web::{
    Web,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    saved_form,
    success::redirect_with_message,
    visit::Visit,
};
use app::pages::{DeviceConsent, DeviceEntry};
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use guildhall::{
    Error,
    account::{self, Viewer},
    field::{FieldError, ValueError},
    oauth::{self, DEVICE_LIFE, PendingDevice, UserCode},
    receipt::form::{self, FormStart},
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// `POST /oauth/device_authorization` (RFC 8628, section 3.1)
pub(super) async fn begin(
    State(app): State<Web>,
    request: Request,
) -> Result<Json<Value>, ErrorResponse> {
    let mut tx = app.pool.begin().await?;
    let client = request.client(&mut tx).await?;
    client.must_have_device_flow()?;
    let scopes = client.parse_scopes(request.params.get("scope").unwrap_or_default())?;
    let started = oauth::start_device_flow(&mut tx, &client, scopes).await?;
    tx.commit().await?;
    let page = format!("{}/device", app.settings.base_url);
    let user_code = started.user_code.to_string();
    Ok(Json(json!({
        "device_code": started.device_code.reveal(),
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DEVICE_LIFE.whole_seconds(),
        "interval": started.interval_secs,
    })))
}

/// `GET /device`: where people type the code shown on a device. A code in the URL is only filled in: people must
/// compare it and continue themselves.
pub(in crate::web) async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    let code = query
        .get("user_code")
        .and_then(|code| UserCode::parse(code))
        .map(|code| code.to_string())
        .unwrap_or_default();
    let form = saved_form::restore_or(&visit, fresh(&[("user_code", code)])).await?;
    visit.page(DeviceEntry { form }).await
}

/// `POST /device`: first the code, then the decision. The user must have seen this account and this version of the
/// program: somebody else may have signed in in another tab, and the program may have changed.
pub(in crate::web) async fn decide(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?.clone();
    let pending =
        oauth::find_pending_device(&visit.app.pool, &viewer, posted.get("user_code")).await;
    let has_seen = |pending: &PendingDevice| {
        posted.get("account") == viewer.account.0.to_string()
            && posted.get("client_version") == pending.client.version()
    };
    let answered = match posted.get("decision") {
        "allow" | "deny" if pending.as_ref().is_ok_and(|pending| !has_seen(pending)) => {
            return confirmation(visit, &viewer, pending?, StatusCode::CONFLICT).await;
        }
        decision @ ("allow" | "deny") => {
            let allowed = decision == "allow";
            record_decision(&visit.app, &viewer, &posted, pending, allowed).await
        }
        _ => match pending {
            Ok(pending) => return confirmation(visit, &viewer, pending, StatusCode::OK).await,
            Err(error) => Err(error),
        },
    };
    match answered {
        Ok(true) => {
            redirect_with_message(
                &visit,
                "/account/programs",
                "Allowed. Your device continues in a moment.",
            )
            .await
        }
        Ok(false) => {
            redirect_with_message(&visit, "/device", "Denied. The device gets no access.").await
        }
        Err(error) => {
            let refused = RefusedForm::of(unknown(error), posted.again(&["decision"]))?;
            let form = refused.form.clone();
            refused.show(visit, DeviceEntry { form }).await
        }
    }
}

async fn confirmation(
    visit: Visit,
    viewer: &Viewer,
    pending: PendingDevice,
    status: StatusCode,
) -> Result<Response, Failure> {
    let contact = account::find(&mut *visit.app.pool.acquire().await?, viewer.account).await?;
    let page = DeviceConsent {
        client_version: pending.client.version(),
        program: pending.client.name,
        owner: pending.client.owner_name,
        scopes: pending.scopes,
        left_out: pending.left_out,
        account: viewer.account,
        contact,
        form: fresh(&[("user_code", pending.user_code.to_string())]),
    };
    visit.page_with(status, page).await
}

/// Records the decision; returns true if the device is allowed.
async fn record_decision(
    app: &Web,
    viewer: &Viewer,
    posted: &PostedForm,
    pending: Result<PendingDevice, Error>,
    allowed: bool,
) -> Result<bool, Error> {
    match form::begin(&app.pool, posted.mark(viewer.account)?).await? {
        FormStart::Repeated(allowed) => Ok(allowed),
        FormStart::First(mut once) => {
            let pending = pending?;
            if allowed {
                oauth::allow_device(once.tx(), viewer, &pending).await?;
            } else {
                oauth::deny_device(once.tx(), viewer, &pending).await?;
            }
            once.commit(allowed).await
        }
    }
}

/// An unknown code is a mistyped field, not a missing page.
fn unknown(error: Error) -> Error {
    match error {
        Error::NotFound => {
            let message = "No device is waiting with this code. Check the code on the device; it expires after ten minutes.";
            let problem = ValueError::Refused(message.to_owned());
            Error::Invalid(vec![FieldError::new("user_code", problem)])
        }
        other => other,
    }
}
