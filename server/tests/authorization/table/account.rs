//! An account's own pages.

use super::{ALL, GONE, MEMBERS, OWN, Row, page};

pub const ACCOUNT: &[Row] = &[
    // The account's own pages.
    page("GET", "/dashboard", MEMBERS),
    page("GET", "/dashboard/live", MEMBERS),
    page("GET", "/dashboard/results.csv", MEMBERS),
    page("GET", "/notices", MEMBERS),
    page("GET", "/notices/live", MEMBERS),
    page("POST", "/notices/read", MEMBERS).sending("newest=1"),
    page(
        "POST",
        "/notices/{number}/open",
        [401, 404, 404, 404, 404, 401, 401],
    ),
    page("GET", "/account/notices", MEMBERS),
    page("POST", "/account/notices", MEMBERS).sending("wanted=bid.first:site"),
    page("POST", "/account/notices/send-again", MEMBERS),
    page("GET", "/account/watching", MEMBERS),
    page("POST", "/account/watching/{id}/stop", MEMBERS),
    page("GET", "/account/searches", MEMBERS),
    page("POST", "/account/searches", MEMBERS)
        .sending("form_key=KEY&q=window&name=Windows&frequency=daily"),
    // Without a search there is nothing to save.
    page(
        "GET",
        "/account/searches/new",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    page("GET", "/account/searches/{id}", OWN).about("saved search"),
    page("POST", "/account/searches/{id}", OWN)
        .about("saved search")
        .sending("name=Windows&frequency=daily"),
    page("POST", "/account/searches/{id}/delete", GONE).about("saved search"),
    page("GET", "/account/notices/push", MEMBERS),
    page("POST", "/account/notices/push", MEMBERS).sending("name=Firefox&credential=%7B%22endpoint%22%3A%22https%3A%2F%2Fpush.example.com%2F1%22%2C%22keys%22%3A%7B%22p256dh%22%3A%22BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4%22%2C%22auth%22%3A%22BTBZMqHH6r4Tts7J_aSIgg%22%7D%7D"),
    page("GET", "/account/webhooks", MEMBERS),
    page("POST", "/account/webhooks", MEMBERS)
        .sending("form_key=KEY&name=Ops&format=slack&url=https://hooks.example.com/"),
    page("GET", "/account/webhooks/{id}", OWN).about("webhook"),
    page("POST", "/account/webhooks/{id}/secret", OWN)
        .about("webhook")
        .sending("form_key=KEY"),
    page("POST", "/account/webhooks/{id}/test", OWN).about("webhook"),
    page(
        "POST",
        "/account/webhooks/{id}/replay",
        [401, 404, 404, 404, 404, 401, 401],
    )
    .about("webhook")
    .sending("attempt=0"),
    page("POST", "/account/webhooks/{id}/send-again", OWN).about("webhook"),
    page("POST", "/account/webhooks/{id}/off", OWN).about("webhook"),
    page("POST", "/account/webhooks/{id}/on", OWN).about("webhook"),
    page("GET", "/account/webhooks/{id}/remove", OWN).about("webhook"),
    page("POST", "/account/webhooks/{id}/remove", GONE).about("webhook"),
    page("GET", "/unsubscribe/{token}", [404; 7]),
    page("POST", "/unsubscribe/{token}", [404; 7]),
    // Every address here is confirmed.
    page("GET", "/confirm-email", MEMBERS),
    page(
        "POST",
        "/confirm-email",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    // Both require the secret of a link, which only the reader of its letter has seen.
    page("GET", "/confirm-email/link", [404; 7]),
    page("POST", "/confirm-email/link", [404; 7]).sending("secret=x"),
    page("GET", "/account/security", MEMBERS),
    page("GET", "/account/two-factor", MEMBERS),
    // Nobody here is setting it up, and nobody gives a password.
    page(
        "GET",
        "/account/two-factor/setup",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    page(
        "POST",
        "/account/two-factor/setup",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password="),
    page(
        "POST",
        "/account/two-factor/on",
        [401, 303, 303, 303, 303, 401, 401],
    )
    .sending("code=000000"),
    page(
        "POST",
        "/account/two-factor/off",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password="),
    page(
        "POST",
        "/account/two-factor/codes",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password="),
    page("POST", "/account/two-factor/browsers/forget", MEMBERS),
    page("GET", "/account/passkeys", MEMBERS),
    page(
        "POST",
        "/account/passkeys",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("name=&present_password="),
    // Nobody here is adding one.
    page(
        "GET",
        "/account/passkeys/new",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    page(
        "POST",
        "/account/passkeys/new",
        [401, 303, 303, 303, 303, 401, 401],
    )
    .sending("credential=x"),
    page("GET", "/account/passkeys/confirm", MEMBERS),
    page(
        "POST",
        "/account/passkeys/confirm",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("credential=x"),
    // Another account's passkey gives the same answer as a removed one.
    page("GET", "/account/passkeys/{id}", GONE).about("passkey"),
    page(
        "POST",
        "/account/passkeys/{id}/name",
        [401, 303, 303, 422, 303, 401, 401],
    )
    .about("passkey")
    .sending("name=Phone&present_password="),
    page(
        "POST",
        "/account/passkeys/{id}/remove",
        [401, 303, 303, 422, 303, 401, 401],
    )
    .about("passkey")
    .sending("present_password="),
    page("GET", "/reset-password", ALL),
    page("POST", "/reset-password", [422; 7]).sending("email=x"),
    page("GET", "/reset-password/link", [404; 7]),
    page("POST", "/reset-password/link", [404; 7]).sending("secret=x&new_password=x"),
    page("GET", "/undo-email-change/link", [404; 7]),
    page("POST", "/undo-email-change/link", [404; 7]).sending("secret=x&new_password=x"),
    page("GET", "/account/privacy", MEMBERS),
    page("GET", "/account/export", MEMBERS),
    page(
        "POST",
        "/account/export",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password="),
    // Both require a link that was signed for the account.
    page(
        "GET",
        "/account/export/ready",
        [401, 404, 404, 404, 404, 401, 401],
    ),
    page(
        "GET",
        "/account/export/file",
        [401, 404, 404, 404, 404, 401, 401],
    ),
    page("GET", "/account/erasure", MEMBERS),
    page(
        "POST",
        "/account/erasure",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password="),
    page("POST", "/account/erasure/stop", MEMBERS),
    page("GET", "/keep-account/link", [404; 7]),
    page("POST", "/keep-account/link", [404; 7]).sending("secret=x"),
    page("GET", "/account", MEMBERS),
    page("POST", "/account/name", MEMBERS).sending("name=Nobody"),
    page("GET", "/account/email", MEMBERS),
    page(
        "POST",
        "/account/email",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("email=new@example.com&present_password=x"),
    page(
        "POST",
        "/account/password",
        [401, 422, 422, 422, 422, 401, 401],
    )
    .sending("present_password=x"),
    // Another account's session gives the same answer as an ended one.
    page(
        "POST",
        "/account/sessions/{id}/end",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("session"),
    page("POST", "/account/sessions/end-others", MEMBERS),
    page("GET", "/account/calendar", MEMBERS),
    page("POST", "/account/calendar", MEMBERS).sending("form_key=KEY"),
    page("POST", "/account/calendar/revoke", MEMBERS),
    // Requires the secret of an address, which only its owner has seen.
    page("GET", "/calendar.ics", [404; 7]),
    page("GET", "/account/tokens", MEMBERS),
    page("POST", "/account/tokens", MEMBERS)
        .sending("form_key=KEY&name=x&scopes=account:read&days=7"),
    page(
        "POST",
        "/account/tokens/{id}/revoke",
        [401, 404, 404, 200, 404, 401, 401],
    )
    .about("token")
    .sending("form_key=KEY"),
    page(
        "POST",
        "/account/password/first",
        [401, 409, 409, 409, 409, 401, 401],
    )
    .sending("new_password=stepped+gable+lantern"),
    // Sign-in providers: none is configured here, and nobody is returning from one (see server/tests/identity).
    page("GET", "/sign-in/with/{provider}", [404; 7]).about("nothing"),
    page("GET", "/sign-in/with/{provider}/callback", [404; 7]).about("nothing"),
    page("GET", "/sign-up/with", [303; 7]),
    page("POST", "/sign-up/with", [409, 303, 303, 303, 303, 409, 409])
        .sending("form_key=KEY&role=seller&name=Nobody"),
    page(
        "GET",
        "/account/identities/link",
        [401, 303, 303, 303, 303, 401, 401],
    ),
    page(
        "POST",
        "/account/identities/link",
        [401, 303, 303, 303, 303, 401, 401],
    )
    .sending("form_key=KEY"),
    page(
        "POST",
        "/account/identities/{provider}/link",
        [401, 404, 404, 404, 404, 401, 401],
    )
    .about("nothing")
    .sending("form_key=KEY"),
    // Another account's identity gives the same answer as an unlinked one.
    page(
        "GET",
        "/account/identities/{id}/unlink",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("identity"),
    page(
        "POST",
        "/account/identities/{id}/unlink",
        [401, 303, 303, 200, 303, 401, 401],
    )
    .about("identity")
    .sending("form_key=KEY&present_password=stepped+gable+lantern"),
];
