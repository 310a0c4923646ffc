use crate::{
    components::{Proof, ProofFields, Question},
    form::Form,
    pages::Page,
};
use guildhall::{
    erasure::{NAME, Obligation, WAIT_DAYS},
    privacy,
};
use leptos::prelude::*;

/// Asks whether to erase the account, and says what that means.
#[derive(Debug, Clone)]
pub struct RequestErasure {
    pub proof: Proof,
    /// Why the account can't be erased at the moment.
    pub obligation: Option<Obligation>,
    /// Field `present_password`, if the proof requires it, posted to /account/erasure.
    pub form: Form,
}

impl Page for RequestErasure {
    fn title(&self) -> String {
        format!("{}Erase your account", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Have your account on Guildhall erased: what is deleted, and what stays.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            proof,
            obligation,
            form,
        } = self;
        let next = match obligation {
            Some(obligation) => view! {
                <section class="panel stack">
                    <p><strong>"Not yet. "</strong> {obligation.text()}</p>
                    <div class="actions"><a class="btn btn-primary" href="/dashboard">"Dashboard"</a></div>
                </section>
            }
            .into_any(),
            None => view! { <ErasureForm proof form=form.clone()/> }.into_any(),
        };
        view! {
            <Question heading="Erase your account?".into_any() form>
                <div class="stack stack-lg">
                    <Consequences/>
                    {next}
                </div>
            </Question>
        }
        .into_any()
    }
}

/// What an erasure deletes, and what stays.
#[component]
fn Consequences() -> impl IntoView {
    let stays = privacy::staying()
        .map(|kept| {
            view! {
                <div>
                    <dt>{kept.what}</dt>
                    <dd>{kept.at_erasure.to_string()}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="deleted-title">
            <h2 class="panel-title" id="deleted-title">"What is deleted"</h2>
            <p>
                "Your name and your e-mail address, everything that opens your account, and everything that only you see: drafts, notes to bids, notifications, saved searches, watched projects, webhooks, browsers that show your notifications, apps, and the log of your sign-ins. "
                "Nobody can sign in to the account any more, and your address is free for a new one."
            </p>
        </section>
        <section class="panel" aria-labelledby="stays-title">
            <h2 class="panel-title" id="stays-title">"What stays, and why"</h2>
            <dl class="who-sees">{stays}</dl>
        </section>
    }
}

#[component]
fn ErasureForm(proof: Proof, form: Form) -> impl IntoView {
    let button = proof.can_be_sent().then(|| {
        view! { <button class="btn btn-danger" type="submit">{format!("Erase my account in {WAIT_DAYS} days")}</button> }
    });
    view! {
        <form class="panel form" method="post" action="/account/erasure" novalidate>
            <p>
                {format!("We erase the account in {WAIT_DAYS} days, and write to you now. Until then you can change your mind with one press, and the account can neither publish projects nor bid. Afterwards it is called “{NAME}”, and nobody can undo that, not even we.")}
            </p>
            <p><a class="link" href="/account/export">"Export your data"</a> " first, if you want to keep it."</p>
            <ProofFields proof next="/account/erasure" form/>
            <div class="actions">
                {button}
                <a class="btn btn-ghost" href="/account/privacy">"Keep it"</a>
            </div>
        </form>
    }
}
