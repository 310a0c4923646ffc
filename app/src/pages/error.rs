use super::Page;
use crate::chrome::use_chrome;
use leptos::prelude::*;

/// Says what happened and what to do next, in place of a page that can't be shown.
#[derive(Debug, Clone)]
pub struct ErrorPage {
    pub status: u16,
    /// For refusals: the refusal's own message.
    pub message: Option<String>,
    /// The cause, if the status alone does not determine it.
    pub cause: Cause,
    /// Lets the operator find the log entry; set for status 500.
    pub request_id: Option<String>,
}

/// Why a page cannot be shown, if its status has several possible causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The database does not answer.
    Outage,
    /// The disk is nearly full.
    NoSpace,
    Other,
}

impl Page for ErrorPage {
    fn title(&self) -> String {
        self.texts().0.to_owned()
    }

    fn description(&self) -> String {
        let (heading, default_message, _) = self.texts();
        format!("{heading}. {default_message}")
    }

    fn body(self) -> AnyView {
        let (heading, default_message, next) = self.texts();
        let message = self.message.unwrap_or_else(|| default_message.to_owned());
        view! {
            <div class="wrap wrap-narrow page">
                <div class="error-page">
                    <p class="error-code">{self.status}</p>
                    <h1>{heading}</h1>
                    <p class="lead">{message} " " {next}</p>
                    {self
                        .request_id
                        .filter(|id| !id.is_empty())
                        .map(|id| view! { <p class="hint">"If it happens again, tell us this number: " <code>{id}</code></p> })}
                    <NextSteps status=self.status/>
                </div>
            </div>
        }
        .into_any()
    }
}

impl ErrorPage {
    /// The heading, the message if the refusal has none, and what to do next.
    const fn texts(&self) -> (&'static str, &'static str, &'static str) {
        match self.cause {
            Cause::Outage => {
                return (
                    "Guildhall is unavailable at the moment",
                    "Its database is not responding.",
                    "Accepted bids are safe, deadlines stay as they are, and you stay signed in.",
                );
            }
            Cause::NoSpace => {
                return (
                    "The disk is nearly full",
                    "There is no space to store this.",
                    "Accepted bids are safe, and awards continue.",
                );
            }
            Cause::Other => {}
        }
        let has_message = self.message.is_some();
        match self.status {
            401 => ("Sign in first", "You need an account to see this page.", ""),
            403 if has_message => ("You can't do this at the moment", "", ""),
            403 => (
                "You don't have access to this page",
                "This belongs to another account, or your role does not allow it.",
                "Sellers post projects; buyers bid on them.",
            ),
            404 => (
                "Page not found",
                "The address may be mistyped, or the project was never published.",
                "",
            ),
            405 if has_message => (
                "That came too late",
                "",
                "The project's page shows the result.",
            ),
            405 => (
                "That can't be done here",
                "This address does not support what your browser requested.",
                "Start again from one of these pages.",
            ),
            409 => (
                "That is no longer possible",
                "Something changed in the meantime.",
                "Look at the project again and decide from there.",
            ),
            413 => (
                "That is too large",
                "Guildhall does not accept forms of this size.",
                "Go back, make it shorter and send it again.",
            ),
            400 | 422 if has_message => (
                "We could not accept that",
                "",
                "Go back, change it and send it again.",
            ),
            400 | 422 => (
                "We could not read that",
                "Something in the form was missing or in the wrong format.",
                "Go back, check the fields and send it again.",
            ),
            429 => (
                "Too many attempts",
                "You tried too many times in a short time.",
                "Nothing is lost: wait a while, then go back and try again.",
            ),
            502 => (
                "Another site did not respond",
                "We sent a request to another site and got no usable response. Nothing was changed.",
                "Deadlines still apply.",
            ),
            503 => (
                "We are very busy",
                "Guildhall has more requests than it can handle at the moment. Check whether your request went through before you send it again.",
                "Deadlines still apply.",
            ),
            500..600 => (
                "Something broke on our side",
                "You did nothing wrong. Accepted bids are safe and deadlines still apply.",
                "Try again in a minute.",
            ),
            _ => (
                "That did not work",
                "We could not do what your browser requested.",
                "Start again from one of these pages.",
            ),
        }
    }
}

#[component]
fn NextSteps(status: u16) -> impl IntoView {
    let signed_in = use_chrome().viewer.is_some();
    let (first, first_label) = match status {
        401 | 403 if !signed_in => ("/sign-in", "Sign in"),
        403 | 409 if signed_in => ("/dashboard", "Go to your dashboard"),
        _ => ("/projects", "See open projects"),
    };
    view! {
        <div class="actions">
            <a class="btn btn-primary" href=first>{first_label}</a>
            <a class="btn btn-ghost" href="/">"Go to the start page"</a>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, ErrorPage};

    #[test]
    fn every_status_has_a_text() {
        for status in 400..600 {
            for message in [None, Some("The deadline has passed.".to_owned())] {
                let page = ErrorPage {
                    status,
                    message,
                    cause: Cause::Other,
                    request_id: None,
                };
                let (heading, default_message, _) = page.texts();
                assert!(!heading.is_empty(), "{status}");
                assert!(
                    page.message.is_some() || !default_message.is_empty(),
                    "{status}"
                );
            }
        }
    }
}
