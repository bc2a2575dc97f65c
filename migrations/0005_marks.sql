-- Small things that front-ends note for themselves.
--
-- Reason: commands are to be sent to a platform only where they changed, and a page that needs two
-- messages must find its second one again after a restart.

CREATE TABLE marks (
    key TEXT PRIMARY KEY,       -- begins with the platform: "telegram:commands"
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
