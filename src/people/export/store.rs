//! The SQL of exports: one statement for each section. Columns are named one by one, so that a new column, which may
//! hold a secret, is not exported automatically.

use super::Section;
use crate::{Result, account::AccountId, store::Connection};

/// A row as a JSON object, and the two numbers that it is ordered by.
type KeyedRow = ((i64, i64), String);

/// Reads a batch with a statement of four parameters: the account, the two numbers after which the batch begins, and its
/// length.
macro_rules! rows {
    ($db:ident, $account:ident, $after:ident, $most:ident, $sql:literal) => {
        sqlx::query!($sql, $account.0, $after.0, $after.1, $most)
            .fetch_all($db)
            .await?
            .into_iter()
            .map(|row| ((row.major, row.minor), row.row))
            .collect()
    };
}

/// Up to `most` rows of a section after this one.
pub(super) async fn rows(
    db: &mut Connection,
    section: Section,
    account: AccountId,
    after: (i64, i64),
    most: i64,
) -> Result<Vec<KeyedRow>> {
    Ok(match section {
        Section::Account => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('number', id, 'role', role, 'name', name, 'email', email, 'email_confirmed_at', email_confirmed_at,
                       'has_password', password_hash is not null, 'joined_at', created_at)::text as "row!"
         from account where id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        Section::Identities => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('provider', issuer, 'subject', subject, 'label', label, 'linked_at', created_at, 'last_used_at', last_used_at)::text as "row!"
         from identity where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::SecondFactor => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('on_since', enabled_at,
                       'recovery_codes_left', (select count(*) from recovery_code where account_id = $1 and used_at is null))::text as "row!"
         from second_factor where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        Section::Passkeys => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('name', name, 'added_at', created_at, 'last_used_at', last_used_at, 'refused_at', refused_at)::text as "row!"
         from passkey where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::Sessions => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('browser', user_agent, 'signed_in_at', created_at, 'last_seen_at', seen_at, 'expires_at', expires_at)::text as "row!"
         from session where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::Devices => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('last_sign_in_at', used_at, 'expires_at', expires_at, 'trusted_until', trusted_until, 'browser', trusted_agent)::text as "row!"
         from device where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        Section::SignIns => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('at', happened_at, 'network_address', host(address), 'browser', user_agent, 'provider', provider, 'is_known_browser', is_known)::text as "row!"
         from sign_in_log where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::Changes => rows!(
            db,
            account,
            after,
            most,
            r#"select number as "major!", 0::bigint as "minor!", json_build_object('at', happened_at, 'kind', kind, 'facts', facts::json)::text as "row!"
         from audit_entry where account_id = $1 and number > $2 and $3::bigint is not null order by number limit $4"#
        ),
        Section::Projects => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('number', id, 'state', state, 'name', name, 'summary', summary, 'description', description, 'category', category,
                       'skills', skills, 'currency', currency, 'budget_minor_units', budget_minor, 'deadline', deadline, 'work_place', work_place,
                       'site', site, 'delivery_date', delivery_date, 'duration_days', duration_days, 'lowest_bid_minor_units', lowest_minor,
                       'bid_count', bid_count, 'created_at', created_at, 'published_at', published_at, 'ended_at', ended_at)::text as "row!"
         from project where seller_id = $1 and state <> 'draft' and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::Awards => rows!(
            db,
            account,
            after,
            most,
            r#"select a.project_id as "major!", 0::bigint as "minor!", json_build_object('project', a.project_id, 'bid', a.bid_id, 'amount_minor_units', b.amount_minor, 'currency', p.currency, 'decided_at', a.decided_at)::text as "row!"
         from project p join award a on a.project_id = p.id join bid b on b.project_id = a.project_id and b.id = a.bid_id
         where p.seller_id = $1 and p.state = 'awarded' and p.id > $2 and $3::bigint is not null order by a.project_id limit $4"#
        ),
        Section::Drafts => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('number', id, 'name', name, 'summary', summary, 'description', description, 'category', category, 'skills', skills,
                       'currency', currency, 'budget_minor_units', budget_minor, 'deadline', deadline, 'work_place', work_place, 'site', site,
                       'delivery_date', delivery_date, 'duration_days', duration_days, 'created_at', created_at)::text as "row!"
         from project where seller_id = $1 and state = 'draft' and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::Autosaves => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('draft', project_id, 'fields', fields, 'saved_at', saved_at)::text as "row!"
         from autosave where account_id = $1 and fields is not null and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::SavedForms => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('page', page, 'fields', fields, 'saved_at', saved_at)::text as "row!"
         from saved_form where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        Section::Bids => rows!(
            db,
            account,
            after,
            most,
            r#"select b.project_id as "major!", b.id as "minor!", json_build_object('number', b.id, 'project', b.project_id, 'project_name', p.name, 'amount_minor_units', b.amount_minor, 'currency', p.currency,
                       'note', b.note, 'state', b.state, 'accepted_at', b.accepted_at, 'ended_at', b.ended_at, 'undone_at', b.undone_at,
                       'has_won', exists (select from award a where a.project_id = b.project_id and a.bid_id = b.id))::text as "row!"
         from bid b join project p on p.id = b.project_id where b.buyer_id = $1 and (b.project_id, b.id) > ($2, $3) order by b.project_id, b.id limit $4"#
        ),
        Section::Watches => rows!(
            db,
            account,
            after,
            most,
            r#"select w.project_id as "major!", 0::bigint as "minor!", json_build_object('project', w.project_id, 'project_name', p.name, 'since', w.since)::text as "row!"
         from watch w join project p on p.id = w.project_id where w.account_id = $1 and w.project_id > $2 and $3::bigint is not null order by w.project_id limit $4"#
        ),
        Section::SavedSearches => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('number', id, 'name', name, 'words', words, 'category', category, 'currency', currency, 'budget_from', budget_from,
                       'budget_to', budget_to, 'work_place', work_place, 'frequency', frequency, 'time_zone', zone, 'created_at', created_at)::text as "row!"
         from saved_search where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::SearchMatches => rows!(
            db,
            account,
            after,
            most,
            r#"select m.search_id as "major!", m.project_id as "minor!", json_build_object('search', m.search_id, 'project', m.project_id, 'found_at', m.found_at)::text as "row!"
         from saved_search s join saved_search_match m on m.search_id = s.id
         where s.account_id = $1 and (m.search_id, m.project_id) > ($2, $3) order by m.search_id, m.project_id limit $4"#
        ),
        Section::Notices => rows!(
            db,
            account,
            after,
            most,
            r#"select number as "major!", 0::bigint as "minor!", json_build_object('kind', kind, 'project', project_id, 'facts', facts, 'at', created_at, 'read_at', read_at, 'is_on_site', is_on_site,
                       'mailed_at', (select max(d.sent_at) from notice_delivery d where d.account_id = n.account_id and d.notice_number = n.number))::text as "row!"
         from notice n where account_id = $1 and number > $2 and $3::bigint is not null order by number limit $4"#
        ),
        Section::NoticesOff => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('kind', kind, 'channel', channel)::text as "row!"
         from notice_off where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        Section::MailSchedule => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('time_zone', zone, 'quiet_from_minute', quiet_from, 'quiet_until_minute', quiet_until,
                       'frequency', frequency, 'digest_hour', digest_hour, 'digest_day', digest_day)::text as "row!"
         from notice_mail_schedule where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        // The rest of an address may be a secret, as of a chat.
        Section::Webhooks => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('number', id, 'name', name, 'format', format, 'origin', substring(url from '^[a-z]+://[^/?#]+'), 'state', state, 'created_at', created_at)::text as "row!"
         from webhook where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::WebhookAttempts => rows!(
            db,
            account,
            after,
            most,
            r#"select w.id as "major!", a.id as "minor!", json_build_object('webhook', w.id, 'kind', a.kind, 'at', a.tried_at, 'took_ms', a.took_ms, 'status', a.status, 'error', a.error, 'answer', a.answer)::text as "row!"
         from webhook w join webhook_attempt a on a.webhook_id = w.id where w.account_id = $1 and (w.id, a.id) > ($2, $3) order by w.id, a.id limit $4"#
        ),
        Section::Tokens => rows!(
            db,
            account,
            after,
            most,
            r#"select t.id as "major!", 0::bigint as "minor!", json_build_object('name', t.name, 'app', c.name, 'ends_with', t.hint, 'scopes', t.scopes, 'created_at', t.created_at, 'expires_at', t.expires_at,
                       'last_used_at', t.last_used_at, 'revoked_at', t.revoked_at)::text as "row!"
         from access_token t left join oauth_client c on c.id = t.client_id where t.account_id = $1 and t.id > $2 and $3::bigint is not null order by t.id limit $4"#
        ),
        Section::Grants => rows!(
            db,
            account,
            after,
            most,
            r#"select g.id as "major!", 0::bigint as "minor!", json_build_object('app', c.name, 'scopes', g.scopes, 'allowed_at', g.consented_at, 'expires_at', g.expires_at, 'revoked_at', g.revoked_at)::text as "row!"
         from oauth_grant g join oauth_client c on c.id = g.client_id where g.account_id = $1 and g.id > $2 and $3::bigint is not null order by g.id limit $4"#
        ),
        Section::Clients => rows!(
            db,
            account,
            after,
            most,
            r#"select id as "major!", 0::bigint as "minor!", json_build_object('client_id', client_id, 'name', name, 'redirect_uris', redirect_uris, 'scopes', scopes, 'device_flow', device_flow, 'created_at', created_at, 'deleted_at', deleted_at)::text as "row!"
         from oauth_client where account_id = $1 and id > $2 and $3::bigint is not null order by id limit $4"#
        ),
        Section::CalendarFeed => rows!(
            db,
            account,
            after,
            most,
            r#"select 0::bigint as "major!", 0::bigint as "minor!", json_build_object('ends_with', hint, 'created_at', created_at, 'last_used_at', last_used_at)::text as "row!"
         from calendar_feed where account_id = $1 and $2::bigint < 0 and $3::bigint is not null limit $4"#
        ),
        // Nothing that depends on whether somebody else has an address: no time of a link, which not every letter has, and
        // only those letters for a new password that went to the account's own, confirmed address.
        Section::Letters => rows!(
            db,
            account,
            after,
            most,
            r#"select m.id as "major!", 0::bigint as "minor!", json_build_object('kind', m.kind, 'address', m.address, 'requested_at', m.created_at, 'sent_at', m.sent_at)::text as "row!"
         from account_mail m join account a on a.id = m.account_id
         where m.account_id = $1 and m.id > $2 and $3::bigint is not null and (m.kind <> 'reset_password' or (m.address = a.email and a.email_confirmed_at is not null))
         order by m.id limit $4"#
        ),
    })
}
