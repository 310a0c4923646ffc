//! Messages about the last action or the state of the site.

use super::{Icon, Moment};
use crate::chrome::use_chrome;
use leptos::prelude::*;

/// The severity of a callout, which decides its color, its icon and how assertively screen readers announce it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Info,
    Success,
    Warning,
    Error,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "notice notice-info",
            Self::Success => "notice notice-success",
            Self::Warning => "notice notice-warning",
            Self::Error => "notice notice-error",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "check",
            Self::Warning | Self::Error => "alert",
        }
    }
}

/// A boxed message with an icon.
#[component]
pub fn Callout(kind: Tone, children: Children) -> impl IntoView {
    let role = if kind == Tone::Error {
        "alert"
    } else {
        "status"
    };
    view! {
        <div class=kind.class() role=role>
            <Icon name=kind.icon()/>
            <div>{children()}</div>
        </div>
    }
}

/// During an outage, says how old the page's data is and what is unavailable. Empty otherwise.
#[component]
pub fn OutageNotice() -> impl IntoView {
    use_chrome().outage.map(|outage| {
        let data_age = outage.as_of.map(|at| {
            view! { "This page shows data from " <Moment at exact=true/> ". " }
        });
        view! {
            <div class="wrap my-4">
                <Callout kind=Tone::Warning>
                    "Guildhall can't reach its database at the moment. " {data_age}
                    "Nothing can be stored until it is back. If you were signed in, you still are."
                </Callout>
            </div>
        }
    })
}

/// The message about what has just succeeded, shown once at the top of the page, with `children` below it. Empty if
/// there is no message.
#[component]
pub fn Flash(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    use_chrome().flash.map(|text| {
        let below = children.map(|children| children());
        view! {
            <div class="wrap mt-4">
                <Callout kind=Tone::Success>{text} {below}</Callout>
            </div>
        }
    })
}
