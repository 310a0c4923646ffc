//! Which kinds of notifications the viewer wants, by channel, and when e-mail is sent.

use super::mail_schedule::MailScheduleFields;
use crate::{
    components::{Callout, ErrorSummary, Flash, FormKey, Moment, TableRegion, Tone, UserText},
    form::Form,
    pages::Page,
    writes::choice,
};
use guildhall::{
    account::Role,
    notice::{NoticeChannel, NoticeKind, NoticeSubject, delivery::ParkedQueue},
};
use leptos::prelude::*;

/// A checkbox for each kind and channel, and the schedule of e-mail.
#[derive(Debug, Clone)]
pub struct NoticeChoices {
    pub role: Role,
    /// The field `wanted`, and those of the schedule, posted to /account/notices.
    pub form: Form,
    /// The channels that the viewer has.
    pub channels: Vec<NoticeChannel>,
    /// The viewer's e-mail address.
    pub email: String,
    /// Set if mail can't be delivered, so that it is no longer tried.
    pub parked: Option<ParkedQueue>,
}

impl Page for NoticeChoices {
    fn title(&self) -> String {
        format!("{}Notification settings", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Choose which notifications you get from Guildhall, and how.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn shows_flash(&self) -> bool {
        true
    }

    fn body(self) -> AnyView {
        let Self {
            role,
            form,
            channels,
            email,
            parked,
        } = self;
        let groups = NoticeSubject::ALL.map(|subject| group(subject, role, &form, &channels));
        let further = channels
            .iter()
            .filter(|channel| !NoticeChannel::BASIC.contains(channel));
        let shown: Vec<&str> = further.map(|channel| channel.name()).collect();
        let shown = (!shown.is_empty()).then(|| {
            view! { <input type="hidden" name="shown" value=shown.join(" ")/> }
        });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/notices">"Notifications"</a></p>
                        <h1>"Notification settings"</h1>
                        <p class="muted">
                            "E-mail goes to " <UserText text=email/> ". "
                            <a class="link" href="/account/notices/push">"Show notifications in your browser"</a>
                            " or "
                            <a class="link" href="/account/webhooks">"send them to a webhook or a chat"</a> "."
                        </p>
                    </header>
                    <Flash/>
                    {parked.map(undelivered)}
                    <ErrorSummary form=form.clone()/>
                    <form class="form" method="post" action="/account/notices" novalidate>
                        <FormKey key=form.key()/>
                        {shown}
                        {groups.into_iter().collect_view()}
                        <MailScheduleFields form/>
                        <div class="actions">
                            <button class="btn btn-primary" type="submit">"Save"</button>
                        </div>
                    </form>
                </div>
            </div>
        }
        .into_any()
    }
}

/// Mail that could not be delivered, and the button to try it again.
fn undelivered(queue: ParkedQueue) -> impl IntoView {
    let count = match queue.pending {
        0 => String::new(),
        1 => "1 message is waiting. ".to_owned(),
        count => format!("{count} messages are waiting. "),
    };
    view! {
        <Callout kind=Tone::Warning>
            <p>
                "We stopped sending you mail on " <Moment at=queue.parked_at/> " for the reason below. " {count}
                "Check your address on " <a class="link" href="/account">"your account"</a> ", then try again."
            </p>
            <p class="small">{queue.error}</p>
            <form class="mt-2" method="post" action="/account/notices/send-again">
                <button class="btn btn-sm btn-outline" type="submit">"Send again"</button>
            </form>
        </Callout>
    }
}

fn group(
    subject: NoticeSubject,
    role: Role,
    form: &Form,
    channels: &[NoticeChannel],
) -> impl IntoView + use<> {
    let kinds = NoticeKind::ALL.iter().copied();
    let rows = kinds
        .filter(|kind| kind.subject() == subject && kind.audience().includes(role))
        .map(|kind| row(kind, form, channels))
        .collect_view();
    let headings = channels
        .iter()
        .map(|channel| view! { <th scope="col">{channel.label()}</th> })
        .collect_view();
    // More than two columns are narrower on phones.
    let is_wide = channels.len() > NoticeChannel::BASIC.len();
    view! {
        <TableRegion label=subject.heading()>
            <table class="table choices" class:choices-many=is_wide>
                <caption class="panel-title">{subject.heading()}</caption>
                <thead><tr><th scope="col">"Event"</th>{headings}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

fn row(kind: NoticeKind, form: &Form, channels: &[NoticeChannel]) -> impl IntoView + use<> {
    let boxes = channels.iter().copied().map(|channel| {
        if kind.required().is_some() && channel.is_shared() {
            return view! { <td><span class="sr-only">"Never"</span><span aria-hidden="true">"–"</span></td> }.into_any();
        }
        let label = format!("{}: {}", kind.choice(), channel.label());
        view! {
            <td>
                <input
                    class="checkbox"
                    type="checkbox"
                    name="wanted"
                    value=choice(kind, channel)
                    checked=kind.required().is_some() || form.has("wanted", &choice(kind, channel))
                    disabled=kind.required().is_some()
                    aria-label=label
                />
            </td>
        }
        .into_any()
    });
    let boxes = boxes.collect_view();
    view! {
        <tr>
            <th scope="row">
                {kind.choice()}
                {kind.required().map(|why| view! { <div class="hint">{why}</div> })}
            </th>
            {boxes}
        </tr>
    }
}
