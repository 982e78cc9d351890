-- "None" is NULL: an empty text and '-' stood for it before.

CREATE TABLE code_9 (
    id TEXT PRIMARY KEY,
    browser TEXT NOT NULL REFERENCES browser (id),
    block TEXT NOT NULL,
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- NULL for signing in, which belongs to no account and no change; and of an erased account.
    account TEXT,
    change TEXT,
    hash BLOB NOT NULL,
    digits INTEGER NOT NULL,
    serial TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER,
    void INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO code_9 (id, browser, block, phone, purpose, account, change, hash, digits, serial, sent_at, expires_at,
                    tries, used_at, void)
    SELECT id, browser, block, phone, purpose, nullif(account, ''), nullif(change, ''), hash, digits, serial, sent_at,
           expires_at, tries, used_at, void
    FROM code ORDER BY rowid;
DROP TABLE code;
ALTER TABLE code_9 RENAME TO code;
CREATE INDEX code_by_phone ON code (phone, sent_at);
CREATE INDEX code_by_age ON code (sent_at);
CREATE INDEX code_by_browser ON code (browser, sent_at);
CREATE INDEX code_by_block ON code (block, sent_at);
CREATE INDEX code_by_account ON code (account) WHERE account IS NOT NULL;
CREATE INDEX code_by_change ON code (change) WHERE change IS NOT NULL;

CREATE TABLE scan_9 (
    id TEXT PRIMARY KEY,
    -- What the QR shows, as SHA-256.
    scene_hash BLOB NOT NULL UNIQUE,
    purpose TEXT NOT NULL CHECK (purpose IN ('sign_in', 'verify_bound', 'bind_new')),
    state TEXT NOT NULL CHECK (state IN (
        'created', 'waiting', 'scanned', 'confirmed', 'consumed', 'denied', 'expired', 'superseded',
        'mismatch', 'same', 'taken', 'snapshot', 'failed')),
    browser TEXT NOT NULL REFERENCES browser (id),
    block TEXT NOT NULL,
    device_kind TEXT NOT NULL,
    -- Whether it was begun in a login session; such scans are not charged to the network (QR-10).
    signed_in INTEGER NOT NULL,
    -- The login session, account and change it was begun for; NULL for signing in, and of an erased account.
    session TEXT,
    account TEXT,
    change TEXT,
    -- Two digits that both screens show.
    number TEXT NOT NULL,
    -- The identity that scanned it first and owns it from then on.
    wechat TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO scan_9 (id, scene_hash, purpose, state, browser, block, device_kind, signed_in, session, account, change,
                    number, wechat, created_at, expires_at)
    SELECT id, scene_hash, purpose, state, browser, block, device_kind, session <> '', nullif(nullif(session, '-'), ''),
           nullif(account, ''), nullif(change, ''), number, wechat, created_at, expires_at
    FROM scan ORDER BY rowid;
DROP TABLE scan;
ALTER TABLE scan_9 RENAME TO scan;
CREATE INDEX scan_by_browser ON scan (browser, created_at);
CREATE INDEX scan_by_block ON scan (block, created_at);
CREATE INDEX scan_by_change ON scan (change) WHERE change IS NOT NULL;
CREATE INDEX scan_by_account ON scan (account) WHERE account IS NOT NULL;
CREATE INDEX scan_by_wechat ON scan (wechat) WHERE wechat IS NOT NULL;
CREATE INDEX scan_by_age ON scan (created_at);

CREATE TABLE resting_9 (
    phone TEXT NOT NULL,
    -- The account that held the number; NULL once that is erased.
    held_by TEXT,
    until INTEGER NOT NULL
) STRICT;
INSERT INTO resting_9 (phone, held_by, until) SELECT phone, nullif(held_by, ''), until FROM resting;
DROP TABLE resting;
ALTER TABLE resting_9 RENAME TO resting;
CREATE UNIQUE INDEX resting_by_phone ON resting (phone, coalesce(held_by, ''));

CREATE TABLE attempt_9 (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('code', 'password', 'number')),
    -- A number, or of the kind 'number' an account; NULL once that is erased.
    subject TEXT,
    browser TEXT NOT NULL,
    -- Whether the browser held a device of an account of the number.
    known INTEGER NOT NULL,
    -- The network the browser asked from, e.g. 203.0.113.0/24.
    block TEXT NOT NULL
) STRICT;
INSERT INTO attempt_9 (id, at, kind, subject, browser, known, block)
    SELECT id, at, kind, nullif(subject, ''), browser, known, block FROM attempt;
DROP TABLE attempt;
ALTER TABLE attempt_9 RENAME TO attempt;
CREATE INDEX attempt_by_subject ON attempt (subject, kind, at);
-- Without requests for numbers, which have a limit of their own.
CREATE INDEX attempt_by_block ON attempt (block, at) WHERE kind <> 'number';

-- Copied first: dropping sign_in deletes its rows in sign_in_account (ON DELETE CASCADE).
CREATE TABLE sign_in_account_9 (sign_in TEXT NOT NULL, account TEXT NOT NULL) STRICT;
INSERT INTO sign_in_account_9 (sign_in, account) SELECT sign_in, account FROM sign_in_account;
DROP TABLE sign_in_account;
CREATE TABLE sign_in_9 (
    id TEXT PRIMARY KEY,
    browser TEXT NOT NULL REFERENCES browser (id),
    -- What was proven: a number or a WeChat.
    phone TEXT,
    wechat TEXT,
    way TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    CHECK ((phone IS NULL) <> (wechat IS NULL))
) STRICT;
-- They wait ten minutes at most; one that the new check refuses is given up.
DELETE FROM sign_in WHERE (nullif(phone, '') IS NULL) = (wechat IS NULL);
INSERT INTO sign_in_9 (id, browser, phone, wechat, way, expires_at, used_at)
    SELECT id, browser, nullif(phone, ''), wechat, way, expires_at, used_at FROM sign_in;
DROP TABLE sign_in;
ALTER TABLE sign_in_9 RENAME TO sign_in;
CREATE INDEX sign_in_by_browser ON sign_in (browser);
CREATE TABLE sign_in_account (
    sign_in TEXT NOT NULL REFERENCES sign_in (id) ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (sign_in, account)
) STRICT;
INSERT INTO sign_in_account (sign_in, account) SELECT sign_in, account FROM sign_in_account_9;
DROP TABLE sign_in_account_9;
CREATE INDEX sign_in_account_by_account ON sign_in_account (account);

-- Changes that were begun to delete an account that is erased.
UPDATE change SET about = NULL WHERE about = '';
