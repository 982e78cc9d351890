-- Read by account, the newest first; swept by age.
DROP INDEX event_by_account;
CREATE INDEX event_by_account ON event (account);
CREATE INDEX event_by_age ON event (at);

-- Kept for a year, counted back from the newest: no clock that was set wrong thins the trail.
DROP TRIGGER event_is_never_deleted;
CREATE TRIGGER event_is_kept_for_a_year BEFORE DELETE ON event
WHEN OLD.at > (SELECT MAX(at) FROM event) - 31536000000
    AND (SELECT value FROM setting WHERE key = 'kind') IS NOT 'demo'
BEGIN
    SELECT RAISE (ABORT, 'events are append-only');
END;
