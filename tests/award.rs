//! Results on a real PostgreSQL: each project has at most one winner, and everybody can check the result.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error,
    account::Viewer,
    award::{self, Award, AwardOutcome, Contacts},
    bid,
    project::{self, Project},
    store::{self, MIGRATIONS},
};
use sqlx::PgPool;
use std::time::Duration;
use support::{
    buyers, close_due, events, let_deadline_come, open_project, place, seller, stored_totals,
    winner, withdraw,
};

const HOUR: Duration = Duration::from_secs(3600);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_lowest_live_bid_wins_and_withdrawn_ones_do_not_count(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 3).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 300).await.unwrap();
    place(&pool, &buyers[1], id, 200).await.unwrap();
    place(&pool, &buyers[2], id, 100).await.unwrap();
    withdraw(&pool, &buyers[2], id).await.unwrap();
    assert_eq!(
        close_due(&pool).await,
        0,
        "nothing ends before its deadline"
    );
    let_deadline_come(&pool, id).await;
    assert_eq!(close_due(&pool).await, 1);
    assert_eq!(winner(&pool, id).await, Some((buyers[1].account, 200)));
    assert_eq!(stored_totals(&pool, id).await.0, "awarded");
    assert_eq!(
        events(&pool, id).await.last().map(String::as_str),
        Some("project.awarded")
    );
    assert_eq!(
        close_due(&pool).await,
        0,
        "an ended project does not change"
    );
}

/// The award as this viewer sees it.
async fn awarded(pool: &PgPool, viewer: Option<&Viewer>, project: &Project) -> Award {
    let db = &mut *pool.acquire().await.unwrap();
    match award::outcome(db, viewer, project).await.unwrap() {
        AwardOutcome::Awarded(award) => award,
        AwardOutcome::Unawarded { .. } => panic!("the project is unawarded"),
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_tie_goes_to_the_bid_accepted_first_and_the_result_shows_it(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 3).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 500).await.unwrap();
    place(&pool, &buyers[1], id, 200).await.unwrap();
    place(&pool, &buyers[0], id, 200).await.unwrap();
    place(&pool, &buyers[2], id, 400).await.unwrap();
    let_deadline_come(&pool, id).await;
    close_due(&pool).await;
    assert_eq!(winner(&pool, id).await, Some((buyers[1].account, 200)));

    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let public = awarded(&pool, None, &project).await;
    assert_eq!(
        (
            public.ties,
            public.ranking().count(),
            public.first.bidder_number
        ),
        (2, 3, 2)
    );
    assert!(public.ranking().all(|r| r.bidder_name.is_none()));
    assert_eq!(public.contacts, Contacts::Hidden);
    let for_seller = awarded(&pool, Some(&seller), &project).await;
    assert!(
        matches!(&for_seller.contacts, Contacts::OfWinner(winner) if winner.email == "buyer.1@example.com")
    );
    let for_winner = awarded(&pool, Some(&buyers[1]), &project).await;
    assert!(matches!(&for_winner.contacts, Contacts::OfSeller(_)));
    let for_loser = awarded(&pool, Some(&buyers[0]), &project).await;
    assert_eq!(for_loser.contacts, Contacts::Hidden);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_without_bids_ends_unawarded(pool: PgPool) {
    let seller = seller(&pool).await;
    let id = open_project(&pool, &seller, HOUR).await;
    let_deadline_come(&pool, id).await;
    assert_eq!(close_due(&pool).await, 1);
    assert_eq!(stored_totals(&pool, id).await.0, "unawarded");
    assert_eq!(
        events(&pool, id).await,
        ["project.published", "project.unawarded"]
    );
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let outcome = award::outcome(db, None, &project).await.unwrap();
    assert!(matches!(outcome, AwardOutcome::Unawarded { .. }));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_open_project_has_no_result_and_a_wrong_result_is_an_unexpected_error(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 200).await.unwrap();
    place(&pool, &buyers[1], id, 100).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let open = project::find(db, id).await.unwrap();
    assert!(matches!(
        award::outcome(db, None, &open).await,
        Err(Error::NotFound)
    ));
    let_deadline_come(&pool, id).await;
    close_due(&pool).await;
    sqlx::query("update award set bid_id = (select id from bid where amount_minor = 200) where project_id = $1").bind(id.0).execute(&pool).await.unwrap();
    let ended = project::find(db, id).await.unwrap();
    assert!(matches!(
        award::outcome(db, None, &ended).await,
        Err(Error::Unexpected(_))
    ));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_cancelled_only_without_live_bids(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, Duration::from_secs(3600)).await;
    place(&pool, &buyers[0], id, 100).await.unwrap();
    let cancel = async |viewer| {
        let mut tx = pool.begin().await.unwrap();
        project::cancel(&mut tx, viewer, id).await?;
        tx.commit().await.unwrap();
        Ok::<_, Error>(())
    };
    assert!(matches!(
        cancel(&seller).await,
        Err(ref error) if matches!(error.refused(), Some(project::Refusal::HasBids))
    ));
    withdraw(&pool, &buyers[0], id).await.unwrap();
    let stranger = support::account(&pool, guildhall::account::Role::Seller, "Other Seller").await;
    assert!(matches!(cancel(&stranger).await, Err(Error::NotFound)));
    cancel(&seller).await.unwrap();
    assert!(matches!(
        place(&pool, &buyers[0], id, 50).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NotOpen))
    ));
    assert_eq!(
        events(&pool, id).await.last().map(String::as_str),
        Some("project.cancelled")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_is_private_and_publishing_needs_a_future_deadline(pool: PgPool) {
    let seller = seller(&pool).await;
    let stranger = support::account(&pool, guildhall::account::Role::Seller, "Other Seller").await;
    let mut tx = pool.begin().await.unwrap();
    let now = store::now(&mut tx).await.unwrap();
    let id = project::save_draft(&mut tx, &seller, &support::details(now + HOUR))
        .await
        .unwrap();
    assert!(matches!(
        project::draft(&mut tx, &stranger, id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        project::edit_draft(
            &mut tx,
            &stranger,
            id,
            &support::details(now),
            project::DraftForm::default()
        )
        .await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        project::discard_draft(&mut tx, &stranger, id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        project::publish(
            &mut tx,
            &stranger,
            Some((id, project::DraftForm::default())),
            &support::details(now + HOUR)
        )
        .await,
        Err(Error::NotFound)
    ));
    assert!(
        matches!(
            project::publish(
                &mut tx,
                &seller,
                Some((id, project::DraftForm::default())),
                &support::details(now)
            )
            .await,
            Err(Error::Invalid(_))
        ),
        "the deadline has passed"
    );
    let too_far = support::details(now + time::Duration::days(400));
    assert!(matches!(
        project::publish(
            &mut tx,
            &seller,
            Some((id, project::DraftForm::default())),
            &too_far
        )
        .await,
        Err(Error::Invalid(_))
    ));
    project::publish(
        &mut tx,
        &seller,
        Some((id, project::DraftForm::default())),
        &support::details(now + Duration::from_secs(60)),
    )
    .await
    .unwrap();
    assert!(matches!(
        project::edit_draft(&mut tx, &seller, id, &support::details(now), project::DraftForm::default()).await,
        Err(ref error) if matches!(error.refused(), Some(project::Refusal::NotADraft))
    ));
}
