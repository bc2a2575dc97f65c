-- Which page a message shows, and whether more is to come in it.
--
-- Reason: after a crash the bot must know every message whose last state it still owes, also those
-- of jobs that another process ended meanwhile, and which of a story's pages each one is.

ALTER TABLE messages ADD COLUMN number INTEGER NOT NULL DEFAULT 0;  -- of the page; 0: not known
-- 1: it does not yet show how its page, or its job, came out.
ALTER TABLE messages ADD COLUMN live INTEGER NOT NULL DEFAULT 0 CHECK (live IN (0, 1));
CREATE INDEX messages_live ON messages (platform, channel_id) WHERE live = 1;
