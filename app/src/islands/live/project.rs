//! A project's page while it is open.

use super::{
    show,
    source::Source,
    words::{action, behind, label_of_end, newer, said_of_lead, standing_title, to_lead},
};
use crate::islands::{
    clock,
    dom::{all, fetch_text, find, number, on, say},
};
use guildhall::{live::Figures, money::Money, project::State};
use leptos::{prelude::document, task::spawn_local};
use std::{cell::Cell, rc::Rc};
use web_sys::{Element, HtmlElement};

struct Page {
    main: Element,
    /// What the page is asked to know, and its templates.
    terms: Element,
    own_number: Option<i32>,
    own_minor: Cell<Option<i64>>,
    leads: Cell<bool>,
    is_closed: Cell<bool>,
    figures: Cell<Option<Figures>>,
}

pub fn wake(root: &HtmlElement) {
    let (Some(terms), Ok(Some(main))) = (
        find::<Element>(root, "[data-source]"),
        document().query_selector("main"),
    ) else {
        return;
    };
    let page = Rc::new(Page {
        own_number: number(&terms, "data-own-number").map(|number| number as i32),
        own_minor: Cell::new(number(&terms, "data-own-minor").map(|minor| minor as i64)),
        leads: Cell::new(terms.has_attribute("data-leads")),
        is_closed: Cell::new(false),
        figures: Cell::new(None),
        main,
        terms,
    });
    if let Some(deadline_ms) = number(&page.terms, "data-closes-ms") {
        let page = page.clone();
        clock::each_second(root, move |now_ms| {
            if now_ms >= deadline_ms && !page.is_closed.replace(true) {
                page.close();
            }
        });
    }
    page.lead_to_newer();
    let path = page.terms.get_attribute("data-source").unwrap_or_default();
    let (told, status) = (page.clone(), page);
    Source::follow(
        path,
        move |object| {
            let figures = Figures::from_json(object);
            if let Some(figures) = figures {
                told.show(figures);
            }
            !figures.is_some_and(|figures| figures.is_final())
        },
        move |now| show::status(&status.main, now),
    );
}

impl Page {
    fn show(&self, figures: Figures) {
        self.figures.set(Some(figures));
        self.standing(&figures);
        if let Some(key) = action(
            &figures,
            self.own_number,
            self.terms.has_attribute("data-owns"),
            self.is_closed.get(),
        ) {
            self.become_form(key);
        }
        show::figures(&self.main, &figures);
        self.write_standing(&figures);
        self.history(&figures);
        show::finally(&self.main, "lowest", figures.state == State::Awarded);
        if figures.is_final() {
            self.badge(figures.state.name());
            show::words(&self.main, "ends-label", label_of_end(false));
            for gone in all::<Element>(&self.main, "[data-live=time-left], [data-live=status]") {
                gone.remove();
            }
        }
    }

    /// The deadline has passed, by a clock that is never early. The result comes when the server has made it.
    fn close(&self) {
        if self.figures.get().is_some_and(|figures| figures.is_final()) {
            return;
        }
        self.become_form("closed");
        self.badge("closed");
        show::words(&self.main, "ends-label", label_of_end(false));
        if let Some(figures) = self.figures.get() {
            show::figures(&self.main, &figures);
            self.write_standing(&figures);
        }
    }

    /// Whether the viewer leads, said aloud when that changes while it still counts.
    fn standing(&self, figures: &Figures) {
        if self.own_minor.get().is_none() {
            return;
        }
        let leads = figures.leader == self.own_number;
        if leads {
            // The lowest is one's own then, also when it was bid in another window.
            self.own_minor.set(figures.lowest_minor);
        }
        let is_new = self.leads.replace(leads) != leads;
        if is_new && figures.state == State::Open && !self.is_closed.get() {
            say(&said_of_lead(figures.lowest(), leads));
        }
    }

