-- What people do with stories together: love, report, remember, edit, redraw, look through a
-- gallery; and what keeps that fair: settings, budgets, an audit trail, thumbnails.
--
-- Reason: both chats share these rules, so they live beside the stories. `jobs` is rebuilt because
-- the CHECK of a column cannot be changed in place; everything else only gains columns and tables.

CREATE TABLE jobs_new (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id),
    community_id TEXT NOT NULL REFERENCES communities (id),
    -- retry: a further sibling of one page; edit: a sibling whose text a person wrote; redraw: a
    -- further picture of the page target_page_id.
    kind TEXT NOT NULL CHECK (kind IN ('tell', 'continue', 'retry', 'edit', 'redraw')),
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    dedup_key TEXT UNIQUE,                       -- "discord:<interaction>"; NULL: never a repeat
    base_page_id TEXT REFERENCES pages (id),     -- the page it goes on from; NULL: from nothing
    target_page_id TEXT REFERENCES pages (id),   -- the page a 'redraw' paints again
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
    charged_ms INTEGER NOT NULL DEFAULT 0 CHECK (charged_ms >= 0), -- of the day's budget
    charged_day TEXT NOT NULL DEFAULT '',        -- "2026-11-21" (UTC): the budget it came from
    created_at INTEGER NOT NULL,
    started_at INTEGER,                          -- when it was begun for the first time
    finished_at INTEGER,
    CHECK (last_page >= first_page),
    CHECK ((kind = 'redraw') = (target_page_id IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL))
) STRICT;

INSERT INTO jobs_new (serial, id, story_id, person_id, community_id, kind, state, dedup_key,
    base_page_id, first_page, last_page, direction, seed, text_only, attempt, lease_owner,
    lease_until, next_run_at, error, created_at, finished_at)
SELECT serial, id, story_id, person_id, community_id, kind, state, dedup_key,
    base_page_id, first_page, last_page, direction, seed, text_only, attempt, lease_owner,
    lease_until, next_run_at, error, created_at, finished_at FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_new RENAME TO jobs;
CREATE INDEX jobs_by_story ON jobs (story_id);
-- Without these, removing one page would read every job, and removing one job every picture.
CREATE INDEX jobs_by_base ON jobs (base_page_id) WHERE base_page_id IS NOT NULL;
CREATE INDEX jobs_by_target ON jobs (target_page_id) WHERE target_page_id IS NOT NULL;
CREATE INDEX pictures_by_job ON pictures (job_id);
CREATE INDEX pages_by_story ON pages (story_id, number, serial);
CREATE INDEX jobs_by_person ON jobs (person_id, created_at);
CREATE INDEX jobs_unfinished ON jobs (next_run_at) WHERE finished_at IS NULL;
-- Whose turn it is: who waits, who is served, and who was served when.
CREATE INDEX jobs_waiting ON jobs (community_id, person_id, serial) WHERE state = 'queued';
CREATE INDEX jobs_at_work ON jobs (person_id, community_id) WHERE state = 'running';
CREATE INDEX jobs_served ON jobs (community_id, started_at);
CREATE INDEX jobs_served_people ON jobs (community_id, person_id, started_at);

ALTER TABLE communities ADD COLUMN direct INTEGER NOT NULL DEFAULT 0 CHECK (direct IN (0, 1));
ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT '';
-- 0: none of this person's stories is listed in a gallery.
ALTER TABLE people ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1));

-- 0: left out of the gallery by its author.
ALTER TABLE stories ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1));
ALTER TABLE stories ADD COLUMN loves INTEGER NOT NULL DEFAULT 0;    -- kept by triggers
ALTER TABLE stories ADD COLUMN shuffle INTEGER NOT NULL DEFAULT 0;  -- its place in a random order
UPDATE stories SET shuffle = abs(random() % 4294967296);
CREATE TRIGGER stories_shuffle AFTER INSERT ON stories BEGIN
    UPDATE stories SET shuffle = abs(random() % 4294967296) WHERE serial = new.serial;
END;
-- A gallery's orders; a screen of it can begin behind any story. Author and style are there so
-- that looking for either in an order reads no story that is left out.
CREATE INDEX stories_newest ON stories (community_id, serial)
    WHERE deleted_at IS NULL AND listed = 1;
