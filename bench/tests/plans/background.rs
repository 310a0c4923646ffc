//! The queries behind requests, and the sweeps.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, POINT, World},
};
use guildhall::{
    account,
    account_mail::{self, MailKind},
    audit, award, device, erasure,
    event::{self, EventKind, consumer},
    identity,
    kept_mail::{self, MAX_KEPT, NewMail},
    notice, oauth,
    passkey::{self, Prompt, RelyingParty},
    project::{self, ProjectId},
    receipt, second_factor, session,
    sign_in_log::{self, NewSignIn, SignInMethod},
    token::{self, NewPersonalToken},
    webhook,
};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, types::Uuid};
use time::Duration;

/// All kept mail, in the index and in the table.
const KEPT: i64 = 2 * MAX_KEPT + POINT;

pub async fn behind_requests(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let account = world.bidder.account;
    let data = json!({});
    let contents = session::SessionContents {
        account: Some(session::SessionOwner { account, epoch: 0 }),
        user_agent: "",
        data: &data,
        lasts: Duration::DAY,
    };
    assert!(session::begin(db, b"a token", &contents).await.unwrap());
    measure!(report, db, "a session is looked up", POINT, |tx| {
        session::load(&mut tx, b"a token")
    });
    measure!(report, db, "a session is saved", POINT, |tx| session::save(
        &mut tx, b"a token", &contents
    ));
    measure!(report, db, "an account's sessions", PAGE, |tx| {
        session::of_account(&mut tx, account, b"a token")
    });
    measure!(report, db, "all other sessions end", PAGE, |tx| {
        session::end_others(&mut tx, account, None)
    });
    measure!(report, db, "an account's second factor", PAGE, |tx| {
        second_factor::state(&mut tx, account)
    });
    measure!(
        report,
        db,
        "whether a sign-in asks for a code",
        POINT,
        |tx| { second_factor::asks_for_code(&mut tx, account, None) }
    );
    measure!(report, db, "an account's passkeys", PAGE, |tx| {
        passkey::list(&mut tx, account)
    });
    measure!(
        report,
        db,
        "how many passkeys sign in to an account",
        POINT,
        |tx| { passkey::usable_count(&mut tx, account) }
    );
    measure!(
        report,
        db,
        "how many passkeys an account has",
        POINT,
        |tx| { passkey::count(&mut tx, account) }
    );
    let party = RelyingParty::new("https://guildhall.example").unwrap();
    measure!(report, db, "a passkey is about to be added", PAGE, |tx| {
        passkey::begin_registration(&mut tx, &party, &world.eager, b"a token")
    });
    measure!(report, db, "a sign-in with a passkey begins", POINT, |tx| {
        passkey::begin_sign_in(&mut tx, &party, b"a token", Prompt::Offer)
    });
    measure!(report, db, "an account's trusted browsers", PAGE, |tx| {
        device::trusted(&mut tx, account)
    });
    measure!(report, db, "the trust in all browsers ends", PAGE, |tx| {
        device::end_trust(&mut tx, account)
    });
    let mail = NewMail {
        message_id: "<1@guildhall.example>",
        address: "someone@example.com",
        subject: "Subject",
        headers: "",
        html: "",
        text: "",
    };
    // Reads the messages, of which there are never more, to find those beyond the limit, and then those to delete.
    let each_kept = 3 * MAX_KEPT + POINT;
    measure!(report, db, "a message is kept", each_kept, |tx| {
        kept_mail::keep(&mut tx, &mail)
    });
    measure!(report, db, "kept mail", KEPT, |tx| kept_mail::list(
        &mut tx, "bidder"
    ));
    measure!(report, db, "a kept message", POINT, |tx| kept_mail::find(
        &mut tx, 7
    ));
    measure!(report, db, "an account's recorded changes", PAGE, |tx| {
        audit::of_account(&mut tx, account, None, 51)
    });
    let sign_in = NewSignIn {
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: "",
        method: SignInMethod::Password,
        is_known: false,
    };
    measure!(report, db, "a sign-in is logged", POINT, |tx| {
        sign_in_log::record(&mut tx, account, &sign_in)
    });
    measure!(report, db, "an account's sign-ins", PAGE, |tx| {
        sign_in_log::recent(&mut tx, account, 50)
    });
    measure!(report, db, "an account's latest letter", POINT, |tx| {
        account_mail::latest(&mut tx, account, MailKind::ConfirmEmail)
    });
    account::request_confirmation(db, account, "bidder@example.com")
        .await
        .unwrap();
    measure!(report, db, "letters to accounts are claimed", POINT, |tx| {
        account_mail::claim(&mut tx, 4)
    });
    let new = NewPersonalToken::parse(world.bidder.role, "A script", &["bids:read"], "30").unwrap();
    let secret = token::create_personal(db, account, &new).await.unwrap();
    let hash = secret.hash();
    measure!(report, db, "a token is looked up", POINT, |tx| {
        token::authenticate(&mut tx, &hash)
    });
    measure!(report, db, "an account's tokens", PAGE, |tx| {
        token::personal(&mut tx, &world.bidder)
    });
    let program =
        sqlx::query_scalar::<_, String>("select client_id from oauth_client where id = 7")
            .fetch_one(&mut **db)
            .await
            .unwrap();
    measure!(report, db, "a program is looked up", POINT, |tx| {
        oauth::find_by_public_id(&mut tx, &program)
    });
    measure!(report, db, "an account's programs", PAGE, |tx| {
        oauth::allowed(&mut tx, &world.seller)
    });
    measure!(report, db, "an identity is looked up", POINT, |tx| {
        identity::is_known(&mut tx, "https://id.example.com", "subject-7")
    });
    measure!(report, db, "an account is looked up", POINT, |tx| {
        account::find(&mut tx, account)
    });
    measure!(
        report,
        db,
        "an account is looked up by its e-mail",
        POINT,
        |tx| { account::find_by_email(&mut tx, "account-7@load.example") }
    );
    let form = receipt::Mark::form(account, Uuid::from_u128(7), "bid", &["1"]).unwrap();
    measure!(report, db, "a form's key is claimed", POINT, |tx| {
        receipt::claim::<()>(&mut tx, &form)
    });
    let call = receipt::Mark::call(account, "a key", "POST", &[b"/"]).unwrap();
    measure!(report, db, "a call's key is claimed", POINT, |tx| {
        receipt::claim::<()>(&mut tx, &call)
    });
    measure!(report, db, "the feed from its beginning", PAGE, |tx| {
        event::changes(&mut tx, event::Position::default(), 31)
    });
    let (transaction, last): (i64, i64) = sqlx::query_as(
        "select transaction_id::text::bigint, id from outbox order by transaction_id desc, id desc offset 1000 limit 1",
    )
    .fetch_one(&mut **db)
    .await
    .unwrap();
    let near = event::Position {
        transaction,
        event: last,
    };
    measure!(report, db, "the feed near its end", PAGE, |tx| {
        event::changes(&mut tx, near, 31)
    });
    consumer_queries(report, db, near).await;
    let deadline = world.now + Duration::days(7);
    let input = project::ProjectInput {
        name: "A sundial",
        summary: "A sundial for a watchmaker",
        description: "Brass, and right to the minute.",
        category: "trades",
        skills: "",
        currency: "EUR",
        budget: "900",
        deadline: Ok(deadline),
        fulfillment: project::FulfillmentInput::default(),
    };
    let details = project::Details::parse(&input, project::Purpose::Publish).unwrap();
    measure!(report, db, "a project is published", POINT, |tx| {
        project::publish(&mut tx, &world.modest, None, &details)
    });
    measure!(report, db, "a draft is saved", 2 * PAGE, |tx| {
        project::save_draft(&mut tx, &world.modest, &details)
    });
    let draft = project::save_draft(db, &world.modest, &details)
        .await
        .unwrap();
    measure!(report, db, "a draft is discarded", POINT, |tx| {
        project::discard_draft(&mut tx, &world.modest, draft)
    });
}

