//! How figures get into the page.

use super::{
    source::Status,
    words::{bids, label_of_lowest},
};
use crate::islands::dom::{all, find, say};
use guildhall::{live::Figures, money::Money};
use web_sys::{Element, HtmlElement};

/// Writes what all open pages show alike into whatever is marked for it within `root`.
pub fn figures(root: &Element, figures: &Figures) {
    words(root, "bids", &bids(figures.bid_count));
    words(root, "bid-count", &figures.bid_count.to_string());
    words(root, "lowest-label", label_of_lowest(figures.state));
    for place in all(root, "[data-live=lowest]") {
        amount(&place, figures.lowest());
    }
}

/// Underlines the amount of this name, as the one that it came to.
pub fn finally(root: &Element, name: &str, is_final: bool) {
    for data in all::<Element>(root, &["[data-live=", name, "] data.money"].concat()) {
        let _ = data.class_list().toggle_with_force("money-final", is_final);
    }
}

/// Writes an amount into a place that has one, or words instead.
pub fn amount(place: &Element, amount: Option<Money>) {
    let Some(data) = find::<HtmlElement>(place, "data") else {
        return;
    };
    if let Some(none) = find::<HtmlElement>(place, "[data-none]") {
        none.set_hidden(amount.is_some());
    }
    data.set_hidden(amount.is_none());
    if let Some(amount) = amount {
        let words = amount.to_string();
        if data.text_content().as_deref() != Some(&words) {
            let _ = data.set_attribute("value", &amount.to_decimal());
            data.set_text_content(Some(&words));
            flash(&data);
        }
    }
}

/// Writes words into every place of this name, where they are not there yet.
pub fn words(root: &Element, name: &str, words: &str) {
    for place in all::<HtmlElement>(root, &["[data-live=", name, "]"].concat()) {
        if place.text_content().as_deref() != Some(words) {
            place.set_text_content(Some(words));
        }
    }
}

/// Lets a place take the form that a template has; answers whether it is another than before.
pub fn form(place: &Element, templates: &Element, kind: &str, key: &str) -> bool {
    let selector = ["template[data-", kind, "=\"", key, "\"]"].concat();
    let name = ["data-", kind].concat();
    if place.get_attribute(&name).as_deref() == Some(key) {
        return false;
    }
    let Some(template) = find::<Element>(templates, &selector) else {
        return false;
    };
    place.set_inner_html(&template.inner_html());
    let _ = place.set_attribute(&name, key);
    true
}

/// Says whether the page is current: to those who see it, and aloud where it is for good that it is not.
pub fn status(root: &Element, now: Status) {
    for mark in all::<HtmlElement>(root, "[data-live=status]") {
        mark.set_hidden(false);
        match now {
            Status::Live => mark.set_text_content(Some("Live")),
            Status::Lost => mark.set_text_content(Some("Reconnecting …")),
            Status::Over => {
                if let Some(over) = find::<Element>(root, "template[data-live=over]") {
                    mark.set_inner_html(&over.inner_html());
                }
            }
        }
        let is_off = now != Status::Live;
        let _ = mark.class_list().toggle_with_force("live-mark-off", is_off);
    }
    if now == Status::Over {
        say("This page is not live any more. Reload it.");
    }
}

/// Marks what has just changed, for those who want things to move.
fn flash(element: &HtmlElement) {
    let classes = element.class_list();
    let _ = classes.remove_1("live-changed");
    // Asking for the width lets the browser see that it is gone.
    let _ = element.offset_width();
    let _ = classes.add_1("live-changed");
}
