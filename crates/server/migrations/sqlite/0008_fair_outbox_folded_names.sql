-- Budgets and fairness of what is told (PHN-07). `subject` is a keyed hash of channel, recipient, purpose
-- and account: two rows of one subject are about the same to the same person, so one that waits makes
-- room for a newer one, and those that were sent are counted. `urgent` goes first.
ALTER TABLE outbox ADD COLUMN subject BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox ADD COLUMN urgent INTEGER NOT NULL DEFAULT 1;
-- What the subject is until then: each row its own.
UPDATE outbox SET subject = CAST(id AS BLOB);
CREATE INDEX outbox_by_subject ON outbox (subject, sent_at);
CREATE INDEX outbox_by_end ON outbox (sent_at) WHERE sent_at IS NOT NULL;

-- The nickname as it is searched for: folded by the server, which knows more of letters than the
-- database. Empty where nobody folded it yet; the server does so when it opens the file.
ALTER TABLE account ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
