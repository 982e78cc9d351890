-- Wrong tries of a rolling day (G2, OTP-05…09): one row per try, written before anything is
-- compared; a right try takes its row back in the transaction of its effect.
-- `kind`: code, password, or number for a new number that was asked for and cannot be had.
-- `subject`: the phone number; for `number` the account that asked.
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('code', 'password', 'number')),
    subject TEXT NOT NULL,
    browser TEXT NOT NULL,
    -- Whether the browser held a device of an account of the number.
    known INTEGER NOT NULL,
    -- The network the browser asked from, e.g. 203.0.113.0/24.
    block TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_by_subject ON attempt (subject, kind, at);
CREATE INDEX attempt_by_block ON attempt (block, at);

-- What the whole system has spent in a day of UTC: `wrong` codes (OTP-08), `sms` (OTP-10).
CREATE TABLE spent (
    day INTEGER NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, what)
) STRICT;

-- Six, or eight while somebody guesses at many numbers (OTP-08).
ALTER TABLE code ADD COLUMN digits INTEGER NOT NULL DEFAULT 6;
ALTER TABLE code ADD COLUMN block TEXT NOT NULL DEFAULT '';
CREATE INDEX code_by_browser ON code (browser, sent_at);
CREATE INDEX code_by_block ON code (block, sent_at);

-- The last step of a change as the wire has it, once it is concluded.
ALTER TABLE change ADD COLUMN done TEXT;
ALTER TABLE change DROP COLUMN bound_phone;

-- For whom to look when old rows are swept away.
CREATE INDEX change_by_age ON change (expires_at);
CREATE INDEX session_by_end ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX browser_by_age ON browser (created_at);
CREATE INDEX session_by_device ON session (device);
-- Looked at by the foreign keys whenever a browser is swept away.
DROP INDEX session_by_browser;
CREATE INDEX session_by_browser ON session (browser);
CREATE INDEX change_by_browser ON change (browser);
CREATE INDEX sign_in_by_browser ON sign_in (browser);
CREATE INDEX code_by_change ON code (change);

-- Whether tries from it are the account's own (G2): not since its session was ended from elsewhere.
ALTER TABLE device ADD COLUMN known INTEGER NOT NULL DEFAULT 1;
CREATE INDEX device_by_browser ON device (browser);
