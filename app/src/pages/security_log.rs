//! The account's sign-ins, and the changes that matter for its security.

use super::{Page, account::user_agent::browser_of};
use crate::components::{EmptyState, Moment, TableRegion, UserText};
use guildhall::{
    audit::AuditEntry,
    sign_in_log::{KEPT_DAYS, LISTED, SignIn},
};
use leptos::prelude::*;

/// The viewer's security log.
#[derive(Debug, Clone)]
pub struct SecurityLog {
    /// The newest sign-ins; empty on the pages of older changes.
    pub sign_ins: Vec<SignIn>,
    /// Changes, the newest first.
    pub changes: Vec<AuditEntry>,
    /// The link to older changes shows those before this number; `None` if there are none.
    pub older_than: Option<i64>,
    /// True for a page of older changes.
    pub is_older: bool,
}

impl Page for SecurityLog {
    fn title(&self) -> String {
        "Security log".to_owned()
    }

    fn description(&self) -> String {
        "The sign-ins to your account on Guildhall, and the changes to it.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            sign_ins,
            changes,
            older_than,
            is_older,
        } = self;
        let sign_ins = (!is_older).then(|| sign_in_section(sign_ins));
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Security log"</h1>
                        <p class="muted">
                            "Something here that wasn’t you? "
                            <a class="link" href="/account">"Change your password, and sign out everywhere else"</a> "."
                        </p>
                    </header>
                    {sign_ins}
                    {change_section(changes, older_than, is_older)}
                </div>
            </div>
        }
        .into_any()
    }
}

fn sign_in_section(sign_ins: Vec<SignIn>) -> impl IntoView {
    let rows = sign_ins
        .into_iter()
        .map(|sign_in| {
            let SignIn {
                happened_at,
                address,
                user_agent,
                provider,
                is_known,
            } = sign_in;
            let new = (!is_known).then(|| view! { " " <span class="badge">"New browser"</span> });
            view! {
                <tr>
                    <th scope="row"><Moment at=happened_at/></th>
                    <td data-label="Browser">{browser_of(&user_agent)} {new}</td>
                    <td data-label="Network address"><code class="break-words">{address}</code></td>
                    <td data-label="With">{match provider {
                        Some(provider) => view! { <UserText text=provider/> }.into_any(),
                        None => "Password".into_any(),
                    }}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="sign-ins-title">
            <div class="section-head"><h2 id="sign-ins-title">"Sign-ins"</h2></div>
            <p class="muted mb-4">"Kept for " {KEPT_DAYS} " days; the newest " {LISTED} " are listed."</p>
            {if rows.is_empty() {
                view! { <EmptyState title="No sign-ins yet"><p>"Those from now on are listed here."</p></EmptyState> }.into_any()
            } else {
                view! {
                    <TableRegion label="Table of sign-ins">
                        <table class="table table-stack">
                            <thead>
                                <tr>
                                    <th scope="col">"When"</th> <th scope="col">"Browser"</th> <th scope="col">"Network address"</th>
                                    <th scope="col">"With"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </TableRegion>
                }
                .into_any()
            }}
        </section>
    }
}

fn change_section(
    changes: Vec<AuditEntry>,
    older_than: Option<i64>,
    is_older: bool,
) -> impl IntoView {
    let items = changes
        .into_iter()
        .map(|change| {
            view! {
                <li class="session">
                    <strong>{change.title()}</strong>
                    <span class="hint"><Moment at=change.happened_at/></span>
                </li>
            }
        })
        .collect_view();
    let older = older_than.map(|number| {
        view! { <a class="btn btn-outline" href=format!("/account/security?before={number}")>"Older changes"</a> }
    });
    let newest = is_older
        .then(|| view! { <a class="btn btn-ghost" href="/account/security">"Newest changes"</a> });
    view! {
        <section aria-labelledby="changes-title">
            <div class="section-head"><h2 id="changes-title">"Changes to your account"</h2></div>
            <p class="muted mb-4">
                "From an append-only record: entries can be neither changed nor removed without a trace. A change may take a few seconds to appear."
            </p>
            {if items.is_empty() {
                view! { <EmptyState title="No changes recorded"><p>"New passwords, sign-in methods, tokens and apps are listed here."</p></EmptyState> }
                    .into_any()
            } else {
                view! { <ul class="panel">{items}</ul> }.into_any()
            }}
            <div class="actions mt-4">{older} {newest}</div>
        </section>
    }
}