    fn write_standing(&self, figures: &Figures) {
        let leads = self.leads.get();
        show::words(&self.main, "to-lead", &to_lead(figures.lowest(), leads));
        let Some(own) = self.own_minor.get() else {
            return;
        };
        let own = Money::from_minor(own, figures.currency);
        show::words(&self.main, "standing-title", standing_title(leads));
        show::words(&self.main, "behind", &behind(own, figures.lowest(), leads));
        for place in all(&self.main, "[data-live=own]") {
            show::amount(&place, Some(own));
        }
        for standing in all::<Element>(&self.main, ".standing") {
            let _ = standing
                .class_list()
                .toggle_with_force("standing-outbid", !leads);
        }
    }

    /// Swaps what can be done now, and says what came of the auction. Who was in there is not left nowhere.
    fn become_form(&self, key: &str) {
        let Some(place) = find::<HtmlElement>(&self.main, "[data-live=action]") else {
            return;
        };
        let had_focus = document()
            .active_element()
            .is_some_and(|active| place.contains(Some(&active)));
        let before = place.get_attribute("data-action");
        if !show::form(&place, &self.terms, "action", key) {
            return;
        }
        if had_focus {
            let _ = place.focus();
        }
        // What is said aloud is said at one place.
        for status in all::<Element>(&place, "[role=status]") {
            let _ = status.remove_attribute("role");
        }
        let is_result = !["closed", "bids", "no-bids"].contains(&key);
        if is_result && before.as_deref() != Some(key) {
            if let Some(figures) = self.figures.get() {
                show::figures(&place, &figures);
            }
            let words =
                find::<Element>(&place, "p, .notice").and_then(|words| words.text_content());
            say(words.unwrap_or_default().trim());
        }
    }

    fn badge(&self, key: &str) {
        if let Some(place) = find::<Element>(&self.main, "[data-live=badge]") {
            show::form(&place, &self.terms, "badge", key);
        }
    }

    /// A table that grows while it is read is a nuisance; a link says that there is more.
    fn history(&self, figures: &Figures) {
        let (Some(history), Some(link), Some(count)) = (
            find::<Element>(&self.main, "[data-live=history]"),
            find::<HtmlElement>(&self.main, "[data-live=newer]"),
            find::<HtmlElement>(&self.main, "[data-live=history] .count"),
        ) else {
            return;
        };
        let listed = |name| number(&history, name).map(|number| number as i64);
        let has_newer = figures.newest.map(|id| id.0) != listed("data-newest");
        let is_other = has_newer || listed("data-live-bids") != Some(figures.bid_count.into());
        if is_other {
            let words = newer(
                listed("data-made").unwrap_or_default(),
                figures.made,
                has_newer,
            );
            link.set_text_content(Some(&words));
        }
        link.set_hidden(!is_other);
        count.set_hidden(is_other);
    }

    /// Fetches the history alone when the link is followed, so that nothing that was typed is lost.
    fn lead_to_newer(self: &Rc<Self>) {
        let Some(history) = find::<Element>(&self.main, "[data-live=history]") else {
            return;
        };
        let page = self.clone();
        on(&history.clone(), "click", move |event| {
            let is_link = event
                .target()
                .and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok())
                .is_some_and(|target| target.matches("[data-live=newer]").unwrap_or_default());
            if !is_link {
                return;
            }
            event.prevent_default();
            let (page, history) = (page.clone(), history.clone());
            spawn_local(async move {
                if page.renew(&history).await.is_none() {
                    let _ = leptos::prelude::window().location().reload();
                }
            });
        });
    }

    async fn renew(&self, history: &Element) -> Option<()> {
        let path = leptos::prelude::window().location().pathname().ok()?;
        let page = fetch_text(&path, "text/html").await.ok()?;
        let whole = document().create_element("div").ok()?;
        whole.set_inner_html(&page.text);
        let new: Element = find(&whole, "[data-live=history]").filter(|_| page.status == 200)?;
        for name in ["data-newest", "data-made", "data-live-bids"] {
            let value = new.get_attribute(name).unwrap_or_default();
            let _ = history.set_attribute(name, &value);
        }
        history.set_inner_html(&new.inner_html());
        if let Some(heading) = find::<HtmlElement>(history, "h2") {
            let _ = heading.set_attribute("tabindex", "-1");
            let _ = heading.focus();
        }
        // What came while it was fetched.
        if let Some(figures) = self.figures.get() {
            self.history(&figures);
        }
        Some(())
    }
}
