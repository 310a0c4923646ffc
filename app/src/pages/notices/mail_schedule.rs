//! When the viewer's e-mail is sent: at once or in digests, and not in quiet hours.

use crate::{
    chrome::use_chrome,
    components::{Card, Field, FieldProps, RadioCards, TextField, control_attributes},
    form::Form,
};
use guildhall::{moment::Zone, notice::DAYS, saved_search::Frequency};
use leptos::prelude::*;

/// The fields of the schedule: `how_often`, `digest_time`, `digest_day`, `quiet_from`, `quiet_until` and `time_zone`.
#[component]
pub(super) fn MailScheduleFields(form: Form) -> impl IntoView {
    let zone = Zone::by_name(&form.value("time_zone")).unwrap_or_default();
    let now = zone.long(use_chrome().now);
    view! {
        <section class="panel stack" aria-labelledby="schedule-title">
            <h2 class="panel-title mb-0" id="schedule-title">"When e-mail is sent"</h2>
            <RadioCards
                name="how_often"
                legend="How often"
                help="A digest is one e-mail with everything that can wait. Reminders of deadlines, the award of a project, saved searches and what concerns the security of your account are sent on their own."
                cards=frequencies()
                form=form.clone()
            />
            <div class="field-row">
                <Select name="digest_time" label="Digest time" options=hours() form=form.clone()/>
                <Select name="digest_day" label="Digest day" help="For weekly digests." options=days() form=form.clone()/>
            </div>
            <p class="hint">
                "E-mail is held during quiet hours and sent when they end, unless it has been overtaken by then. What concerns the security of your account is sent at once, and so are reminders, and news of having lost or regained the lead, that would otherwise come less than an hour before a deadline. "
                "Browsers show notifications at once, but without a sound. Webhooks and chats are not held. Leave both fields empty for no quiet hours."
            </p>
            <div class="field-row">
                <TextField name="quiet_from" label="Quiet from" kind="time" autocomplete="off" form=form.clone()/>
                <TextField name="quiet_until" label="Quiet until" kind="time" autocomplete="off" form=form.clone()/>
            </div>
            <Select name="time_zone" label="Time zone" help=format!("All times above are in this time zone. It is now {now}.") options=zones() form/>
        </section>
    }
}

fn frequencies() -> Vec<Card> {
    let cards = Frequency::ALL.map(|frequency| Card {
        value: frequency.name(),
        title: frequency.label(),
        description: match frequency {
            Frequency::AtOnce => "An e-mail for each event.",
            Frequency::Daily => "A digest every day, if there is news.",
            Frequency::Weekly => "A digest every week, if there is news.",
        },
    });
    cards.to_vec()
}

/// Values and labels.
type Options = Vec<(String, String)>;

fn hours() -> Options {
    let hour = |hour: u8| (hour.to_string(), format!("{hour:02}:00"));
    (0..24).map(hour).collect()
}

fn days() -> Options {
    DAYS.map(|day| (day.to_string(), day.to_string())).to_vec()
}

fn zones() -> Options {
    let label = |name: &str| (name.to_owned(), name.replace('_', " "));
    Zone::names().map(label).collect()
}

#[component]
fn Select(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] help: Option<String>,
    options: Options,
    form: Form,
) -> impl IntoView {
    let (described, invalid) = control_attributes(name, help.is_some(), &form);
    let chosen = form.value(name);
    let options = options
        .into_iter()
        .map(|(value, label)| view! { <option value=value.clone() selected=value == chosen>{label}</option> })
        .collect_view();
    let select = move || {
        view! {
            <select class="select" id=name name=name aria-describedby=described aria-invalid=invalid>
                {options}
            </select>
        }
        .into_any()
    };
    Field(FieldProps {
        name,
        label: label.to_owned(),
        help,
        optional: false,
        form,
        children: Box::new(select),
    })
}
