//! The entries of the privacy page.

use super::{
    AtErasure::{Anonymized, Deleted, Stays},
    KeptData,
    Period::{Days, Hours, Until},
};
use crate::{
    account, account_mail, autosave, device, kept_mail, notice, quota, receipt, saved_form,
    saved_search, session, sign_in_log, token, watch, webhook,
};

const OF_ACCOUNT: &str = "As long as the account exists";
const FOR_GOOD: &str = "For good";

/// Everything that is kept about people.
pub const KEPT: &[KeptData] = &[
    KeptData {
        what: "Your name, your e-mail address, your role, and when you joined",
        why: "To sign you in, to reach you, and to show who posts a project or who won it.",
        period: Until(OF_ACCOUNT),
        at_erasure: Anonymized(
            "Your name becomes “Former member”, and your e-mail address is deleted. The number, the role and the first day of the account stay, because projects and bids refer to it.",
        ),
        tables: &["account"],
    },
    KeptData {
        what: "Your password, as a hash from which it can't be read",
        why: "To sign you in.",
        period: Until("Until you change it"),
        at_erasure: Deleted,
        tables: &[],
    },
    KeptData {
        what: "Your accounts at providers that you sign in with, by their number there and their label",
        why: "To sign you in without a password.",
        period: Until("Until you unlink them"),
        at_erasure: Deleted,
        tables: &["identity"],
    },
    KeptData {
        what: "That two-factor authentication is on, since when, a random number from which your app’s key is derived, and hashes of your recovery codes",
        why: "To ask for a code when you sign in.",
        period: Until("Until you turn it off"),
        at_erasure: Deleted,
        tables: &["second_factor", "recovery_code"],
    },
    KeptData {
        what: "Your passkeys: a public key and the identifier that your device gave it, the name that you gave it, when you added and last used it, and when it was refused; and a random number by which devices know your account",
        why: "To sign you in without a password.",
        period: Until("Until you remove them; the number as long as the account exists"),
        at_erasure: Deleted,
        tables: &["passkey", "passkey_user"],
    },
    KeptData {
        what: "Your sessions: the kind of browser and its random number, when you signed in, and when you were last here; and a sign-in with a provider or a passkey while it is under way",
        why: "To keep you signed in, and so that you can sign out elsewhere.",
        period: Days(session::SIGNED_IN_DAYS, " after your last visit"),
        at_erasure: Deleted,
        tables: &["session", "sign_in_flow", "passkey_challenge"],
    },
    KeptData {
        what: "Which browsers were used to open your account or sign in to it, by a random number in a cookie; which of them show your notifications; and the kind of those that you trust",
        why: "So that strangers who guess your password can't lock you out, to let you sign in before your address is confirmed, to ask a trusted browser for no code, and to end notifications when a browser is signed out.",
        period: Days(
            device::REMEMBERED_DAYS,
            " after the sign-up or last sign-in",
        ),
        at_erasure: Deleted,
        tables: &["device"],
    },
    KeptData {
        what: "Failed sign-ins, by hashes of the e-mail address and the network address",
        why: "To slow down guessing.",
        period: Hours(account::FAILURES_KEPT_HOURS, " after the last one"),
        at_erasure: Stays("Deleted automatically at the end of that period"),
        tables: &["sign_in_failure"],
    },
    KeptData {
        what: "Your sign-ins: when, from which network address, and with which browser",
        why: "So that you notice when somebody else signs in.",
        period: Days(sign_in_log::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &["sign_in_log"],
    },
    KeptData {
        what: "That the password, the e-mail address, a sign-in method, two-factor authentication, a token, an app, a webhook or a browser that shows notifications was changed in your account, and when",
        why: "A record that nobody can change unnoticed, so that a takeover can be investigated.",
        period: Until(FOR_GOOD),
        at_erasure: Stays(
            "Stays: its entries are chained, so none can be removed. They have the account's number, and neither names nor addresses.",
        ),
        tables: &["audit_entry"],
    },
    KeptData {
        what: "The projects that you published",
        why: "Buyers bid on what they said, and everybody can check the result.",
        period: Until(FOR_GOOD),
        at_erasure: Stays("Stay, under the name “Former member”"),
        tables: &["project", "search_document"],
    },
    KeptData {
        what: "Your drafts",
        why: "So that you can go on with them.",
        period: Until("Until you publish or discard them"),
        at_erasure: Deleted,
        tables: &[],
    },
    KeptData {
        what: "What you typed into the form of a project, but did not send",
        why: "So that nothing is lost if the browser closes.",
        period: Days(autosave::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &["autosave"],
    },
    KeptData {
        what: "A form that you sent after your session had ended",
        why: "To show it again after the sign-in.",
        period: Hours(saved_form::KEPT_HOURS, ""),
        at_erasure: Deleted,
        tables: &["saved_form"],
    },
    KeptData {
        what: "Your bids: amounts and times, and your notes to them",
        why: "To find the lowest bid, and so that everybody can check that it won.",
        period: Until(FOR_GOOD),
        at_erasure: Anonymized(
            "Amounts and times stay, under the name “Former member”; your notes are deleted.",
        ),
        tables: &["bid", "notice_auction"],
    },
    KeptData {
        what: "The results of projects",
        why: "A result is final, and can be checked by everybody.",
        period: Until(FOR_GOOD),
        at_erasure: Stays("Stay: a result consists of the numbers of a project and a bid."),
        tables: &["award"],
    },
    KeptData {
        what: "The log of changes: that a project was published, a bid placed, or an account changed",
        why: "Notifications, live pages and the public feed of changes are made from it.",
        period: Until(FOR_GOOD),
        at_erasure: Stays(
            "Stays: it has numbers, amounts and times, and neither names nor addresses.",
        ),
        tables: &["outbox"],
    },
    KeptData {
        what: "Your notifications, and what is still to be sent",
        why: "To tell you what happened.",
        period: Days(notice::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &[
            "notice",
            "notice_inbox",
            "notice_queue",
            "notice_delivery",
            "notice_hold",
            "notice_held_mail",
        ],
    },
    KeptData {
        what: "Which notifications you turned off, and when you want your mail: quiet hours, digests and the time zone for them",
        why: "To leave you alone.",
        period: Until(OF_ACCOUNT),
        at_erasure: Deleted,
        tables: &["notice_off", "notice_mail_schedule"],
    },
    KeptData {
        what: "The projects that you watch",
        why: "To tell you how they end.",
        period: Days(watch::KEPT_DAYS, " after the deadline"),
        at_erasure: Deleted,
        tables: &["watch"],
    },
    KeptData {
        what: "Your saved searches",
        why: "To tell you of new projects.",
        period: Until("Until you delete them"),
        at_erasure: Deleted,
        tables: &["saved_search"],
    },
    KeptData {
        what: "Which projects matched a saved search",
        why: "So that you are told of each once.",
        period: Days(saved_search::MATCH_DAYS, ""),
        at_erasure: Deleted,
        tables: &["saved_search_match"],
    },
    KeptData {
        what: "Your webhooks and the browsers that show your notifications: their names, their addresses, what is still to be sent, and the keys that messages to a browser are encrypted with",
        why: "To send notifications to your own systems and browsers.",
        period: Until(
            "Until you remove them; a browser at the latest until it is signed out, or nobody has signed in there for a year",
        ),
        at_erasure: Deleted,
        tables: &["webhook", "webhook_message"],
    },
    KeptData {
        what: "The log of your webhooks and browsers, with the beginning of each answer",
        why: "So that you can see what went wrong.",
        period: Days(webhook::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &["webhook_attempt"],
    },
    KeptData {
        what: "Your access tokens, and the apps that you allowed, with hashes of their secrets",
        why: "To recognize the programs that act for you.",
        period: Days(token::KEPT_DAYS, " after they expire or are revoked"),
        at_erasure: Anonymized(
            "Revoked at once, without their names, and deleted at the end of that period",
        ),
        tables: &[
            "access_token",
            "oauth_grant",
            "oauth_code",
            "oauth_refresh_token",
            "oauth_device",
        ],
    },
    KeptData {
        what: "The apps that you registered",
        why: "So that people can allow them.",
        period: Days(token::KEPT_DAYS, " after you delete them"),
        at_erasure: Anonymized(
            "Ended at once, without their names, and deleted at the end of that period",
        ),
        tables: &["oauth_client"],
    },
    KeptData {
        what: "The hash of your calendar's private address",
        why: "To recognize your calendar.",
        period: Until("Until you revoke it"),
        at_erasure: Deleted,
        tables: &["calendar_feed"],
    },
    KeptData {
        what: "E-mails about your account: what for, to which address, and when",
        why: "To send them, and to recognize their links.",
        period: Days(account_mail::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &["account_mail", "account_mail_secret"],
    },
    KeptData {
        what: "On a server without a mail relay, such as the demo: all e-mails that it would send",
        why: "To show them at /dev/mail.",
        period: Days(kept_mail::KEPT_DAYS, ""),
        at_erasure: Deleted,
        tables: &["kept_mail"],
    },
    KeptData {
        what: "What came of the forms and calls that you sent",
        why: "So that a form that is sent twice has one effect.",
        period: Hours(receipt::KEPT_HOURS, ""),
        at_erasure: Deleted,
        tables: &["receipt", "submission", "idempotency"],
    },
    KeptData {
        what: "How much you stored lately, by hashes of the account and the network address",
        why: "So that nobody fills the disk.",
        period: Days(quota::KEPT_DAYS, " after the last time"),
        at_erasure: Stays("Deleted automatically at the end of that period"),
        tables: &["quota"],
    },
    KeptData {
        what: "That your account is going to be erased, or was, and when",
        why: "To do it in time, and so that nobody signs in afterwards.",
        period: Until("Until you keep the account; after an erasure, for good"),
        at_erasure: Stays("Stays, with the account’s number"),
        tables: &["erasure"],
    },
];
