//! Requests, what stops them, and what they forbid.

use crate::{
    carry_out, let_week_pass, name_and_email, request,
    support::{
        buyers, close_due, deadline_reached, details, let_deadline_come, open_project, place,
        seller, withdraw,
    },
};
use guildhall::{
    Error, Result,
    account::Viewer,
    erasure::{self, CarriedOut, Obligation, Refusal},
    project,
    store::{self, MIGRATIONS, Tx},
};
use sqlx::PgPool;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    let error: Error = result.unwrap_err();
    error
        .refused::<Refusal>()
        .cloned()
        .unwrap_or_else(|| panic!("{error:?}"))
}

async fn publish(pool: &PgPool, seller: &Viewer) -> Result<()> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let deadline = store::now(&mut tx).await? + HOUR;
    project::publish(&mut tx, seller, None, &details(deadline)).await?;
    tx.commit().await?;
    Ok(())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_others_rely_on_can_not_leave(pool: PgPool) {
    let (sam, ada) = (seller(&pool).await, &buyers(&pool, 1).await[0]);
    let project = open_project(&pool, &sam, HOUR).await;
    place(&pool, ada, project, 50_000).await.unwrap();
    assert_eq!(
        refusal(request(&pool, &sam).await),
        Refusal::Bound(Obligation::OpenProject)
    );
    assert_eq!(
        refusal(request(&pool, ada).await),
        Refusal::Bound(Obligation::ActiveBid)
    );
    withdraw(&pool, ada, project).await.unwrap();
    request(&pool, ada).await.unwrap();
    let_deadline_come(&pool, project).await;
    deadline_reached(&pool, project).await;
    // Past the deadline, but not decided yet.
    assert_eq!(
        refusal(request(&pool, &sam).await),
        Refusal::Bound(Obligation::OpenProject)
    );
    close_due(&pool).await;
    request(&pool, &sam).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn before_an_erasure_nothing_new_is_promised_and_afterwards_everything_works(pool: PgPool) {
    let (sam, both) = (seller(&pool).await, buyers(&pool, 2).await);
    let project = open_project(&pool, &sam, HOUR).await;
    let (ada, bob) = (&both[0], &both[1]);
    request(&pool, ada).await.unwrap();
    assert_eq!(
        refusal(place(&pool, ada, project, 50_000).await),
        Refusal::Scheduled
    );
    place(&pool, bob, project, 60_000).await.unwrap();
    let eve = crate::support::account(&pool, guildhall::account::Role::Seller, "Eve Seller").await;
    request(&pool, &eve).await.unwrap();
    assert_eq!(refusal(publish(&pool, &eve).await), Refusal::Scheduled);
    for viewer in [ada, &eve] {
        let mut tx: Tx<'_> = pool.begin().await.unwrap();
        assert!(erasure::stop(&mut tx, viewer).await.unwrap());
        assert!(!erasure::stop(&mut tx, viewer).await.unwrap(), "once");
        tx.commit().await.unwrap();
    }
    place(&pool, ada, project, 50_000).await.unwrap();
    publish(&pool, &eve).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn once_due_it_waits_for_obligations(pool: PgPool) {
    let (sam, ada) = (seller(&pool).await, &buyers(&pool, 1).await[0]);
    let project = open_project(&pool, &sam, HOUR).await;
    place(&pool, ada, project, 50_000).await.unwrap();
    // As by the version before, which does not know erasures.
    sqlx::query("insert into erasure (account_id, due_at) values ($1, clock_timestamp() + interval '7 days')")
        .bind(ada.account.0)
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert!(erasure::due(db, None, 10).await.unwrap().is_empty());
    let_week_pass(&pool, ada).await;
    let waits = CarriedOut::Waits(Obligation::ActiveBid);
    assert_eq!(carry_out(&pool, ada).await.unwrap(), waits);
    let scheduled = erasure::of_account(db, ada.account).await.unwrap().unwrap();
    assert_eq!(scheduled.obligation, Some(Obligation::ActiveBid));
    assert_eq!(erasure::due(db, None, 10).await.unwrap(), [ada.account]);
    let_deadline_come(&pool, project).await;
    deadline_reached(&pool, project).await;
    close_due(&pool).await;
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Erased);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn it_is_not_carried_out_before_a_week_has_passed(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    request(&pool, ada).await.unwrap();
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::NotDue);
    let_week_pass(&pool, ada).await;
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Erased);
}

/// Somebody else may have changed the address and asked for the erasure.
#[sqlx::test(migrator = "MIGRATIONS")]
async fn it_waits_while_a_former_address_can_take_the_account_back(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    request(&pool, ada).await.unwrap();
    let_week_pass(&pool, ada).await;
    sqlx::query("insert into account_mail (kind, account_id, address) values ('email_change_undo', $1, 'ada@example.com')")
        .bind(ada.account.0)
        .execute(&pool)
        .await
        .unwrap();
    let waits = CarriedOut::Waits(Obligation::FormerAddress);
    assert_eq!(carry_out(&pool, ada).await.unwrap(), waits);
    sqlx::query(
        "update account_mail set expires_at = clock_timestamp() where kind = 'email_change_undo'",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(carry_out(&pool, ada).await.unwrap(), CarriedOut::Erased);
    assert_eq!(name_and_email(&pool, ada).await.0, "Former member");
}
