//! Two-factor authentication: its page, and the code that a sign-in asks for.

mod sign_in;
mod two_factor;

pub(super) use sign_in::{begin_session, finish, sign_in};

use super::routes::Routes;
use guildhall::second_factor::RecoveryCode;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/sign-in/code", sign_in::ask)
        .post("/sign-in/code", sign_in::enter)
        .get("/account/two-factor", two_factor::show)
        .get("/account/two-factor/setup", two_factor::setup)
        .post("/account/two-factor/setup", two_factor::begin_setup)
        .post("/account/two-factor/on", two_factor::turn_on)
        .post("/account/two-factor/off", two_factor::turn_off)
        .post("/account/two-factor/codes", two_factor::renew_codes)
        .post(
            "/account/two-factor/browsers/forget",
            two_factor::forget_browsers,
        )
}

/// The codes as their owner copies them, one on each line.
fn revealed(codes: &[RecoveryCode]) -> String {
    let codes: Vec<String> = codes.iter().map(RecoveryCode::reveal).collect();
    codes.join("\n")
}
