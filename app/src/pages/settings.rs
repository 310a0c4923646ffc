use super::Page;
use crate::{
    chrome::{Chrome, use_chrome},
    components::{ErrorSummary, Field, control_attributes},
    form::Form,
    islands::{ThemeSwitch, Write, WriteForm},
};
use guildhall::moment::Zone;
use leptos::prelude::*;

/// How the site looks: the time zone and the theme. It needs no account.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Field `time_zone`, posted to /settings/time-zone.
    pub form: Form,
}

impl Page for Settings {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Settings".to_owned()
        } else {
            "Settings".to_owned()
        }
    }

    fn description(&self) -> String {
        "How Guildhall looks in this browser, and the time zone in which it shows deadlines."
            .to_owned()
    }

    fn body(self) -> AnyView {
        let Self { form } = self;
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Settings"</h1>
                        <p class="lead">"These settings need no account and apply to this browser only."</p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    <TimeZone form/>
                    <ThemeChoice/>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn TimeZone(form: Form) -> impl IntoView {
    let Chrome { zone, now, .. } = use_chrome();
    let (described, invalid) = control_attributes("time_zone", true, &form);
    let chosen = form.value("time_zone");
    let options = Zone::names()
        .map(
            |name| view! { <option value=name selected=name == chosen>{zone_label(name)}</option> },
        )
        .collect_view();
    let name = match zone.name() {
        "UTC" => String::new(),
        name => format!(" ({})", zone_label(name)),
    };
    let help = format!("It is now {}{name}.", zone.long(now));
    view! {
        <section class="panel" aria-labelledby="zone-title">
            <h2 class="panel-title" id="zone-title">"Time zone"</h2>
            <WriteForm write=Write::ChooseTimeZone class="form".to_owned()>
                <Field name="time_zone" label="Show times in" help=help form>
                    <select class="select" id="time_zone" name="time_zone" aria-describedby=described aria-invalid=invalid>
                        <option value="">"This device’s time zone"</option>
                        {options}
                    </select>
                </Field>
                <noscript>
                    <p class="hint">"Without JavaScript, your browser does not tell us your device’s time zone, so choose it here."</p>
                </noscript>
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Save time zone"</button>
                </div>
            </WriteForm>
        </section>
    }
}

/// `America/New_York` as `America/New York`.
fn zone_label(name: &str) -> String {
    name.replace('_', " ")
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let Chrome { theme, .. } = use_chrome();
    view! {
        <section class="panel" aria-labelledby="theme-title">
            <h2 class="panel-title" id="theme-title">"Theme"</h2>
            <div class="theme-switch-lg">
                <ThemeSwitch current=theme back="/settings".to_owned()/>
            </div>
            <p class="hint mt-3">"System follows your device."</p>
        </section>
    }
}
