//! Pages and forms about projects, and those for everybody.

use super::{ALL, BUYERS, MEMBERS, OWNER, PROJECT, Row, SELLERS, page};

pub const PAGES: &[Row] = &[
    // Public pages.
    page("GET", "/", ALL),
    page("GET", "/how-it-works", ALL),
    page("GET", "/privacy", ALL),
    page("GET", "/calculator", ALL),
    page("GET", "/archive", ALL),
    page("GET", "/archive.csv", ALL),
    page("GET", "/archive/statistics", ALL),
    page("GET", "/archive/statistics.csv", ALL),
    page("GET", "/projects", ALL),
    page("GET", "/projects.atom", ALL),
    page("GET", "/projects/{id}", ALL),
    page("GET", "/projects/{id}/result", ALL).about("awarded"),
    page("GET", "/projects/{id}/award", ALL).about("awarded"),
    page("GET", "/projects/{id}/deadline.ics", ALL),
    page("GET", "/projects/{id}/bids", [303; 7]),
    page("GET", "/projects/{id}/undo", [303; 7]),
    page("GET", "/projects/{id}/live", ALL),
    page("GET", "/projects/{id}/history", ALL),
    page("GET", "/projects/{id}/staircase.svg", ALL),
    page("GET", "/robots.txt", ALL),
    page("GET", "/dev/mail", ALL),
    page("GET", "/dev/mail/{id}", ALL).about("kept mail"),
    page("GET", "/dev/mail/{id}/html", ALL).about("kept mail"),
    page("GET", "/sitemap.xml", ALL),
    page("GET", "/api/docs", ALL),
    page("GET", "/api/docs/problems", ALL),
    page("GET", "/api/docs/problems/{slug}", ALL).about("problem"),
    page("GET", "/settings", ALL),
    page("POST", "/settings/theme", [303; 7]).sending("theme=dark"),
    page("POST", "/settings/time-zone", ALL).sending("time_zone=UTC"),
    page("GET", "/sign-up", ALL),
    page("POST", "/sign-up", [422; 7]).sending("role=seller"),
    page("GET", "/sign-in", [200, 303, 303, 303, 303, 200, 200]),
    page("POST", "/sign-in", [422; 7]).sending("email=x"),
    // Nobody here has just given a password.
    page("GET", "/sign-in/code", [303; 7]),
    page("POST", "/sign-in/code", [303; 7]).sending("code=000000"),
    page("POST", "/sign-out", [303; 7]),
    // Sellers' pages.
    page("GET", "/projects/new", SELLERS),
    page("POST", "/projects/new", SELLERS).sending(PROJECT),
    page("GET", "/projects/{id}/edit", OWNER).about("draft"),
    page("POST", "/projects/{id}/edit", OWNER)
        .about("draft")
        .sending(PROJECT),
    page("GET", "/projects/{id}/discard", OWNER).about("draft"),
    page("POST", "/projects/{id}/discard", OWNER)
        .about("draft")
        .sending("form_key=KEY"),
    page("GET", "/autosaves/{id}/discard", OWNER).about("autosave"),
    page("POST", "/autosaves/{id}/discard", OWNER)
        .about("autosave")
        .sending("form_key=KEY"),
    page("GET", "/saved-forms/discard", MEMBERS),
    page("POST", "/saved-forms/discard", MEMBERS).sending("form_key=KEY&form_page=/projects/new"),
    page("GET", "/projects/{id}/cancel", OWNER).about("open without bid"),
    page("POST", "/projects/{id}/cancel", OWNER)
        .about("open without bid")
        .sending("form_key=KEY"),
    // Everybody but the project's seller watches it; whoever does not watch stops in vain.
    page(
        "POST",
        "/projects/{id}/watch",
        [401, 200, 200, 403, 200, 401, 401],
    ),
    page("POST", "/projects/{id}/stop-watching", MEMBERS),
    // Buyers' pages. Withdrawing without a bid is a conflict.
    page("POST", "/projects/{id}/bids", BUYERS).sending("form_key=KEY&amount=800"),
    page(
        "GET",
        "/projects/{id}/withdraw",
        [401, 200, 409, 403, 403, 401, 401],
    ),
    page(
        "POST",
        "/projects/{id}/withdraw",
        [401, 200, 409, 403, 403, 401, 401],
    )
    .sending("form_key=KEY"),
    // No bid has the id 0, so there is nothing to undo.
    page(
        "POST",
        "/projects/{id}/undo",
        [401, 409, 409, 403, 403, 401, 401],
    )
    .sending("form_key=KEY&bid=0"),
];
