//! Mail that the demo and servers for development keep instead of sending it.

use super::Page;
use crate::components::{EmptyState, Moment, TableRegion, UserText};
use guildhall::kept_mail::{KeptMail, MailSummary};
use leptos::{either::Either, prelude::*};

/// The kept messages, newest first.
#[derive(Debug, Clone)]
pub struct KeptMailList {
    pub mails: Vec<MailSummary>,
    /// Part of the address that they went to; empty for all messages.
    pub to: String,
}

impl Page for KeptMailList {
    fn title(&self) -> String {
        "Mail that was not sent".to_owned()
    }

    fn description(&self) -> String {
        "This server has no mail relay, so it keeps its mail here.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { mails, to } = self;
        let content = if mails.is_empty() {
            let (title, text) = match &*to {
                "" => ("No mail yet", "What this server would send appears here."),
                _ => (
                    "No such mail",
                    "No kept message went to an address with this text.",
                ),
            };
            Either::Left(view! { <EmptyState title><p>{text}</p></EmptyState> })
        } else {
            Either::Right(table(mails))
        };
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"Mail that was not sent"</h1>
                    <p class="lead">
                        "This server has no mail relay (SMTP_URL), so it keeps the newest 2,000 messages for 7 days, and lists the newest 500 here. Everybody who reaches this server can read them."
                    </p>
                </header>
                <div class="stack">
                    <form class="search-bar" method="get" action="/dev/mail" role="search">
                        <label class="sr-only" for="to">"Recipient"</label>
                        <input class="input" type="search" id="to" name="to" placeholder="Recipient’s address" value=to/>
                        <button class="btn btn-primary" type="submit">"Search"</button>
                    </form>
                    {content}
                </div>
            </div>
        }
        .into_any()
    }
}

fn table(mails: Vec<MailSummary>) -> impl IntoView {
    let rows = mails.into_iter().map(|mail| {
        let MailSummary {
            id,
            address,
            subject,
            kept_at,
        } = mail;
        view! {
            <tr>
                <th scope="row">
                    <a class="link" href=format!("/dev/mail/{id}")><UserText text=subject/></a>
                </th>
                <td data-label="To"><UserText text=address/></td>
                <td class="min-[72rem]:whitespace-nowrap" data-label="Kept"><Moment at=kept_at/></td>
            </tr>
        }
    });
    view! {
        <TableRegion label="Table of messages">
            <table class="table table-stack">
                <thead>
                    <tr><th scope="col">"Subject"</th><th scope="col">"To"</th><th scope="col">"Kept"</th></tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </TableRegion>
    }
}

/// One kept message as its reader would see it.
#[derive(Debug, Clone)]
pub struct KeptMailPage {
    pub mail: KeptMail,
}

impl Page for KeptMailPage {
    fn title(&self) -> String {
        self.mail.subject.clone()
    }

    fn description(&self) -> String {
        "A message that was kept instead of being sent.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn has_frame(&self) -> bool {
        true
    }

    fn body(self) -> AnyView {
        let KeptMail {
            id,
            address,
            subject,
            headers,
            text,
            kept_at,
            html: _,
        } = self.mail;
        // The line above the footer ends with a space (RFC 3676, section 4.3), which nobody sees here.
        let text = text
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n");
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <p><a class="back-link" href="/dev/mail">"All mail"</a></p>
                    <h1 dir="auto">{subject}</h1>
                    <p class="lead">"To " <UserText text=address/> ", " <Moment at=kept_at/></p>
                </header>
                <div class="stack stack-lg">
                    // Without scripts, forms and this site's origin; links open in a new tab.
                    <iframe
                        class="mail-frame"
                        src=format!("/dev/mail/{id}/html")
                        title="The message as a mail program shows it"
                        sandbox="allow-popups allow-popups-to-escape-sandbox"
                    ></iframe>
                    <section>
                        <h2 class="panel-title">"As plain text"</h2>
                        <pre class="mail-source" tabindex="0" role="region" aria-label="Plain text">{text}</pre>
                    </section>
                    <section>
                        <h2 class="panel-title">"Headers"</h2>
                        <pre class="mail-source" tabindex="0" role="region" aria-label="Headers">{headers}</pre>
                    </section>
                </div>
            </div>
        }
        .into_any()
    }
}
