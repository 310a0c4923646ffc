-- Web Push: browsers that show their owner's notifications. A browser is one more format of webhook. The version before this one passes
-- over the new kind of notice, but cannot read the webhooks of an account that has one, so all servers must be new before anybody does
-- (docs/NOTICES.md, "Browsers").

-- Before the locks on tables, as in every transaction that writes notices.
select pg_advisory_xact_lock(x'6e6f74696365'::bigint);
lock table device, webhook, notice_off in access exclusive mode;

alter table webhook
    drop constraint webhook_format,
    add constraint webhook_format check (format in ('standard', 'slack', 'discord', 'push')),
    -- What messages to a browser are encrypted with: its public key, an uncompressed point of P-256, and a secret (RFC 8291, section 3).
    add column push_key bytea constraint webhook_push_key check (octet_length(push_key) = 65),
    add column push_auth bytea constraint webhook_push_auth check (octet_length(push_auth) = 16),
    add constraint webhook_push check ((format = 'push') = (push_key is not null) and (format = 'push') = (push_auth is not null));
create index webhook_of_browser on webhook (id) where format = 'push';
create index webhook_endpoint on webhook using hash (url) where format = 'push';

-- The webhook of a browser ends with what is remembered of that browser: nothing is sent to one that no row names.
alter table device add column webhook_id bigint constraint device_webhook references webhook on delete set null;
create unique index device_of_webhook on device (webhook_id) where webhook_id is not null;

alter table notice_off drop constraint notice_off_channel;
alter table notice_off add constraint notice_off_channel check (channel in ('site', 'email', 'webhook', 'chat', 'push'));