/// The queries of the worker's outbox consumers: from the start, where a read scans as many events as allowed, and near
/// the end, the usual case.
async fn consumer_queries(report: &mut Report, db: &mut PgConnection, near: event::Position) {
    let db = &mut db.begin().await.unwrap();
    let ended = [EventKind::ProjectAwarded, EventKind::ProjectUnawarded];
    let from_start = event::Position::default();
    let scan = 2 * consumer::MAX_SCANNED + 2 * PAGE;
    measure!(report, db, "a consumer far behind", scan, |tx| {
        consumer::next(&mut tx, from_start, &ended, 31)
    });
    measure!(report, db, "a consumer near the end", 3_000, |tx| {
        consumer::next(&mut tx, near, &ended, 31)
    });
    consumer::register(db, "a-consumer").await.unwrap();
    measure!(report, db, "a consumer's checkpoint", POINT, |tx| {
        consumer::checkpoints(&mut tx, Some("a-consumer"))
    });
    let awarded = sqlx::query_scalar::<_, i64>(
        "select project_id from award order by project_id desc limit 31",
    )
    .fetch_all(&mut **db)
    .await
    .unwrap();
    let awarded: Vec<_> = awarded.into_iter().map(ProjectId).collect();
    measure!(report, db, "results are checked", PAGE, |tx| {
        award::check(&mut tx, &awarded)
    });
}

