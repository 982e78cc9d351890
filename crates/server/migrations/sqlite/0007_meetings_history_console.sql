-- Meetings that an account is going to hold (C5), by the meeting service's names. Those of before
-- were the demo's alone.
DROP TABLE meeting;
CREATE TABLE scheduled (
    meeting TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    title TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    PRIMARY KEY (meeting, account)
) STRICT;
CREATE INDEX scheduled_by_account ON scheduled (account);
CREATE INDEX scheduled_by_age ON scheduled (starts_at);

-- That an account was in a meeting on a device, from then on (M1–M5). Whoever leaves and comes back is
-- there once more.
CREATE TABLE presence (
    meeting TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    device TEXT NOT NULL REFERENCES device (id),
    -- What the device was then.
    kind TEXT NOT NULL,
    own INTEGER NOT NULL,
    -- Empty where nobody wrote one.
    title TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- Whether it is listed on every device; decided when the meeting ends for the account, and never
    -- again (H1, H2). NULL until then, also where it only moved to another device.
    synced INTEGER,
    PRIMARY KEY (account, meeting, device, started_at)
) STRICT;
-- One meeting for each kind of device that holds a slot (M4).
CREATE UNIQUE INDEX presence_in_a_slot ON presence (account, kind)
WHERE ended_at IS NULL AND kind IN ('windows', 'mac', 'android', 'ios', 'ipad');
CREATE INDEX presence_running ON presence (started_at) WHERE ended_at IS NULL;
CREATE INDEX presence_by_end ON presence (ended_at) WHERE ended_at IS NOT NULL;
-- Looked at by the foreign key.
CREATE INDEX presence_by_device ON presence (device);

-- Since when meetings that end are listed on every device; NULL while they are not (H1, H2).
ALTER TABLE account ADD COLUMN history_since INTEGER;

-- Raised by every change of the role, and of the settings (ADM-2).
ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tenant ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX account_by_tenant ON account (tenant, created_at, id);

-- The one thing a single action is about: the device to be ended, the user to be deleted (STP-02).
ALTER TABLE change ADD COLUMN about TEXT;

-- Who else had a part in it, by pseudonym: whom the super admin deleted, or who gave the role (ADM-3).
ALTER TABLE event ADD COLUMN about TEXT;

-- Why the sessions went with the account.
ALTER TABLE last_word ADD COLUMN why TEXT NOT NULL DEFAULT 'account_canceled';

-- What other systems are told goes the same way as notices: `service` is the meeting service, which
-- forgets an account that is gone (DEL-04). SQLite changes no CHECK of a table that is there.
CREATE TABLE outbox_with_services (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    channel TEXT NOT NULL DEFAULT 'sms' CHECK (channel IN ('sms', 'wechat', 'service'))
) STRICT;
INSERT INTO outbox_with_services (id, recipient, text, purpose, created_at, next_try_at, tries, sent_at, channel)
    SELECT id, recipient, text, purpose, created_at, next_try_at, tries, sent_at, channel FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_with_services RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL;
