//! Bids on several projects, decided in one transaction.

use crate::{
    HOUR, bid, lock_project,
    support::{
        buyers, close_due, events, open_project, place, pool, seller, stored_totals, winner,
    },
    totals,
};
use guildhall::{Error, bid::Combiner, project::ProjectId, store::MIGRATIONS};
use sqlx::postgres::PgConnectOptions;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn projects_share_a_transaction_and_a_locked_one_delays_no_other(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 6).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let mut projects = Vec::new();
    for _ in 0..40 {
        projects.push(open_project(&pool, &seller, HOUR).await);
    }
    let mut held = lock_project(&pool, projects[7]).await;
    // No bid is decided until all of them are waiting.
    sqlx::raw_sql("savepoint before; lock table project")
        .execute(&mut *held)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let mut sent = Vec::new();
    for id in &projects {
        let (combiner, buyer, id) = (combiner.clone(), buyers[0].clone(), *id);
        sent.push((
            id,
            tokio::spawn(async move { bid(&combiner, &buyer, id, 50_000).await }),
        ));
        tokio::task::yield_now().await;
    }
    sqlx::raw_sql("rollback to savepoint before")
        .execute(&mut *held)
        .await
        .unwrap();
    let mut pending = None;
    for (id, one) in sent {
        if id == projects[7] {
            pending = Some(one);
        } else {
            assert!(one.await.unwrap().unwrap().leads);
        }
    }
    let pending = pending.unwrap();
    assert!(!pending.is_finished());
    held.rollback().await.unwrap();
    assert!(pending.await.unwrap().unwrap().leads);
    let transactions: i64 = sqlx::query_scalar("select count(distinct xmin::text) from bid")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(transactions <= 6, "{transactions} transactions");
    for id in projects {
        assert_eq!(totals(&pool, id).await, (1, 1, Some(50_000)));
        assert_eq!(stored_totals(&pool, id).await.2, 1);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_projects_totals_are_right_whichever_bids_share_a_transaction(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 20).await;
    let seller = seller(&pool).await;
    let buyers = buyers(&pool, 6).await;
    let mut projects = Vec::new();
    for _ in 0..12 {
        projects.push(open_project(&pool, &seller, HOUR).await);
    }
    // Some projects close during the bidding.
    sqlx::query("update project set deadline = clock_timestamp() + interval '700 milliseconds' where id % 4 = 0")
        .execute(&pool)
        .await
        .unwrap();
    let servers = [Combiner::new(pool.clone()), Combiner::new(pool.clone())];
    let mut sent = Vec::new();
    for round in 0..30_i64 {
        for (n, buyer) in buyers.iter().enumerate() {
            for (p, id) in projects.iter().enumerate() {
                let minor = 90_000 - round * 100 - i64::try_from(n).unwrap();
                let server = servers[(n + p) % 2].clone();
                let (buyer, pool, id) = (buyer.clone(), pool.clone(), *id);
                sent.push(tokio::spawn(async move {
                    let answer = match (n, p % 5) {
                        (0, 0) => place(&pool, &buyer, id, minor).await,
                        _ => bid(&server, &buyer, id, minor).await,
                    };
                    (id, buyer.account.0, minor, answer)
                }));
            }
        }
    }
    let mut accepted = Vec::new();
    for one in sent {
        match one.await.unwrap() {
            (id, buyer, minor, Ok(bid)) => accepted.push((bid.id.0, id.0, buyer, minor)),
            (_, _, _, Err(ref error))
                if matches!(
                    error.refused(),
                    Some(bid::Refusal::NotLower { .. } | bid::Refusal::DeadlinePassed)
                ) => {}
            (_, _, _, other) => panic!("{other:?}"),
        }
    }
    accepted.sort_unstable();
    let stored: Vec<(i64, i64, i64, i64)> =
        sqlx::query_as("select id, project_id, buyer_id, amount_minor from bid order by id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(stored, accepted);
    for id in &projects {
        let (all, live, lowest) = totals(&pool, *id).await;
        let (_, folded_lowest, folded_count) = stored_totals(&pool, *id).await;
        assert_eq!((folded_lowest, i64::from(folded_count)), (lowest, live));
        let kinds = events(&pool, *id).await;
        let placed = kinds.iter().filter(|kind| *kind == "bid.placed").count();
        assert_eq!(placed as i64, all);
    }
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    close_due(&pool).await;
    for id in projects {
        let (_, live, lowest) = totals(&pool, id).await;
        assert_eq!(winner(&pool, id).await.map(|(_, minor)| minor), lowest);
        assert_eq!(lowest.is_some(), live > 0);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_whose_bids_cannot_be_stored_affects_no_other(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    // With a single worker, the bids on both projects are decided together.
    let pool = pool(connect, 3).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let broken = open_project(&pool, &seller, HOUR).await;
    let sound = open_project(&pool, &seller, HOUR).await;
    sqlx::raw_sql(
        "create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
         create trigger broken before insert on bid for each row when (new.project_id = 1) execute function broken()",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(broken, ProjectId(1));
    let combiner = Combiner::new(pool.clone());
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *held)
        .await
        .unwrap();
    let mut sent = Vec::new();
    for minor in (1..=20).rev() {
        for id in [broken, sound] {
            let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
            sent.push((
                id,
                tokio::spawn(async move { bid(&combiner, &buyer, id, minor * 1_000).await }),
            ));
            tokio::task::yield_now().await;
        }
    }
    held.rollback().await.unwrap();
    for (id, one) in sent {
        let answer = one.await.unwrap();
        if id == broken {
            assert!(matches!(answer, Err(Error::Busy { .. })), "{answer:?}");
        } else {
            answer.unwrap();
        }
    }
    assert_eq!(totals(&pool, sound).await, (20, 1, Some(1_000)));
    assert_eq!(totals(&pool, broken).await, (0, 0, None));
}
