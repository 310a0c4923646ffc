use super::user_agent::browser_of;
use crate::{chrome::use_chrome, components::Moment};
use guildhall::session::{Session, SessionId};
use leptos::{either::Either, prelude::*};

/// The account's sessions, with buttons to end those of other browsers.
#[component]
pub(super) fn Sessions(sessions: Vec<Session>, current: Option<SessionId>) -> impl IntoView {
    let has_others = sessions.len() > 1;
    let items = sessions
        .into_iter()
        .map(|session| {
            let is_current = current == Some(session.id);
            view! { <SessionItem session is_current/> }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="sessions-title">
            <h2 class="panel-title" id="sessions-title">"Sessions"</h2>
            <ul>{items}</ul>
            <p class="mt-4"><a class="link link-alone" href="/account/security">"All sign-ins and changes to your account"</a></p>
            {has_others
                .then(|| {
                    view! {
                        <form class="mt-4" method="post" action="/account/sessions/end-others">
                            <button class="btn btn-sm btn-danger" type="submit">"Sign out everywhere else"</button>
                        </form>
                    }
                })}
        </section>
    }
}

#[component]
fn SessionItem(session: Session, is_current: bool) -> impl IntoView {
    let browser = browser_of(&session.user_agent);
    let end = if is_current {
        Either::Left(view! { <span class="badge state-live">"This browser"</span> })
    } else {
        // Two sessions may be in the same kind of browser, so the button's name has the time too.
        let button_end = format!(
            " session {browser}, signed in {}",
            use_chrome().zone.long(session.created_at)
        );
        Either::Right(view! {
            <form method="post" action=format!("/account/sessions/{}/end", session.id.0)>
                <button class="btn btn-sm btn-danger" type="submit">"End" <span class="sr-only">{button_end}</span></button>
            </form>
        })
    };
    view! {
        <li class="session">
            <div>
                <strong>{browser}</strong>
                <p class="hint">
                    "Signed in " <Moment at=session.created_at/> ", last seen " <Moment at=session.seen_at/>
                </p>
            </div>
            {end}
        </li>
    }
}
