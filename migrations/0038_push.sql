-- Web Push: browsers that show their owner's notifications. A browser is one more format of webhook. The version before
-- this one skips the new kind of notice, but cannot read the webhooks of an account that has a browser. So all servers
-- must run the new version before anybody turns notifications on (docs/NOTICES.md, "Browsers").

-- Taken before the table locks, as in every transaction that writes notices.
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

-- A browser's webhook ends with the row of its device: nothing is sent to a browser that no device names.
alter table device add column webhook_id bigint constraint device_webhook references webhook on delete set null;
create unique index device_of_webhook on device (webhook_id) where webhook_id is not null;

alter table notice_off drop constraint notice_off_channel;
alter table notice_off add constraint notice_off_channel check (channel in ('site', 'email', 'webhook', 'chat', 'push'));
