-- WeChat identities we were told of over our own connection (QR-06). `id` is what `account.wechat`
-- holds: the identity at its provider, never a nickname (QR-08). Those that no account holds are
-- swept away.
CREATE TABLE wechat (
    id TEXT PRIMARY KEY,
    nickname TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX wechat_by_age ON wechat (seen_at);
CREATE INDEX account_by_wechat ON account (wechat) WHERE wechat IS NOT NULL;
INSERT INTO wechat (id, nickname, seen_at) SELECT DISTINCT wechat, wechat, 0 FROM account WHERE wechat IS NOT NULL;

-- One QR attempt; also the log its budgets are counted from (QR-10). Its states only go on.
CREATE TABLE scan (
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
    -- The login session, account and change it was begun for; empty for signing in.
    session TEXT NOT NULL,
    account TEXT NOT NULL,
    change TEXT NOT NULL,
    -- Two digits that both screens show.
    number TEXT NOT NULL,
    -- The identity that scanned it first and owns it from then on.
    wechat TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX scan_by_browser ON scan (browser, created_at);
CREATE INDEX scan_by_block ON scan (block, created_at);
CREATE INDEX scan_by_change ON scan (change) WHERE change <> '';
CREATE INDEX scan_by_wechat ON scan (wechat) WHERE wechat IS NOT NULL;
CREATE INDEX scan_by_age ON scan (created_at);

-- The very WeChat a change was proven by (STP-10).
ALTER TABLE change ADD COLUMN proven_wechat TEXT;

-- What a waiting choice was opened by when it was no phone; `phone` is empty then.
ALTER TABLE sign_in ADD COLUMN wechat TEXT;
