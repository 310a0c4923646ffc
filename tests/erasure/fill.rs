//! An account with a row in every table that an account can have rows in.

use guildhall::account::Viewer;
use sqlx::{AssertSqlSafe, PgPool};

/// A word that stands in every text that only the account sees.
pub const MARK: &str = "zanzibar";

/// What is inserted for the account `$A`; `$M` is the mark.
const ROWS: [&str; 33] = [
    "insert into session (token_hash, account_id, data, user_agent, expires_at) values ('\\x01', $A, '{\"of\":\"$M\"}', '$M', now() + interval '1 day')",
    "insert into sign_in_flow (state_hash, session_hash, provider, purpose, account_id, nonce, code_verifier, next, expires_at)
     values ('\\x02', '\\x01', 'x', 'link', $A, 'n', repeat('v', 43), '/$M', now() + interval '1 hour')",
    "insert into device (id, account_id, expires_at, trusted_until, trusted_agent) values (gen_random_uuid(), $A, now() + interval '1 day', now(), '$M')",
    "insert into second_factor (account_id, seed, used_step) values ($A, gen_random_uuid(), 1)",
    "insert into recovery_code (account_id, hash) values ($A, sha256('$M'))",
    "insert into passkey_user (account_id, handle) values ($A, gen_random_uuid())",
    "insert into passkey (account_id, credential_id, credential, name) values ($A, '$M', '{\"of\":\"$M\"}', '$M')",
    "insert into passkey_challenge (hash, session_hash, account_id, state, expires_at) values (sha256('$M'), '\\x01', $A, '{\"of\":\"$M\"}', now() + interval '1 hour')",
    "insert into saved_form (device_id, account_id, page, fields) select id, $A, '/projects/new', '[[\"name\",\"$M\"]]' from device where account_id = $A",
    "insert into identity (account_id, issuer, subject, label) values ($A, 'https://id.example', 'subject-$M', '$M')",
    "insert into sign_in_log (account_id, address, user_agent, is_known) values ($A, '192.0.2.7', '$M', true)",
    "insert into notice_inbox (account_id, last_number) values ($A, 1)",
    "insert into notice (account_id, number, kind, facts, is_on_site) values ($A, 1, 'account.app_allowed', '{\"app\":\"$M\"}', true)",
    "insert into notice_queue (account_id, channel, last_number) values ($A, 'email', 1)",
    "insert into notice_delivery (account_id, channel, number, notice_number) values ($A, 'email', 1, 1)",
    "insert into notice_hold (account_id, project_id, kind, due_at) values ($A, 1, 'bid.outbid', now())",
    "insert into notice_held_mail (account_id, notice_number, due_at, is_for_digest) values ($A, 1, now(), false)",
    "insert into notice_mail_schedule (account_id, zone, frequency, digest_hour, digest_day) values ($A, 'UTC', 'daily', 8, 0)",
    "insert into notice_off (account_id, kind, channel) values ($A, 'bid.outbid', 'site')",
    "insert into watch (account_id, project_id, deadline) values ($A, 1, now())",
    "insert into saved_search (account_id, name, words, query, frequency, zone) values ($A, '$M', '$M', '''$M''', 'at_once', 'UTC')",
    "insert into saved_search_match (search_id, project_id, is_told) select id, 1, true from saved_search where account_id = $A",
    "insert into webhook (account_id, name, format, url) values ($A, '$M', 'standard', 'https://$M.example')",
    "insert into webhook_message (webhook_id, number, account_id, notice_number) select id, 1, $A, 1 from webhook where account_id = $A",
    "insert into webhook_attempt (webhook_id, notice_number, message, kind, tries, took_ms, answer)
     select id, 1, gen_random_uuid(), 'x', 1, 1, '$M' from webhook where account_id = $A",
    "insert into calendar_feed (account_id, hash, hint) values ($A, sha256('$M'), 'abcd')",
    "insert into oauth_client (client_id, account_id, name, redirect_uris, scopes) values ('client', $A, '$M', '{https://$M.example}', '{}')",
    "insert into oauth_grant (account_id, client_id, scopes, expires_at) select $A, id, '{}', now() + interval '1 day' from oauth_client",
    "insert into access_token (hash, account_id, name, hint, scopes, expires_at) values ('\\x03', $A, '$M', 'wxyz', '{}', now() + interval '1 day')",
    "insert into receipt (account_id, mark, content_hash, outcome) values ($A, '\\x04', '\\x05', '{\"Err\":\"$M\"}')",
    "insert into submission (account_id, key, content_hash, location) values ($A, gen_random_uuid(), '\\x06', '/$M')",
    "insert into idempotency (account_id, key, request_hash, status, headers, body) values ($A, '$M', '\\x07', 200, '{}', '$M')",
    "insert into account_mail (kind, account_id, address) values ('reset_password', $A, '$M@example.com')",
];

/// Rows that only a seller can have.
const ROWS_OF_SELLER: [&str; 2] = [
    "insert into autosave (account_id, form_key, fields) values ($A, gen_random_uuid(), '[[\"name\",\"$M\"]]')",
    "insert into project (seller_id, state, name, summary, description, category, skills, currency) values ($A, 'draft', '$M', '', '', 'trades', '{}', 'EUR')",
];

/// Fills every table.
pub async fn fill(pool: &PgPool, viewer: &Viewer, is_seller: bool) {
    let rows = ROWS
        .iter()
        .chain(ROWS_OF_SELLER.iter().filter(|_| is_seller));
    for row in rows {
        let sql = row
            .replace("$A", &viewer.account.0.to_string())
            .replace("$M", MARK);
        sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(pool)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let draft = "insert into outbox (kind, project_id, account_id, body) select 'project.draft_saved', id, seller_id, '{}' from project where state = 'draft'";
    sqlx::raw_sql(draft).execute(pool).await.unwrap();
}

/// The columns that refer to an account, each with its table.
pub async fn references(pool: &PgPool) -> Vec<(String, String)> {
    sqlx::query_as(
        "select c.table_name::text, c.column_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
           and c.column_name in ('account_id', 'seller_id', 'buyer_id', 'leader_id')
         order by 1, 2",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// The tables that have rows of the account.
pub async fn tables_with_rows(pool: &PgPool, viewer: &Viewer) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in references(pool).await {
        let sql = format!(
            "select exists (select from {table} where {column} = {})",
            viewer.account.0
        );
        let exists: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(pool)
            .await
            .unwrap();
        if exists {
            found.push(table);
        }
    }
    found
}

/// Every row of every table, as text.
pub async fn dump(pool: &PgPool) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut all = String::new();
    for table in tables {
        let sql = format!("select '{table} ' || t::text from {table} t");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(pool)
            .await
            .unwrap();
        all.push_str(&rows.join("\n"));
        all.push('\n');
    }
    all
}
