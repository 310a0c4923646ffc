//! A dashboard while it is open. Rows stay where they are; a link shows the new order.

use super::{show, source::Source};
use crate::islands::dom::{all, find, on, say};
use guildhall::{
    live::{Figures, member},
    money::Money,
    project::State,
};
use leptos::prelude::{document, window};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc};
use web_sys::{Element, HtmlElement};

struct Dashboard {
    main: Element,
    templates: Element,
    /// Whose part of the page is another now.
    moved: RefCell<BTreeSet<i64>>,
}

pub fn wake(root: &HtmlElement) {
    let (Some(templates), Ok(Some(main))) = (
        find::<Element>(root, "[data-source]"),
        document().query_selector("main"),
    ) else {
        return;
    };
    let path = templates.get_attribute("data-source").unwrap_or_default();
    let dashboard = Rc::new(Dashboard {
        main,
        templates,
        moved: RefCell::default(),
    });
    if let Some(link) = find::<Element>(root, "[data-live=moved]") {
        on(&link, "click", |event| {
            event.prevent_default();
            let _ = window().location().reload();
        });
    }
    let (told, status) = (dashboard.clone(), dashboard);
    Source::follow(
        path,
        move |object| {
            if let Some(figures) = Figures::from_json(object) {
                told.show(&figures, object);
            }
            true
        },
        move |now| show::status(&status.main, now),
    );
}

impl Dashboard {
    fn show(&self, figures: &Figures, object: &str) {
        let id = figures.project.0;
        let standing = member(object, "standing");
        let kind = standing.unwrap_or_else(|| figures.state.name());
        let row = ["[data-project=\"", &id.to_string(), "\"]"].concat();
        let Some(row) = find::<Element>(&self.main, &row) else {
            // Where only a part is shown, the others are no news.
            let shows_all = window()
                .location()
                .search()
                .is_ok_and(|query| query.is_empty() || query.ends_with(&["=", kind].concat()));
            return self.moved(id, shows_all);
        };
        show::figures(&row, figures);
        if let Some(minor) = member(object, "own_minor").and_then(|minor| minor.parse().ok()) {
            let own = Money::from_minor(minor, figures.currency);
            for place in all(&row, "[data-live=own]") {
                show::amount(&place, Some(own));
            }
        }
        match standing {
            Some(standing) => show::finally(&row, "own", standing == "won"),
            None => show::finally(&row, "lowest", figures.state == State::Awarded),
        }
        for link in all::<HtmlElement>(&row, "[data-live=bid-lower]") {
            link.set_hidden(kind != "outbid" || figures.state != State::Open);
        }
        let has_result =
            matches!(figures.state, State::Awarded | State::Unawarded) && kind != "withdrawn";
        if let Some(link) = find::<Element>(&row, ".lot-title a").filter(|_| has_result) {
            let _ = link.set_attribute("href", &format!("/projects/{id}/result"));
        }
        let badge = find::<Element>(&row, "[data-live=badge]");
        if badge.is_some_and(|badge| show::form(&badge, &self.templates, "badge", kind)) {
            let words = |selector| {
                find::<Element>(&row, selector)
                    .and_then(|place| place.text_content())
                    .unwrap_or_default()
            };
            say(&[&words(".lot-title"), ": ", &words("[data-live=badge]"), "."].concat());
        }
        let place = row.closest("[data-place]").ok().flatten();
        let place = place.and_then(|place| place.get_attribute("data-place"));
        self.moved(id, place.as_deref() != Some(kind));
    }

    fn moved(&self, id: i64, has_moved: bool) {
        let mut moved = self.moved.borrow_mut();
        if has_moved {
            moved.insert(id);
        } else {
            moved.remove(&id);
        }
        let words = match moved.len() {
            1 => "1 project has another place: show it".to_owned(),
            more => format!("{more} projects have another place: show them"),
        };
        for link in all::<HtmlElement>(&self.main, "[data-live=moved]") {
            link.set_hidden(moved.is_empty());
            link.set_text_content(Some(&words));
        }
    }
}
