use super::super::Page;
use crate::{
    components::{
        Card, ErrorSummary, Field, FormKey, RadioCards, ScopeChoices, TextField,
        control_attributes, textarea_html,
    },
    form::Form,
};
use guildhall::{oauth::ClientType, token::Scopes};
use leptos::prelude::*;

/// The form to register a program.
#[derive(Debug, Clone)]
pub struct NewProgram {
    /// Fields `name`, `kind`, `redirect_uris`, `device_flow` and `scopes`, posted to /account/programs/new.
    pub form: Form,
}

impl Page for NewProgram {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Register an app".to_owned()
        } else {
            "Register an app".to_owned()
        }
    }

    fn description(&self) -> String {
        "Register an app that asks people on Guildhall to let it act for them.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self { form } = self;
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <p><a class="link" href="/account/programs">"Connected apps"</a></p>
                    <h1>"Register an app"</h1>
                    <p class="lead">"It gets a client id and asks people for the access it needs."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/account/programs/new" novalidate>
                    <FormKey key=form.key()/>
                    <KindField form=form.clone()/>
                    <Fields form/>
                    <div class="actions">
                        <button class="btn btn-primary" type="submit">"Register app"</button>
                    </div>
                </form>
            </div>
        }
        .into_any()
    }
}

/// The fields that can be changed later.
#[component]
pub(super) fn Fields(form: Form) -> impl IntoView {
    let (described, invalid) = control_attributes("redirect_uris", true, &form);
    let uris = textarea_html(&form.value("redirect_uris"));
    let by_code = form.has("device_flow", "yes");
    view! {
        <TextField
            name="name"
            label="Name"
            help="People see it, next to your name, when the app asks for access. 2 to 80 characters."
            autocomplete="off"
            form=form.clone()
        />
        <Field
            name="redirect_uris"
            label="Redirect addresses"
            help="Where people are sent back to, one per line, at most 10. Use https; for an app on their own machine, http://127.0.0.1/… with any port, or com.example.app:/…. An app that uses only device codes or only your own account needs none."
            optional=true
            form=form.clone()
        >
            <textarea
                class="textarea textarea-short"
                id="redirect_uris"
                name="redirect_uris"
                rows="4"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=invalid
                inner_html=uris
            ></textarea>
        </Field>
        <div class="field">
            <label class="check">
                <input
                    class="checkbox"
                    type="checkbox"
                    name="device_flow"
                    value="yes"
                    checked=by_code
                    aria-describedby="device_flow-help"
                />
                <span>"People may allow it with a code (device flow)"</span>
            </label>
            <p class="field-help" id="device_flow-help">"Only for command-line tools and devices without a browser: such a code works wherever it is typed, so people can be tricked into typing somebody else's."</p>
        </div>
        <ScopeChoices
            scopes=Scopes::all()
            legend="What it may ask for"
            help="The most it can ever be allowed. Choose no more than it needs."
            form
        />
    }
}

#[component]
fn KindField(form: Form) -> impl IntoView {
    let cards = vec![
        Card {
            value: ClientType::Confidential.name(),
            title: "On a server",
            description: "It can keep a secret, and can act for your own account without consent.",
        },
        Card {
            value: ClientType::Public.name(),
            title: "On people's devices",
            description: "A mobile or desktop app, a command-line tool or a web page: it can't keep a secret.",
        },
    ];
    view! {
        <RadioCards
            name="kind"
            legend="Where does it run?"
            help="You can't change this later."
            form
            cards
        />
    }
}
