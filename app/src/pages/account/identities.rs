use crate::components::{Moment, ProviderChoice, UserText};
use guildhall::identity::Identity;
use leptos::{either::Either, prelude::*};

/// The identities that can sign in to the account, and the providers that could be linked.
#[component]
pub(super) fn Identities(
    identities: Vec<(String, Identity)>,
    providers: Vec<ProviderChoice>,
    /// True if the account has no password and at most one identity.
    is_last_sign_in_method: bool,
) -> impl IntoView {
    let is_empty = identities.is_empty();
    let items = identities
        .into_iter()
        .map(|(provider, identity)| view! { <Item provider identity is_last_sign_in_method/> })
        .collect_view();
    let link_forms = providers
        .into_iter()
        .map(|provider| {
            view! {
                <form method="post" action=format!("/account/identities/{}/link", provider.slug)>
                    <button class="btn btn-sm btn-outline" type="submit">"Link " {provider.label}</button>
                </form>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="identities-title">
            <h2 class="panel-title" id="identities-title">"Sign-in providers"</h2>
            {if is_empty {
                Either::Left(view! { <p class="hint">"No provider is linked. A linked provider lets you sign in without your password."</p> })
            } else {
                Either::Right(view! { <ul>{items}</ul> })
            }}
            {(!link_forms.is_empty()).then(|| view! { <div class="actions mt-4">{link_forms}</div> })}
        </section>
    }
}

#[component]
fn Item(provider: String, identity: Identity, is_last_sign_in_method: bool) -> impl IntoView {
    let Identity {
        id,
        label,
        created_at,
        last_used_at,
        ..
    } = identity;
    let which = view! { {format!(" {provider}, ")} <UserText text=label.clone()/> };
    let used = last_used_at.map(|at| view! { ", last used " <Moment at/> });
    let action = if is_last_sign_in_method {
        Either::Left(view! { <span class="badge">"Your only sign-in method"</span> })
    } else {
        Either::Right(view! {
            <a class="btn btn-sm btn-outline" href=format!("/account/identities/{}/unlink", id.0)>
                "Unlink" <span class="sr-only">{which}</span>
            </a>
        })
    };
    view! {
        <li class="session">
            <div class="min-w-0">
                <strong>{provider}</strong>
                <p class="break-words"><UserText text=label/></p>
                <p class="hint">"Linked " <Moment at=created_at/> {used}</p>
            </div>
            {action}
        </li>
    }
}
