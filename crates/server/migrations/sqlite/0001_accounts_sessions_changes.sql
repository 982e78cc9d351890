-- Moments are milliseconds since 1970 on the server's clock.
-- Tokens are stored as SHA-256, codes as HMAC-SHA256 under a key that is not in this file.

-- What this database is (`kind`: demo or production) and where the demo clock stands.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The personal realm is one row; every organization is one.
CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('personal', 'organization')),
    edition TEXT NOT NULL CHECK (edition IN ('free', 'business', 'enterprise'))
) STRICT;

-- One person in one tenant. Uniqueness lives here, not in code (PHN-05).
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    phone TEXT NOT NULL,
    phone_bound_at INTEGER NOT NULL,
    nickname TEXT NOT NULL,
    member_until INTEGER,
    role TEXT CHECK (role IN ('super_admin', 'admin', 'ordinary')),
    password_hash TEXT,
    wechat TEXT,
    sso INTEGER NOT NULL DEFAULT 0,
    -- The stated exception of L2: an SSO account that may sign in by SMS and password too.
    sso_local_sign_in INTEGER NOT NULL DEFAULT 0,
    -- Raised when every session of the account has to end; sessions carry the one they were born in.
    epoch INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    UNIQUE (tenant, phone),
    UNIQUE (tenant, wechat)
) STRICT;
CREATE INDEX account_by_phone ON account (phone);

-- A number that was unbound rests for every account that did not hold it (P7).
CREATE TABLE resting (
    phone TEXT NOT NULL,
    held_by TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (phone, held_by)
) STRICT;

-- `surface` and `device_kind` wait for this browser's next sign-in until `surface_until`.
CREATE TABLE browser (
    id TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    surface TEXT,
    device_kind TEXT,
    surface_until INTEGER
) STRICT;

-- Account x browser; survives signing out.
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    browser TEXT NOT NULL REFERENCES browser (id),
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    UNIQUE (account, browser)
) STRICT;

-- Ended rows stay, so that the answer can say why (G7).
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (id),
    device TEXT NOT NULL REFERENCES device (id),
    browser TEXT NOT NULL REFERENCES browser (id),
    surface TEXT NOT NULL,
    way TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_why TEXT
) STRICT;
CREATE INDEX session_by_account ON session (account) WHERE ended_at IS NULL;
CREATE INDEX session_by_browser ON session (browser) WHERE ended_at IS NULL;

-- One row per code that was asked for; also the log the send budgets are counted from (G2).
CREATE TABLE code (
    id TEXT PRIMARY KEY,
    browser TEXT NOT NULL REFERENCES browser (id),
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- Empty for signing in, which belongs to no account and no change.
    account TEXT NOT NULL,
    change TEXT NOT NULL,
    hash BLOB NOT NULL,
    serial TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER,
    void INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX code_by_phone ON code (phone, sent_at);
CREATE INDEX code_by_age ON code (sent_at);
CREATE INDEX code_by_account ON code (account) WHERE used_at IS NULL;

-- Wrong tries of browser x number x purpose; resends continue it, passwords have one too (G2).
CREATE TABLE chain (
    browser TEXT NOT NULL REFERENCES browser (id),
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    wrong INTEGER NOT NULL,
    tried_at INTEGER NOT NULL,
    locked_until INTEGER,
    PRIMARY KEY (browser, phone, purpose)
) STRICT;

-- A proof that opened several accounts waits for the choice (L1).
CREATE TABLE sign_in (
    id TEXT PRIMARY KEY,
    browser TEXT NOT NULL REFERENCES browser (id),
    phone TEXT NOT NULL,
    way TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE TABLE sign_in_account (
    sign_in TEXT NOT NULL REFERENCES sign_in (id) ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (sign_in, account)
) STRICT;

-- The record of one wizard; found by id, account and browser together.
CREATE TABLE change (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    browser TEXT NOT NULL REFERENCES browser (id),
    action TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    proven_way TEXT,
    proven_at INTEGER,
    proven_session TEXT,
    target TEXT,
    bound_phone TEXT
) STRICT;
CREATE INDEX change_by_account ON change (account);

-- The distinct new numbers a code was sent to in one change (P5).
CREATE TABLE change_target (
    change TEXT NOT NULL REFERENCES change (id) ON DELETE CASCADE,
    phone TEXT NOT NULL,
    PRIMARY KEY (change, phone)
) STRICT;

-- The recorded answer of an effect (G4).
CREATE TABLE outcome (
    browser TEXT NOT NULL REFERENCES browser (id),
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (browser, key)
) STRICT;

-- Notices written with the effect that caused them, delivered afterwards (P8).
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    purpose TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try_at) WHERE sent_at IS NULL;

-- The audit trail: who, what, when, on which device, by which way, with what result.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    browser TEXT NOT NULL,
    device TEXT,
    what TEXT NOT NULL,
    way TEXT,
    result TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_account ON event (account, at);
CREATE TRIGGER event_is_never_rewritten BEFORE UPDATE ON event
BEGIN
    SELECT RAISE (ABORT, 'events are append-only');
END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
WHEN (SELECT value FROM setting WHERE key = 'kind') IS NOT 'demo'
BEGIN
    SELECT RAISE (ABORT, 'events are append-only');
END;

-- One-use codes by which a host app says where its webview runs (product, surface).
CREATE TABLE host_code (
    hash BLOB PRIMARY KEY,
    host TEXT NOT NULL,
    surface TEXT NOT NULL,
    device_kind TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
