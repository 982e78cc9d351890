-- Whether an organization lets its users change their pictures (E1, A1); in the personal realm
-- everybody may, whatever stands here.
ALTER TABLE tenant ADD COLUMN avatars_open INTEGER NOT NULL DEFAULT 0;

-- Pictures as the server wrote them, both JPEG. The id is what their address has: nobody guesses it.
-- Those that are nobody's avatar wait to be made one, for ten minutes.
CREATE TABLE picture (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    uploaded_at INTEGER NOT NULL,
    -- 512 x 512 and 128 x 128 pixels.
    large BLOB NOT NULL,
    small BLOB NOT NULL
) STRICT;
CREATE INDEX picture_by_account ON picture (account);
CREATE INDEX picture_by_age ON picture (uploaded_at);

-- The picture of an account, one of its own.
ALTER TABLE account ADD COLUMN avatar TEXT REFERENCES picture (id);
CREATE UNIQUE INDEX account_by_avatar ON account (avatar) WHERE avatar IS NOT NULL;

-- One row per file that was decoded: what the budget of an hour is counted from (AVA-5).
CREATE TABLE upload (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_by_account ON upload (account, at);
CREATE INDEX upload_by_age ON upload (at);