CREATE INDEX stories_loved ON stories (community_id, loves, serial, person_id, style)
    WHERE deleted_at IS NULL AND listed = 1;
CREATE INDEX stories_shuffled ON stories (community_id, shuffle, serial, person_id, style)
    WHERE deleted_at IS NULL AND listed = 1;
CREATE INDEX stories_of_author ON stories (community_id, person_id, serial)
    WHERE deleted_at IS NULL AND listed = 1;
CREATE INDEX stories_in_style ON stories (community_id, style, serial)
    WHERE deleted_at IS NULL AND listed = 1;
CREATE INDEX stories_deleted ON stories (deleted_at) WHERE deleted_at IS NOT NULL;

-- 'edited': a person wrote the text, with the models' picture.
ALTER TABLE pages ADD COLUMN origin TEXT NOT NULL DEFAULT 'told'
    CHECK (origin IN ('told', 'edited'));
ALTER TABLE pictures ADD COLUMN thumbnail BLOB;                     -- WebP; NULL: not made yet
-- What the picture check said; '': it was not asked.
ALTER TABLE pictures ADD COLUMN verdict TEXT NOT NULL DEFAULT ''
    CHECK (verdict IN ('', 'ok', 'spoiler', 'blocked'));

CREATE TABLE loves (
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (story_id, person_id)
) STRICT;
CREATE INDEX loves_by_person ON loves (person_id);
CREATE TRIGGER loves_insert AFTER INSERT ON loves BEGIN
    UPDATE stories SET loves = loves + 1 WHERE id = new.story_id;
END;
CREATE TRIGGER loves_delete AFTER DELETE ON loves BEGIN
    UPDATE stories SET loves = loves - 1 WHERE id = old.story_id;
END;

