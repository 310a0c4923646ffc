use super::{
    failure::{Failure, RefusedForm},
    identity as doors,
    posted_form::{PostedForm, fresh},
    proof::{self, GivenProof},
    routes::Routes,
    saved_form, session as browser,
    success::{redirect_after, redirect_with_message},
    visit::Visit,
    writes::context,
};
use app::{
    components::FirstProof,
    form::Form,
    pages::{Account, ChangeEmail},
    writes,
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{self, EndsWithPassword, ProgramAccess, Viewer},
    account_mail, erasure, identity, passkey, second_factor, session,
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account", show)
        .post("/account/name", rename)
        .get("/account/email", email_form)
        .post("/account/email", change_email)
        .post("/account/password", change_password)
        .post("/account/password/first", set_first_password)
        .post("/account/sessions/{id}/end", end_session)
        .post("/account/sessions/end-others", end_other_sessions)
}

/// `GET /account`
async fn show(visit: Visit) -> Result<Response, Failure> {
    let form = saved_form::restore_or(&visit, fresh(&[])).await?;
    let page = page(&visit, form).await?;
    visit.page(page).await
}

/// The page, with a form that may have been refused.
pub(super) async fn page(visit: &Visit, form: Form) -> Result<Account, Failure> {
    let viewer = visit.signed_in()?;
    let proof = proof::required(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let contact = account::find(db, viewer.account).await?;
    let (sessions, current) =
        session::of_account(db, viewer.account, &browser::token(&visit.session)).await?;
    let identities = identity::list(db, viewer).await?;
    let has_second_factor = second_factor::is_on(db, viewer.account).await?;
    let passkeys = passkey::count(db, viewer.account).await?;
    let pending_email = account_mail::pending_email(db, viewer.account).await?;
    let erasure = erasure::of_account(db, viewer.account).await?;
    Ok(Account {
        contact,
        pending_email,
        erasure,
        sessions,
        current,
        proof,
        has_second_factor,
        passkeys,
        identities: doors::named(&visit.app, identities),
        providers: doors::choices(&visit.app),
        form,
    })
}

/// `POST /account/name`
async fn rename(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let renamed = writes::rename_account(posted.text("name"));
    match writes::call(context(&visit), renamed).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `GET /account/email`
async fn email_form(visit: Visit) -> Result<Response, Failure> {
    let form = saved_form::restore_or(&visit, fresh(&[])).await?;
    let page = email_page(&visit, form).await?;
    visit.page(page).await
}

async fn email_page(visit: &Visit, form: Form) -> Result<ChangeEmail, Failure> {
    let viewer = visit.signed_in()?;
    let proof = proof::required(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let email = account::find(db, viewer.account).await?.email;
    Ok(ChangeEmail { email, proof, form })
}

/// `POST /account/email`
async fn change_email(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let (email, password) = (posted.text("email"), posted.text("present_password"));
    let changed = writes::change_email(email, password, posted.text("code"));
    match writes::call(context(&visit), changed).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["present_password", "code"]))?;
            let page = email_page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/password/first`
async fn set_first_password(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let set = match proof::required(&visit, viewer).await?.first {
        FirstProof::Password { .. } => Err(account::Refusal::HasPassword.into()),
        FirstProof::SignInAgain(_) => Err(account::Refusal::SignInAgain.into()),
        FirstProof::Given => first_password_set(&visit, viewer, &posted).await,
    };
    match set {
        Ok(()) => {
            let message = format!(
                "Your password is set, and all other sessions have ended.{}",
                removed(ends_passkeys(&posted))
            );
            redirect_with_message(&visit, "/account", &message).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, boxes(&posted))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn first_password_set(
    visit: &Visit,
    viewer: &Viewer,
    posted: &PostedForm,
) -> Result<(), Error> {
    proof::require_code(visit, viewer, posted.get("code")).await?;
    let browser = visit.browser().await?;
    let (pool, hasher) = (&visit.app.pool, &visit.app.hasher);
    let new = posted.get("new_password");
    let also_passkeys = ends_passkeys(posted);
    account::set_first_password(pool, hasher, viewer, new, &browser, also_passkeys).await
}

fn ends_passkeys(posted: &PostedForm) -> bool {
    posted.get("passkeys") == "end"
}

const fn removed(passkeys: bool) -> &'static str {
    if passkeys {
        " Your passkeys are removed."
    } else {
        ""
    }
}

/// The form of a new password with its boxes as they were, and without the passwords.
fn boxes(posted: &PostedForm) -> Form {
    let kept = |name| match posted.get(name) {
        "end" => "end".to_owned(),
        _ => "keep".to_owned(),
    };
    fresh(&[("others", kept("others")), ("passkeys", kept("passkeys"))])
}

/// `POST /account/password`
async fn change_password(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let also = EndsWithPassword {
        programs: match posted.get("others") {
            "end" => ProgramAccess::End,
            _ => ProgramAccess::Stay,
        },
        passkeys: ends_passkeys(&posted),
    };
    match password_changed(&visit, &posted, also).await {
        Ok(()) => {
            visit.app.callers.forget();
            let programs = match also.programs {
                ProgramAccess::End => {
                    "Your password is changed. All other sessions have ended, all access tokens, connected apps and the calendar address are revoked, webhooks are turned off, and your own apps need new secrets."
                }
                ProgramAccess::Stay => {
                    "Your password is changed, and all other sessions have ended."
                }
            };
            let message = format!("{programs}{}", removed(also.passkeys));
            redirect_with_message(&visit, "/account", &message).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, boxes(&posted))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn password_changed(
    visit: &Visit,
    posted: &PostedForm,
    also: EndsWithPassword,
) -> Result<(), Error> {
    let viewer = visit.signed_in()?;
    // The password first: otherwise, a session without it could guess at codes.
    if proof::required(visit, viewer).await?.needs_code {
        proof::require(visit, viewer, GivenProof::of(posted)).await?;
    }
    account::change_password(
        &visit.app.pool,
        &visit.app.hasher,
        viewer,
        posted.get("present_password"),
        posted.get("new_password"),
        &visit.browser().await?,
        also,
    )
    .await
}

/// `POST /account/sessions/{id}/end`
async fn end_session(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    match writes::call(context(&visit), writes::end_session(id)).await {
        Ok(ended) => redirect_after(&visit, ended).await,
        // Already ended, by a double click or by expiry. Somebody else's session looks the same here.
        Err(error) if matches!(*error, Error::NotFound) => {
            Ok(Redirect::to("/account").into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/sessions/end-others`
async fn end_other_sessions(visit: Visit) -> Result<Response, Failure> {
    let ended = writes::call(context(&visit), writes::end_other_sessions()).await?;
    redirect_after(&visit, ended).await
}
