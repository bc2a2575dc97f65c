-- The library's first shape: who wishes, stories as trees of pages, their pictures, and the jobs
-- that make them.
--
-- Reason: whichever process dies, a story must go on from its last finished page. So everything
-- that makes a page again (seeds, prompts, layouts, latents) is kept beside what it made, and a
-- job is a row, not a thing in memory. Moments (…_at, …_until) are milliseconds since 1970, UTC.
-- `serial` columns exist because full-text search needs row numbers that never change.

CREATE TABLE communities (
    id TEXT PRIMARY KEY CHECK (id <> ''),        -- "console", later "discord:<server>", "tg:<chat>"
    name TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE people (
    id TEXT PRIMARY KEY CHECK (id <> ''),        -- "console", later "discord:<user>", "tg:<user>"
    name TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stories (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),    -- eight characters of Crockford's base 32
    community_id TEXT NOT NULL REFERENCES communities (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    title TEXT NOT NULL,                         -- the idea, shortened, until the first telling ends
    idea TEXT NOT NULL,
    style TEXT NOT NULL DEFAULT '',
    avoid TEXT NOT NULL DEFAULT '',
    seed INTEGER NOT NULL,
    profile TEXT NOT NULL DEFAULT '',
    mode TEXT NOT NULL DEFAULT 'solo' CHECK (mode IN ('solo', 'open')),
    picture BLOB,                                -- what the first page's picture starts from
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE INDEX stories_by_community ON stories (community_id, updated_at DESC);
CREATE INDEX stories_by_person ON stories (person_id);

CREATE TABLE jobs (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id),
    community_id TEXT NOT NULL REFERENCES communities (id),
    kind TEXT NOT NULL CHECK (kind IN ('tell', 'continue')),
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    dedup_key TEXT UNIQUE,                       -- "discord:<interaction>"; NULL: never a repeat
    base_page_id TEXT REFERENCES pages (id),     -- the page it goes on from; NULL: from nothing
    first_page INTEGER NOT NULL CHECK (first_page >= 1),
    last_page INTEGER NOT NULL,
    direction TEXT NOT NULL DEFAULT '',
    seed INTEGER NOT NULL,
    text_only INTEGER NOT NULL DEFAULT 0 CHECK (text_only IN (0, 1)),
    attempt INTEGER NOT NULL DEFAULT 0,          -- times it was begun
    lease_owner TEXT,                            -- host and process that work on it …
    lease_until INTEGER,                         -- … and until when nobody else may
    next_run_at INTEGER NOT NULL,                -- not to be begun before
    error TEXT NOT NULL DEFAULT '',              -- one line, where state is 'failed'
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    CHECK (last_page >= first_page),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
) STRICT;

CREATE INDEX jobs_by_story ON jobs (story_id);
CREATE INDEX jobs_unfinished ON jobs (next_run_at) WHERE finished_at IS NULL;

CREATE TABLE pages (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    parent_id TEXT,                              -- NULL: a first page
    job_id TEXT NOT NULL REFERENCES jobs (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    chosen INTEGER NOT NULL DEFAULT 1 CHECK (chosen IN (0, 1)),  -- the sibling that is shown
    text TEXT NOT NULL,
    prompt TEXT NOT NULL DEFAULT '',             -- what its picture is painted from
    seed INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (id, story_id),
    UNIQUE (job_id, number),                     -- a job makes each page once
    CHECK ((parent_id IS NULL) = (number = 1)),
    FOREIGN KEY (parent_id, story_id) REFERENCES pages (id, story_id) ON DELETE CASCADE
) STRICT;

CREATE INDEX pages_by_parent ON pages (parent_id, story_id);
CREATE UNIQUE INDEX pages_chosen ON pages (story_id, coalesce(parent_id, '')) WHERE chosen = 1;

-- Redrawing adds a picture; the newest of a page is the one that is shown.
CREATE TABLE pictures (
    serial INTEGER PRIMARY KEY,
    page_id TEXT NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    job_id TEXT NOT NULL REFERENCES jobs (id),
    image BLOB NOT NULL,                         -- PNG
    alt TEXT NOT NULL DEFAULT '',
    latents BLOB NOT NULL,                       -- codebook indices, uint16 little-endian, by rows
    latents_height INTEGER NOT NULL,
    latents_width INTEGER NOT NULL,
    layout_json TEXT NOT NULL DEFAULT '',
    seed INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    clip_score REAL NOT NULL,
    seconds REAL NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (page_id, job_id),                    -- a job paints each page once
    CHECK (length(latents) = 2 * latents_height * latents_width)
) STRICT;

-- Words to find stories by; the text itself stays in its own table.
CREATE VIRTUAL TABLE story_words USING fts5 (
    title, idea, content = 'stories', content_rowid = 'serial',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER story_words_insert AFTER INSERT ON stories BEGIN
    INSERT INTO story_words (rowid, title, idea) VALUES (new.serial, new.title, new.idea);
END;
CREATE TRIGGER story_words_delete AFTER DELETE ON stories BEGIN
    INSERT INTO story_words (story_words, rowid, title, idea)
    VALUES ('delete', old.serial, old.title, old.idea);
END;
CREATE TRIGGER story_words_update AFTER UPDATE OF title, idea ON stories BEGIN
    INSERT INTO story_words (story_words, rowid, title, idea)
    VALUES ('delete', old.serial, old.title, old.idea);
    INSERT INTO story_words (rowid, title, idea) VALUES (new.serial, new.title, new.idea);
END;

CREATE VIRTUAL TABLE page_words USING fts5 (
    text, content = 'pages', content_rowid = 'serial',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER page_words_insert AFTER INSERT ON pages BEGIN
    INSERT INTO page_words (rowid, text) VALUES (new.serial, new.text);
END;
CREATE TRIGGER page_words_delete AFTER DELETE ON pages BEGIN
    INSERT INTO page_words (page_words, rowid, text) VALUES ('delete', old.serial, old.text);
END;
CREATE TRIGGER page_words_update AFTER UPDATE OF text ON pages BEGIN
    INSERT INTO page_words (page_words, rowid, text) VALUES ('delete', old.serial, old.text);
    INSERT INTO page_words (rowid, text) VALUES (new.serial, new.text);
END;