CREATE TABLE reports (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    community_id TEXT NOT NULL REFERENCES communities (id),
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    page_id TEXT REFERENCES pages (id) ON DELETE CASCADE,
    person_id TEXT REFERENCES people (id),       -- NULL: who reported is forgotten
    reason TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    handled_at INTEGER,
    handled_by TEXT REFERENCES people (id),
    outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reports_open ON reports (community_id, serial) WHERE handled_at IS NULL;
CREATE INDEX reports_by_person ON reports (person_id);
CREATE INDEX reports_by_story ON reports (story_id);
CREATE INDEX reports_by_page ON reports (page_id) WHERE page_id IS NOT NULL;
CREATE INDEX reports_by_handler ON reports (handled_by) WHERE handled_by IS NOT NULL;
CREATE UNIQUE INDEX reports_once ON reports (person_id, story_id, coalesce(page_id, ''))
    WHERE handled_at IS NULL;

-- Every refusal and every act of a moderator; texts that were refused are not kept.
CREATE TABLE audit (
    serial INTEGER PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES communities (id),
    person_id TEXT REFERENCES people (id),       -- NULL: forgotten, or the program itself
    action TEXT NOT NULL CHECK (action <> ''),   -- "refused_wish", "deleted_story", …
    subject TEXT NOT NULL DEFAULT '',            -- id of a story, page or report
    detail TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_community ON audit (community_id, serial);
CREATE INDEX audit_by_person ON audit (person_id);

-- What a story keeps to; the writer is told with every page.
CREATE TABLE facts (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (id <> ''),
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    person_id TEXT REFERENCES people (id),       -- NULL: who said it is forgotten
    text TEXT NOT NULL CHECK (text <> ''),
    created_at INTEGER NOT NULL,
    UNIQUE (story_id, text)
) STRICT;
CREATE INDEX facts_by_person ON facts (person_id);

-- A community's own settings as JSON values; what is missing follows config.toml.
CREATE TABLE settings (
    community_id TEXT NOT NULL REFERENCES communities (id),
    key TEXT NOT NULL CHECK (key <> ''),
    value TEXT NOT NULL CHECK (json_valid(value)),
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (community_id, key)
) STRICT;

-- Time of the models that a person has used on a day (UTC); jobs hold what each was charged.
CREATE TABLE budgets (
    person_id TEXT NOT NULL REFERENCES people (id),
    day TEXT NOT NULL,                           -- "2026-11-21"
    used_ms INTEGER NOT NULL DEFAULT 0 CHECK (used_ms >= 0),
    PRIMARY KEY (person_id, day)
) STRICT;

-- Chat messages that show a job at work or a finished page.
CREATE TABLE messages (
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    channel_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    story_id TEXT NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    page_id TEXT REFERENCES pages (id) ON DELETE CASCADE,
    job_id TEXT REFERENCES jobs (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (platform, channel_id, message_id)
) STRICT;
CREATE INDEX messages_by_story ON messages (story_id);
CREATE INDEX messages_by_job ON messages (job_id);
CREATE INDEX messages_by_page ON messages (page_id) WHERE page_id IS NOT NULL;

-- The search index again, now with the community as a word of each row: looking for "the" in one
-- server must not read what all the others wrote. Hexadecimal makes any id a single word.
DROP TRIGGER story_words_insert;
DROP TRIGGER story_words_delete;
DROP TRIGGER story_words_update;
DROP TABLE story_words;
DROP TRIGGER page_words_insert;
DROP TRIGGER page_words_delete;
DROP TRIGGER page_words_update;
DROP TABLE page_words;

CREATE VIEW story_texts AS
    SELECT serial, title, idea, hex(community_id) AS place FROM stories;
CREATE VIEW page_texts AS
    SELECT p.serial, p.text, hex(s.community_id) AS place
    FROM pages p JOIN stories s ON s.id = p.story_id;

CREATE VIRTUAL TABLE story_words USING fts5 (
    title, idea, place, content = 'story_texts', content_rowid = 'serial',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO story_words (story_words) VALUES ('rebuild');
CREATE TRIGGER story_words_insert AFTER INSERT ON stories BEGIN
    INSERT INTO story_words (rowid, title, idea, place)
    VALUES (new.serial, new.title, new.idea, hex(new.community_id));
END;
CREATE TRIGGER story_words_delete AFTER DELETE ON stories BEGIN
    INSERT INTO story_words (story_words, rowid, title, idea, place)
    VALUES ('delete', old.serial, old.title, old.idea, hex(old.community_id));
END;
CREATE TRIGGER story_words_update AFTER UPDATE OF title, idea, community_id ON stories BEGIN
    INSERT INTO story_words (story_words, rowid, title, idea, place)
    VALUES ('delete', old.serial, old.title, old.idea, hex(old.community_id));
    INSERT INTO story_words (rowid, title, idea, place)
    VALUES (new.serial, new.title, new.idea, hex(new.community_id));
END;

CREATE VIRTUAL TABLE page_words USING fts5 (
    text, place, content = 'page_texts', content_rowid = 'serial',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO page_words (page_words) VALUES ('rebuild');
CREATE TRIGGER page_words_insert AFTER INSERT ON pages BEGIN
    INSERT INTO page_words (rowid, text, place)
    SELECT new.serial, new.text, hex(community_id) FROM stories WHERE id = new.story_id;
END;
CREATE TRIGGER page_words_delete AFTER DELETE ON pages BEGIN
    INSERT INTO page_words (page_words, rowid, text, place)
    SELECT 'delete', old.serial, old.text, hex(community_id) FROM stories WHERE id = old.story_id;
END;
CREATE TRIGGER page_words_update AFTER UPDATE OF text ON pages BEGIN
    INSERT INTO page_words (page_words, rowid, text, place)
    SELECT 'delete', old.serial, old.text, hex(community_id) FROM stories WHERE id = old.story_id;
    INSERT INTO page_words (rowid, text, place)
    SELECT new.serial, new.text, hex(community_id) FROM stories WHERE id = new.story_id;
END;
-- Pages go before their story, while it can still be asked which community's words they are.
CREATE TRIGGER stories_pages_first BEFORE DELETE ON stories BEGIN
    DELETE FROM pages WHERE story_id = old.id;
END;
-- A chat may get another id from its platform; its stories and their words move along.
CREATE TRIGGER page_words_move AFTER UPDATE OF community_id ON stories BEGIN
    INSERT INTO page_words (page_words, rowid, text, place)
    SELECT 'delete', serial, text, hex(old.community_id) FROM pages WHERE story_id = new.id;
    INSERT INTO page_words (rowid, text, place)
    SELECT serial, text, hex(new.community_id) FROM pages WHERE story_id = new.id;
END;