pub async fn sweeping(report: &mut Report, db: &mut PgConnection) {
    let db = &mut db.begin().await.unwrap();
    measure!(report, db, "expired sessions are deleted", PAGE, |tx| {
        session::end_expired(&mut tx)
    });
    measure!(report, db, "old failures are deleted", PAGE, |tx| {
        account::forget_old_failures(&mut tx)
    });
    measure!(
        report,
        db,
        "old letters to accounts are deleted",
        PAGE,
        |tx| { account_mail::forget_old(&mut tx) }
    );
    measure!(report, db, "old sign-ins are deleted", PAGE, |tx| {
        sign_in_log::forget_old(&mut tx)
    });
    measure!(report, db, "waits of letters are shortened", PAGE, |tx| {
        account_mail::bound_waits(&mut tx)
    });
    measure!(report, db, "waits of notices are shortened", PAGE, |tx| {
        notice::bound_waits(&mut tx)
    });
    // Once in ten minutes, everything that waits is read, with its index entries.
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from webhook where done_number < last_number and parked_at is null",
    )
    .fetch_one(&mut **db)
    .await
    .unwrap();
    let waiting = 2 * waiting + POINT;
    measure!(
        report,
        db,
        "waits of webhooks are shortened",
        waiting,
        |tx| webhook::bound_waits(&mut tx)
    );
    // And every browser that shows notices, with its device.
    let browsers: i64 = sqlx::query_scalar("select count(*) from webhook where format = 'push'")
        .fetch_one(&mut **db)
        .await
        .unwrap();
    let browsers = 4 * browsers + PAGE;
    measure!(report, db, "lost browsers are deleted", browsers, |tx| {
        webhook::forget_lost(&mut tx)
    });
    measure!(report, db, "due erasures are found", PAGE, |tx| {
        erasure::due(&mut tx, None, 100)
    });
    measure!(report, db, "old kept mail is deleted", KEPT, |tx| {
        kept_mail::forget_old(&mut tx)
    });
    measure!(report, db, "old receipts are deleted", PAGE, |tx| {
        receipt::forget_old(&mut tx)
    });
    measure!(
        report,
        db,
        "expired sign-in flows are deleted",
        PAGE,
        |tx| identity::end_expired_flows(&mut tx)
    );
    measure!(report, db, "expired challenges are deleted", PAGE, |tx| {
        passkey::end_expired_challenges(&mut tx)
    });
    measure!(report, db, "expired tokens are deleted", PAGE, |tx| {
        token::end_expired(&mut tx)
    });
    measure!(
        report,
        db,
        "expired OAuth rows are deleted",
        4 * PAGE,
        |tx| oauth::end_expired(&mut tx)
    );
    measure!(report, db, "tallies are summed", 2 * PAGE, |tx| {
        project::fold_tally(&mut tx)
    });
}
