//! The privacy page's list against the real schema.

use guildhall::{
    privacy::{KEPT, NOT_PERSONAL},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use std::collections::BTreeSet;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_table_is_in_the_list_and_what_is_about_accounts_is_called_personal(pool: PgPool) {
    let tables: BTreeSet<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    .fetch_all(&pool)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let listed: BTreeSet<String> = (KEPT.iter().flat_map(|kept| kept.tables))
        .chain(NOT_PERSONAL)
        .map(|table| (*table).to_owned())
        .collect();
    assert_eq!(listed, tables, "name new tables in src/people/privacy");
    // Columns that lead to a person, whatever the list says.
    let personal: BTreeSet<String> = sqlx::query_scalar(
        "select distinct c.table_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and (c.column_name in ('account_id', 'buyer_id', 'seller_id', 'leader_id', 'email', 'address', 'user_agent')
                or c.data_type = 'inet')",
    )
    .fetch_all(&pool)
    .await
    .unwrap()
    .into_iter()
    .collect();
    assert!(personal.len() > 20, "{personal:?}");
    for table in NOT_PERSONAL {
        assert!(!personal.contains(*table), "{table} is about people");
    }
}
