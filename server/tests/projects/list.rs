//! The list of projects, with its search, filters and pages.

use crate::support::{Answer, Client, site, text_of};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_list_is_searched_filtered_and_paged_through_its_url(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    for n in 0..22 {
        seller
            .publish(&pool, &format!("Bakery window number {n}"), 3600 + n)
            .await;
    }
    let path = seller
        .publish(&pool, "Translating a zebra handbook", 7200)
        .await;
    sqlx::query("update project set category = 'translation', budget_minor = 500000 where name like '%zebra%'").execute(&pool).await.unwrap();
    let mut client = Client::new(&site);
    let links = |answer: Answer| answer.body.matches("class=\"card-link\"").count();
    assert_eq!(links(client.get("/projects").await.is(200)), 20);
    assert_eq!(links(client.get("/projects?page=2").await.is(200)), 3);
    assert_eq!(links(client.get("/projects?page=99").await.is(200)), 3);
    for query in [
        "q=zebras",
        "category=translation",
        "budget_from=4000",
        "budget_from=%E2%82%AC4,000.00&budget_to=5.000,00",
        "budget_from=4%20000&budget_to=5%27000",
        "q=zebra+-window&sort=newest&currency=EUR",
        "q=translate+handbook",
    ] {
        let answer = client.get(&format!("/projects?{query}")).await.is(200);
        assert!(answer.body.contains(&format!("href=\"{path}\"")), "{query}");
        assert_eq!(links(answer), 1, "{query}");
    }
    assert_eq!(links(client.get("/projects?q=unicorn").await.is(200)), 0);
    let answer = client
        .get("/projects?budget_from=cheap&category=magic")
        .await
        .is(422);
    assert!(
        answer.body.contains("id=\"budget_from-error\"")
            && text_of(&answer.body).contains("in digits")
    );
    client
        .get("/projects?budget_to=1.250")
        .await
        .is(422)
        .says("Do you mean €1,250.00 or €1.25? Write 1250 or 1.25.");
}
