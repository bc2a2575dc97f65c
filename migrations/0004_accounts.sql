-- Two accounts of one person, on two platforms, and the codes that link them.
--
-- Reason: a story begun on one platform is to be shown on the other by its author. A link is two
-- rows, one from either side, so that each account finds the other by its own key. Codes are kept
-- as hashes only: whoever reads the file, or a backup of it, cannot link anybody.

CREATE TABLE account_links (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    other_id TEXT NOT NULL UNIQUE REFERENCES people (id),
    created_at INTEGER NOT NULL,
    CHECK (person_id <> other_id)
) STRICT;

CREATE TABLE link_codes (
    person_id TEXT PRIMARY KEY REFERENCES people (id),  -- a new code takes the old one's place
    code_hash TEXT NOT NULL UNIQUE,                     -- SHA-256 in hex
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Codes that somebody gave and that were none, so that nobody can try them all.
CREATE TABLE link_guesses (
    person_id TEXT PRIMARY KEY REFERENCES people (id),
    wrong INTEGER NOT NULL CHECK (wrong > 0),
    since INTEGER NOT NULL                              -- when the first of these was
) STRICT;
