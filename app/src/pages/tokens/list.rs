use crate::{
    components::{Moment, UserText, capitalized},
    islands::{Write, WriteForm},
};
use guildhall::token::PersonalToken;
use leptos::{either::Either, prelude::*};

/// The valid tokens, each with a button to revoke it.
#[component]
pub(super) fn TokenList(tokens: Vec<PersonalToken>) -> impl IntoView {
    let items = tokens
        .into_iter()
        .map(|token| view! { <TokenItem token/> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="tokens-title">
            <h2 class="panel-title" id="tokens-title">"Your tokens"</h2>
            <p class="hint">"Revoke any token that you don't recognise or no longer use. When you change your password, you can revoke them all at once."</p>
            <ul class="mt-3">{items}</ul>
        </section>
    }
}

#[component]
fn TokenItem(token: PersonalToken) -> impl IntoView {
    let PersonalToken {
        id,
        name,
        hint,
        scopes,
        created_at,
        expires_at,
        last_used_at,
    } = token;
    let may = scopes
        .iter()
        .map(|scope| view! { <li>{capitalized(scope.description())}</li> })
        .collect_view();
    let last_use = match last_used_at {
        Some(at) => Either::Left(view! { <Moment at/> }),
        None => Either::Right("never"),
    };
    let which =
        view! { " the token " <UserText text=name.clone()/> {format!(", which ends in {hint}")} };
    view! {
        <li class="token">
            <div class="token-head">
                <h3 class="token-name"><UserText text=name/> " " <code class="token-hint">"…"{hint}</code></h3>
                <WriteForm write=Write::RevokeToken(id.0)>
                    <button class="btn btn-sm btn-danger" type="submit">"Revoke" <span class="sr-only">{which}</span></button>
                </WriteForm>
            </div>
            <ul class="token-scopes">{may}</ul>
            <dl class="token-facts">
                <div><dt>"Created"</dt><dd><Moment at=created_at/></dd></div>
                <div><dt>"Expires"</dt><dd><Moment at=expires_at/></dd></div>
                <div><dt>"Last used"</dt><dd>{last_use}</dd></div>
            </dl>
        </li>
    }
}
