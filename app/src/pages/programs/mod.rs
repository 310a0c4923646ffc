//! Programs authorized by the account, and programs it registered.

mod form;
mod program;

pub use form::NewProgram;
pub use program::RegisteredProgram;

use super::Page;
use crate::components::{EmptyState, Moment, ScopeDescriptions, UserText};
use guildhall::oauth::{AuthorizedProgram, Client, ClientType};
use leptos::{either::Either, prelude::*};

/// The page with both lists.
#[derive(Debug, Clone)]
pub struct Programs {
    pub allowed: Vec<AuthorizedProgram>,
    pub owned: Vec<Client>,
}

impl Page for Programs {
    fn title(&self) -> String {
        "Connected apps".to_owned()
    }

    fn description(&self) -> String {
        "Apps that may act for you on Guildhall, and apps that you registered.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self { allowed, owned } = self;
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="link" href="/account">"Your account"</a></p>
                        <h1>"Connected apps"</h1>
                        <p class="lead">"Apps can act for you if you allow it. Each can do only what you allowed."</p>
                    </header>
                    <AllowedPrograms allowed/>
                    <OwnedPrograms owned/>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn AllowedPrograms(allowed: Vec<AuthorizedProgram>) -> impl IntoView {
    let list = if allowed.is_empty() {
        Either::Left(view! {
            <EmptyState title="No connected apps">
                <p>"When you allow an app to act for you, it appears here with everything it may do, and you can revoke its access."</p>
                <p><a class="link" href="/device">"Connect a device with a code"</a></p>
            </EmptyState>
        })
    } else {
        let items = allowed
            .into_iter()
            .map(|allowed| view! { <AllowedItem allowed/> })
            .collect_view();
        Either::Right(view! {
            <ul>{items}</ul>
            <p class="mt-4"><a class="link" href="/device">"Connect a device with a code"</a></p>
        })
    };
    view! {
        <section class="panel" aria-labelledby="allowed-title">
            <h2 class="panel-title" id="allowed-title">"Apps you allowed"</h2>
            {list}
        </section>
    }
}

#[component]
fn AllowedItem(allowed: AuthorizedProgram) -> impl IntoView {
    let which = view! { " access for " <UserText text=allowed.name.clone()/> };
    view! {
        <li class="session">
            <div class="stack stack-sm">
                <strong class="breakable"><UserText text=allowed.name/></strong>
                <p class="hint breakable">"Registered by " <UserText text=allowed.owner_name/> ", allowed since " <Moment at=allowed.since/></p>
                <p class="hint">"It may:"</p>
                <ScopeDescriptions scopes=allowed.scopes/>
            </div>
            <form method="post" action=format!("/account/programs/{}/revoke", allowed.client.0)>
                <button class="btn btn-sm btn-danger" type="submit">"Revoke" <span class="sr-only">{which}</span></button>
            </form>
        </li>
    }
}

#[component]
fn OwnedPrograms(owned: Vec<Client>) -> impl IntoView {
    let list = if owned.is_empty() {
        Either::Left(
            view! { <p class="muted">"You have not registered any. Register one to let it act for you, or for others who allow it."</p> },
        )
    } else {
        let items = owned
            .into_iter()
            .map(|client| {
                let href = format!("/account/programs/{}", client.id.0);
                view! {
                    <li class="session">
                        <div>
                            <a class="link breakable" href=href><strong><UserText text=client.name.clone()/></strong></a>
                            <p class="hint">{kind_label(client.kind())} ", registered " <Moment at=client.created_at/></p>
                        </div>
                    </li>
                }
            })
            .collect_view();
        Either::Right(view! { <ul>{items}</ul> })
    };
    view! {
        <section class="panel" aria-labelledby="owned-title">
            <h2 class="panel-title" id="owned-title">"Apps you registered"</h2>
            {list}
            <p class="mt-4"><a class="btn btn-sm btn-primary" href="/account/programs/new">"Register an app"</a></p>
        </section>
    }
}

const fn kind_label(kind: ClientType) -> &'static str {
    match kind {
        ClientType::Public => "Has no secret",
        ClientType::Confidential => "Has a secret",
    }
}
