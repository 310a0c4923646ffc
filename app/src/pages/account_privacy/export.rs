use crate::{
    components::{Moment, Proof, ProofFields, Question},
    form::Form,
    pages::Page,
};
use guildhall::export::{ExportLink, LINK_HOURS, Section};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The form that makes a link to an export.
#[derive(Debug, Clone)]
pub struct RequestExport {
    pub proof: Proof,
    /// Field `present_password`, if the proof requires it, posted to /account/export.
    pub form: Form,
}

impl Page for RequestExport {
    fn title(&self) -> String {
        format!("{}Export your data", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Get everything that is in your account on Guildhall, as a page or as JSON.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { proof, form } = self;
        let button = proof.can_be_sent().then(|| {
            view! { <button class="btn btn-primary" type="submit">"Make the export"</button> }
        });
        view! {
            <Question heading="Export your data".into_any() form=form.clone()>
                <form class="panel form" method="post" action="/account/export" novalidate>
                    <p>
                        "An export has everything in your account: what you entered, what you published and bid, your sign-ins, your notifications and your settings. "
                        "It has neither passwords nor other secrets, and nothing about other people."
                    </p>
                    <p>
                        "You get a link that works for " {LINK_HOURS} " hours, for you alone: whoever opens it has to be signed in to this account. "
                        "We also tell you by e-mail, in case it was not you."
                    </p>
                    <ProofFields proof next="/account/export" form/>
                    <div class="actions">
                        {button}
                        <a class="btn btn-ghost" href="/account/privacy">"Back"</a>
                    </div>
                </form>
            </Question>
        }
        .into_any()
    }
}

/// Where the link to an export leads.
#[derive(Debug, Clone)]
pub struct ExportReady {
    pub link: ExportLink,
    pub until: OffsetDateTime,
}

impl Page for ExportReady {
    fn title(&self) -> String {
        "Your export".to_owned()
    }

    fn description(&self) -> String {
        "Download everything that is in your account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let file = |format| format!("/account/export/file?format={format}&{}", self.link.query());
        let parts = Section::ALL
            .iter()
            .map(|section| section.title())
            .collect::<Vec<_>>()
            .join("; ");
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head"><h1>"Your export"</h1></header>
                <section class="panel stack">
                    <p>"It is made when you download it, so it has everything up to that moment. This page works until " <Moment at=self.until/> "."</p>
                    <p class="muted">{parts} "."</p>
                    <div class="actions">
                        <a class="btn btn-primary" href=file("html") download="">"Download as a page (HTML)"</a>
                        <a class="btn btn-outline" href=file("json") download="">"Download for programs (JSON)"</a>
                    </div>
                    <p class="hint">"If a download breaks off, the file is incomplete: download it again. Keep the file where only you can read it."</p>
                </section>
                <p class="mt-4"><a class="link link-alone" href="/account/privacy">"Your data"</a></p>
            </div>
        }
        .into_any()
    }
}
