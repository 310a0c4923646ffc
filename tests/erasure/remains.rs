//! What an erasure deletes and what it leaves.

use crate::{
    carry_out, erase,
    fill::{MARK, dump, fill, references, tables_with_rows},
    let_week_pass, name_and_email, request,
    support::{
        self, buyers, close_due, eur, let_deadline_come, open_project, place, seller, winner,
    },
};
use guildhall::{
    account::{self, NewAccount, Role, Viewer},
    award::{self, AwardOutcome, Contacts},
    bid::{self, Combiner, Note, Offer},
    erasure::CarriedOut,
    privacy::{AtErasure, KEPT},
    project::{self, ProjectId},
    session::{self, SessionContents, SessionOwner},
    store::{MIGRATIONS, Tx},
};
use sqlx::PgPool;
use std::{collections::BTreeSet, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

/// An awarded project on which both buyers bid, the first one lower.
async fn awarded(pool: &PgPool, seller: &Viewer, buyers: &[Viewer]) -> ProjectId {
    let project = open_project(pool, seller, HOUR).await;
    let server = Combiner::new(pool.clone());
    for (buyer, minor) in buyers.iter().zip([70_000, 80_000]) {
        let offer = Offer::from(eur(minor)).with_note(Note::parse(MARK));
        bid::place(&server, buyer, project, offer, None)
            .await
            .unwrap();
    }
    let_deadline_come(pool, project).await;
    support::deadline_reached(pool, project).await;
    assert_eq!(close_due(pool).await, 1);
    project
}

/// The entries of the privacy page for the table.
fn stays(table: &str) -> bool {
    KEPT.iter()
        .any(|kept| kept.tables.contains(&table) && kept.at_erasure != AtErasure::Deleted)
}

async fn erased_account_is_gone_except_as_listed(pool: &PgPool, viewer: &Viewer) {
    // The last letter has the address until it has been sent.
    let last = sqlx::query("delete from account_mail where kind = 'account_erased'");
    assert_eq!(last.execute(pool).await.unwrap().rows_affected(), 1);
    for table in tables_with_rows(pool, viewer).await {
        assert!(
            stays(&table),
            "{table} has rows, and the privacy page does not say so"
        );
    }
    let all = dump(pool).await;
    let address = viewer.name.to_lowercase().replace(' ', ".");
    for word in [MARK, &viewer.name, &address] {
        let lines: Vec<_> = all.lines().filter(|line| line.contains(word)).collect();
        assert!(lines.is_empty(), "{word}: {lines:#?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_is_erased_from_every_table_and_the_result_can_still_be_checked(pool: PgPool) {
    let (sam, both) = (seller(&pool).await, buyers(&pool, 2).await);
    let project = awarded(&pool, &sam, &both).await;
    let ada = &both[0];
    // The other buyer keeps a note; it is not to be taken for the erased one's.
    sqlx::query("update bid set note = 'mine' where buyer_id = $1")
        .bind(both[1].account.0)
        .execute(&pool)
        .await
        .unwrap();
    fill(&pool, ada, false).await;
    request(&pool, ada).await.unwrap();
    let_week_pass(&pool, ada).await;
    let before: BTreeSet<_> = tables_with_rows(&pool, ada).await.into_iter().collect();
    let all: BTreeSet<_> = references(&pool)
        .await
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    let of_others = ["audit_entry", "autosave", "notice_auction", "project"].map(str::to_owned);
    let missing: Vec<_> = all
        .difference(&before)
        .filter(|table| !of_others.contains(table))
        .collect();
    assert!(missing.is_empty(), "fill these tables: {missing:?}");
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Erased);
    erased_account_is_gone_except_as_listed(&pool, ada).await;

    let (name, email) = name_and_email(&pool, ada).await;
    assert_eq!(
        (name.as_str(), email),
        ("Former member", format!("erased:{}", ada.account.0))
    );
    assert_eq!(winner(&pool, project).await, Some((ada.account, 70_000)));
    let db = &mut *pool.acquire().await.unwrap();
    award::check(db, &[project]).await.unwrap();
    let found = project::find(db, project).await.unwrap();
    let AwardOutcome::Awarded(award) = award::outcome(db, Some(&sam), &found).await.unwrap() else {
        panic!("it is awarded")
    };
    let Contacts::OfWinner(contact) = &award.contacts else {
        panic!("the seller sees who won")
    };
    assert_eq!(
        (contact.name.as_str(), contact.address()),
        ("Former member", None)
    );
    assert_eq!(award.first.note, None);
    assert_eq!(award.others.len(), 1);
    assert!(
        award.others[0].note.is_some(),
        "the other buyer's note stays"
    );
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Again);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_seller_is_erased_from_every_table_and_published_projects_stay(pool: PgPool) {
    let (sam, both) = (seller(&pool).await, buyers(&pool, 2).await);
    let project = awarded(&pool, &sam, &both).await;
    sqlx::query("update bid set note = null")
        .execute(&pool)
        .await
        .unwrap();
    fill(&pool, &sam, true).await;
    erase(&pool, &sam).await;
    erased_account_is_gone_except_as_listed(&pool, &sam).await;
    let db = &mut *pool.acquire().await.unwrap();
    award::check(db, &[project]).await.unwrap();
    let found = project::find(db, project).await.unwrap();
    assert_eq!(
        (found.seller_name.as_str(), found.name.as_str()),
        ("Former member", "A new shop window")
    );
    let drafts: i64 = sqlx::query_scalar("select count(*) from project where state = 'draft'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(drafts, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_erasure_that_is_interrupted_leaves_the_account_whole(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    fill(&pool, ada, false).await;
    request(&pool, ada).await.unwrap();
    let_week_pass(&pool, ada).await;
    let before = dump(&pool).await;
    let mut tx: Tx<'_> = pool.begin().await.unwrap();
    let outcome = guildhall::erasure::carry_out(&mut tx, ada.account)
        .await
        .unwrap();
    assert_eq!(outcome, CarriedOut::Erased);
    tx.rollback().await.unwrap();
    assert_eq!(dump(&pool).await, before);
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Erased);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_address_is_free_and_a_sign_in_at_that_moment_opens_nothing(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    let (_, email) = name_and_email(&pool, ada).await;
    erase(&pool, ada).await;
    let mut tx: Tx<'_> = pool.begin().await.unwrap();
    // The password was right a moment before the erasure, and the session is stored a moment after it.
    let data = serde_json::json!({ "viewer": ada });
    let contents = SessionContents {
        account: Some(SessionOwner {
            account: ada.account,
            epoch: 0,
        }),
        user_agent: "",
        data: &data,
        lasts: time::Duration::days(1),
    };
    assert!(!session::begin(&mut tx, b"token", &contents).await.unwrap());
    assert!(session::load(&mut tx, b"token").await.unwrap().is_none());
    // Somebody else, or the same person, can have the address.
    let new = NewAccount::parse("buyer", "Ada again", &email, support::PASSWORD).unwrap();
    let hasher = account::Hasher::new(1, support::CHEAP).unwrap();
    let client = guildhall::fairness::Submitter::operator();
    let hash = hasher.hash(&client, support::PASSWORD).await.unwrap();
    let again = account::sign_up(&mut tx, &new, &hash).await.unwrap();
    assert!(
        account::vouch_for_email(&mut tx, again.account, &email)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_a_request_under_way_adds_after_the_erasure_is_deleted_too(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    erase(&pool, ada).await;
    let erased = tables_with_rows(&pool, ada).await;
    fill(&pool, ada, false).await;
    assert_ne!(tables_with_rows(&pool, ada).await, erased);
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Again);
    let live = "select (select count(*) from access_token where revoked_at is null) + (select count(*) from oauth_grant where revoked_at is null)
                + (select count(*) from oauth_client where deleted_at is null)";
    assert_eq!(
        sqlx::query_scalar::<_, i64>(live)
            .fetch_one(&pool)
            .await
            .unwrap(),
        0
    );
    let left = tables_with_rows(&pool, ada).await;
    let kept = [
        "access_token",
        "account_mail",
        "oauth_client",
        "oauth_grant",
    ];
    let new: Vec<_> = left
        .iter()
        .filter(|table| !erased.contains(table))
        .collect();
    assert!(
        new.iter().all(|table| kept.contains(&table.as_str())),
        "{new:?}"
    );
    sqlx::query("update erasure set requested_at = requested_at - interval '2 hours', due_at = due_at - interval '2 hours', erased_at = erased_at - interval '2 hours'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::NotDue);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_without_bids_or_projects_is_erased_too(pool: PgPool) {
    let (sam, bob) = (seller(&pool).await, &buyers(&pool, 1).await[0]);
    let project = open_project(&pool, &sam, HOUR).await;
    place(&pool, bob, project, 50_000).await.unwrap();
    let eve = support::account(&pool, Role::Buyer, "Eve Newcomer").await;
    erase(&pool, &eve).await;
    // Nobody else is touched.
    let (name, email) = name_and_email(&pool, bob).await;
    assert_eq!(
        (name.as_str(), email.as_str()),
        ("Buyer 0", "buyer.0@example.com")
    );
    let (state, lowest, count) = support::stored_totals(&pool, project).await;
    assert_eq!((state.as_str(), lowest, count), ("open", Some(50_000), 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_erasure_of_a_strangers_account_takes_no_letter_from_the_owner_of_its_address(
    pool: PgPool,
) {
    let people = buyers(&pool, 2).await;
    let (owner, stranger) = (&people[0], &people[1]);
    let (_, address) = name_and_email(&pool, owner).await;
    // The owner's address was changed, by a thief perhaps, and the stranger has signed up with it before.
    let owners = [
        "insert into account_mail (kind, account_id, address) values ('email_change_undo', $1, $2)",
        "insert into kept_mail (message_id, address, subject, headers, html, text) select '<1@example.com>', $2, '', '', '', '' where $1 > 0",
        "update account set email = 'moved@example.com' where id = $1 and $2 <> ''",
    ];
    let strangers = "update account set email = $2, email_confirmed_at = null where id = $1";
    for (account, statement) in owners
        .map(|statement| (owner, statement))
        .into_iter()
        .chain([(stranger, strangers)])
    {
        sqlx::query(statement)
            .bind(account.account.0)
            .bind(&address)
            .execute(&pool)
            .await
            .unwrap();
    }
    erase(&pool, stranger).await;
    for table in ["account_mail where kind = 'email_change_undo'", "kept_mail"] {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let left: i64 = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
        assert_eq!(left, 1, "{table}");
    }
}
