//! Accounts: changes of name and e-mail, and letters with links that confirm an address or reset a password.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, Result,
    account::{self, Browser, Hasher, LinkOpener, NewEmail, ProgramAccess, Refusal, Viewer},
    account_mail::{self, LetterOutcome},
    fairness::Submitter,
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::net::{IpAddr, Ipv4Addr};
use support::{buyers, letter_secret, pool};
use tokio::task::JoinSet;

const BROWSER: Browser = Browser {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    session: None,
    device: None,
};

const STRANGER: LinkOpener<'_> = LinkOpener {
    viewer: None,
    device: None,
};

/// Changes the address of an account whose address is not confirmed, which takes effect at once, and confirms it.
async fn take(pool: &PgPool, viewer: &Viewer, email: &str) -> Result<()> {
    let new = NewEmail::parse(email)?;
    let mut tx = pool.begin().await?;
    sqlx::query("update account set email_confirmed_at = null where id = $1")
        .bind(viewer.account.0)
        .execute(&mut *tx)
        .await?;
    account::change_email(&mut tx, viewer, &new, &BROWSER).await?;
    if !account::vouch_for_email(&mut tx, viewer.account, &new).await? {
        return Err(Refusal::EmailTaken.into());
    }
    tx.commit().await?;
    Ok(())
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

fn is_taken(taken: &Result<()>) -> bool {
    matches!(taken, Err(error) if error.refused() == Some(&Refusal::EmailTaken))
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_accounts_with_one_address_exactly_one_confirms_it(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const ACCOUNTS: usize = 30;
    let pool = pool(options, ACCOUNTS as u32).await;
    let mut racing = JoinSet::new();
    for buyer in buyers(&pool, ACCOUNTS).await {
        let pool = pool.clone();
        racing.spawn(async move { take(&pool, &buyer, "one@käse.example").await });
    }
    let results = racing.join_all().await;
    let taken = results.iter().filter(|result| is_taken(result)).count();
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!((done, taken), (1, ACCOUNTS - 1), "{results:?}");
    let owners = "select count(*) from account where email = 'one@xn--kse-qla.example'";
    assert_eq!(count(&pool, owners).await, 1);
    let changes = "select count(*) from outbox where kind = 'account.email_changed'";
    assert_eq!(count(&pool, changes).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_accounts_that_confirm_one_new_address_at_once_exactly_one_gets_it(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const ACCOUNTS: usize = 10;
    let pool = pool(options, ACCOUNTS as u32).await;
    let mut secrets = Vec::new();
    for buyer in buyers(&pool, ACCOUNTS).await {
        let new = NewEmail::parse("one@example.com").unwrap();
        let mut tx = pool.begin().await.unwrap();
        let change = account::change_email(&mut tx, &buyer, &new, &BROWSER).await;
        assert_eq!(change.unwrap(), account::EmailChange::Requested);
        tx.commit().await.unwrap();
        secrets.push(letter_secret(&pool).await);
    }
    let mut racing = JoinSet::new();
    for secret in secrets {
        let pool = pool.clone();
        racing.spawn(async move {
            let mut tx = pool.begin().await?;
            account::confirm_email(&mut tx, &secret, &STRANGER).await?;
            tx.commit().await?;
            Ok::<_, Error>(())
        });
    }
    let results = racing.join_all().await;
    let taken = results.iter().filter(|result| is_taken(result)).count();
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!((done, taken), (1, ACCOUNTS - 1), "{results:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_is_taken_in_every_spelling_except_by_its_owner(pool: PgPool) {
    let people = buyers(&pool, 2).await;
    // Stored by an earlier version.
    sqlx::query("update account set email = 'a1@käse.de' where id = $1")
        .bind(people[0].account.0)
        .execute(&pool)
        .await
        .unwrap();
    for spelling in ["a1@käse.de", "A1@XN--KSE-QLA.de", "a1@ka\u{308}se.de"] {
        let refused = take(&pool, &people[1], spelling).await;
        assert!(is_taken(&refused), "{spelling}: {refused:?}");
    }
    take(&pool, &people[0], "A1@Käse.de").await.unwrap();
    let contact = account::find(&mut pool.acquire().await.unwrap(), people[0].account).await;
    assert_eq!(contact.unwrap().email, "a1@xn--kse-qla.de");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_is_normalized_and_the_present_one_changes_nothing(pool: PgPool) {
    let buyer = buyers(&pool, 1).await.remove(0);
    let rename = async |name| {
        let mut tx = pool.begin().await.unwrap();
        let is_new = account::rename(&mut tx, &buyer, name).await;
        tx.commit().await.unwrap();
        is_new
    };
    assert!(rename("Rene\u{301}  Dupont ").await.unwrap());
    assert!(!rename("René Dupont").await.unwrap());
    assert!(matches!(rename("R").await, Err(Error::Invalid(_))));
    let contact = account::find(&mut pool.acquire().await.unwrap(), buyer.account).await;
    assert_eq!(contact.unwrap().name, "René Dupont");
    let changes = "select count(*) from outbox where kind = 'account.renamed'";
    assert_eq!(count(&pool, changes).await, 1);
}

/// An account whose address is not confirmed, and the secrets of two letters to it.
async fn unconfirmed(pool: &PgPool) -> [String; 2] {
    let buyer = buyers(pool, 1).await.remove(0);
    sqlx::query("update account set email_confirmed_at = null")
        .execute(pool)
        .await
        .unwrap();
    let email = "buyer.0@example.com";
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let mut tx = pool.begin().await.unwrap();
        account::request_confirmation(&mut tx, buyer.account, email)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        secrets.push(letter_secret(pool).await);
    }
    secrets.try_into().unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_is_confirmed_once_by_however_many_links_at_once(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 20).await;
    let secrets = unconfirmed(&pool).await;
    let events = "select count(*) from outbox where kind = 'account.email_confirmed'";
    let before = count(&pool, events).await;
    let mut racing = JoinSet::new();
    for turn in 0..20 {
        let (pool, secret) = (pool.clone(), secrets[turn % secrets.len()].clone());
        racing.spawn(async move {
            let mut tx = pool.begin().await?;
            account::confirm_email(&mut tx, &secret, &STRANGER).await?;
            tx.commit().await?;
            Ok::<_, Error>(())
        });
    }
    for confirmed in racing.join_all().await {
        confirmed.unwrap();
    }
    assert_eq!(count(&pool, events).await, before + 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_letter_that_a_dead_worker_left_is_sent_again_and_both_of_its_links_work(pool: PgPool) {
    let buyer = buyers(&pool, 1).await.remove(0);
    sqlx::query("update account set email_confirmed_at = null")
        .execute(&pool)
        .await
        .unwrap();
    let email = "buyer.0@example.com";
    let mut tx = pool.begin().await.unwrap();
    account::request_confirmation(&mut tx, buyer.account, email)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let db = &mut pool.begin().await.unwrap();
    let first = account_mail::claim(db, 4).await.unwrap().pop().unwrap();
    let written = account_mail::prepare(db, &first).await.unwrap().unwrap();
    assert!(account_mail::claim(db, 4).await.unwrap().is_empty());
    sqlx::query("update account_mail set claimed_until = clock_timestamp()")
        .execute(&mut **db)
        .await
        .unwrap();
    let second = account_mail::claim(db, 4).await.unwrap().pop().unwrap();
    assert_eq!((second.message, second.claim.attempts), (first.message, 2));
    let again = account_mail::prepare(db, &second).await.unwrap().unwrap();
    let late = account_mail::record(db, &first.claim, &LetterOutcome::Sent).await;
    assert!(!late.unwrap(), "the late worker changes nothing");
    let failed = LetterOutcome::Failed("no answer".to_owned());
    assert!(
        account_mail::record(db, &second.claim, &failed)
            .await
            .unwrap()
    );
    assert!(
        account_mail::claim(db, 4).await.unwrap().is_empty(),
        "it waits"
    );
    // The clock is set back by a month: the letter waits for no longer than letters do.
    sqlx::query("update account_mail set next_try_at = next_try_at + interval '30 days'")
        .execute(&mut **db)
        .await
        .unwrap();
    assert_eq!(account_mail::bound_waits(db).await.unwrap(), 1);
    assert_eq!(account_mail::bound_waits(db).await.unwrap(), 0);
    let is_bounded: bool = sqlx::query_scalar(
        "select next_try_at <= clock_timestamp() + interval '90 minutes' from account_mail",
    )
    .fetch_one(&mut **db)
    .await
    .unwrap();
    assert!(is_bounded);
    for secret in [written.secret, again.secret] {
        let found = account::confirmable(db, secret.unwrap().reveal(), &STRANGER).await;
        let link = found.unwrap().link;
        assert_eq!((link.account, &*link.address), (buyer.account, email));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_new_passwords_by_one_link_exactly_one_is_set(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const TRIES: usize = 8;
    let pool = pool(options, TRIES as u32).await;
    buyers(&pool, 1).await;
    let mut tx = pool.begin().await.unwrap();
    account::request_reset(&mut tx, "buyer.0@example.com", None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let secret = letter_secret(&pool).await;
    let hasher = Hasher::new(2, support::CHEAP).unwrap();
    let mut racing = JoinSet::new();
    for n in 0..TRIES {
        let (pool, hasher, secret) = (pool.clone(), hasher.clone(), secret.clone());
        racing.spawn(async move {
            let new = format!("copper kettle number {n}");
            let client = Submitter::operator();
            let others = ProgramAccess::End;
            account::reset_password(&pool, &hasher, &client, &secret, &new, others).await
        });
    }
    let results = racing.join_all().await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    let used = Some(&account_mail::Refusal::LinkUsed);
    let refused = results.iter().filter_map(|result| result.as_ref().err());
    let refused = refused.filter(|error| error.refused() == used).count();
    assert_eq!((done, refused), (1, TRIES - 1), "{results:?}");
    let changes = "select count(*) from outbox where kind = 'account.password_changed'";
    assert_eq!(count(&pool, changes).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_outage_uses_up_no_tries_and_an_unknown_kind_holds_up_no_letter(pool: PgPool) {
    buyers(&pool, 1).await;
    sqlx::query("insert into account_mail (kind, address, next_try_at) values ('of_a_later_version', 'a@example.com', now() - interval '1 hour')")
        .execute(&pool)
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    account::request_reset(&mut tx, "buyer.0@example.com", None)
        .await
        .unwrap();
    for _ in 0..20 {
        // The unknown kind has been due for longer.
        let mail = account_mail::claim(&mut tx, 1)
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(mail.claim.attempts, 1);
        let prepared = account_mail::prepare(&mut tx, &mail)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(prepared.to.email, "buyer.0@example.com");
        let closed = LetterOutcome::Postponed("535 wrong password".to_owned());
        account_mail::record(&mut tx, &mail.claim, &closed)
            .await
            .unwrap();
        sqlx::query("update account_mail set next_try_at = now() - interval '1 second'")
            .execute(&mut *tx)
            .await
            .unwrap();
    }
}
