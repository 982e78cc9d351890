-- What an account is called in the events, and nowhere else: when its row is gone, nothing leads
-- from them to a person any more (C7).
ALTER TABLE account ADD COLUMN pseudonym TEXT NOT NULL DEFAULT '';
UPDATE account SET pseudonym = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX account_by_pseudonym ON account (pseudonym);

-- Rewritten this one time. The browser lives on when another account of the same person is used in
-- it; the device is the account's and goes with it.
DROP TRIGGER event_is_never_rewritten;
ALTER TABLE event DROP COLUMN browser;
UPDATE event SET account = COALESCE((SELECT pseudonym FROM account WHERE id = event.account), account);
CREATE TRIGGER event_is_never_rewritten BEFORE UPDATE ON event
BEGIN
    SELECT RAISE (ABORT, 'events are append-only');
END;

-- The notice that was read and agreed to when a cancellation was begun (C2).
ALTER TABLE change ADD COLUMN notice TEXT;

-- Whose an outcome is, so that it goes with the account; the last one is nobody's.
ALTER TABLE outcome ADD COLUMN account TEXT;
CREATE INDEX outcome_by_account ON outcome (account) WHERE account IS NOT NULL;

-- That an account was canceled, and that its owner wanted it. The account is there until `done_at`.
CREATE TABLE cancellation (
    receipt TEXT PRIMARY KEY,
    pseudonym TEXT NOT NULL UNIQUE,
    notice TEXT NOT NULL,
    agreed_at INTEGER NOT NULL,
    way TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    -- The end of the cooling-off (C8).
    due_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX cancellation_due ON cancellation (due_at) WHERE done_at IS NULL;
CREATE INDEX cancellation_by_end ON cancellation (done_at) WHERE done_at IS NOT NULL;

-- Tokens of sessions that went with their account, so that the answer can say why (G7); of whom
-- they were, nobody knows. `ended_at` is the beginning of the day, like that of many others.
CREATE TABLE last_word (
    token_hash BLOB PRIMARY KEY,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX last_word_by_age ON last_word (ended_at);

-- Meetings that an account holds or will hold (C5).
CREATE TABLE meeting (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    starts_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX meeting_by_account ON meeting (account);

-- How a notice goes: by SMS to a number, or by WeChat to an identity.
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms' CHECK (channel IN ('sms', 'wechat'));

-- For whom to look when an account goes, and for its foreign keys.
DROP INDEX session_by_account;
CREATE INDEX session_by_account ON session (account);
DROP INDEX code_by_account;
CREATE INDEX code_by_account ON code (account);
CREATE INDEX sign_in_account_by_account ON sign_in_account (account);
CREATE INDEX chain_by_phone ON chain (phone);
CREATE INDEX scan_by_account ON scan (account);
