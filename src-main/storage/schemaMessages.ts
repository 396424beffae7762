/**
 * Conversations as people know them: replies, reactions, edits, deletions, disappearing messages, pins, search. `items` is built anew: the
 * index of words names messages by a number, which only an INTEGER PRIMARY KEY keeps for good.
 */
export const schemaMessages = `
CREATE TABLE items_new (
  no INTEGER PRIMARY KEY,             -- in the order of arrival; what the index of words names
  id BLOB NOT NULL,
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  kind TEXT NOT NULL,                 -- text or system
  own INTEGER NOT NULL,
  stream BLOB,
  seq INTEGER,
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  position REAL NOT NULL,
  status TEXT NOT NULL,
  late INTEGER NOT NULL DEFAULT 0,
  event TEXT,
  by TEXT,
  count INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  reply_to BLOB,                      -- id of the message it answers, here or not
  forwarded INTEGER NOT NULL DEFAULT 0,
  mentions TEXT,                      -- JSON: [{from, length, id}]
  edited_at INTEGER,                  -- of the last edit, by its author's clock
  deleted_at INTEGER,                 -- its author took it back: nothing else of it is left
  ttl INTEGER NOT NULL DEFAULT 0,     -- seconds it stays once it was delivered (own) or read; 0: for good
  expires_at INTEGER,                 -- once that is known
  pinned_at INTEGER,
  UNIQUE (contact, id)
) STRICT;
INSERT INTO items_new (id, contact, kind, own, stream, seq, text, sent_at, position, status, late, event, by, count)
  SELECT id, contact, kind, own, stream, seq, text, sent_at, position, status, late, event, by, count FROM items ORDER BY rowid;
DROP TABLE items;
ALTER TABLE items_new RENAME TO items;
CREATE INDEX items_order ON items (contact, position, seq);
CREATE INDEX items_stream ON items (contact, stream, seq);
CREATE INDEX items_unread ON items (contact) WHERE unread = 1;
CREATE INDEX items_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX items_pinned ON items (contact, pinned_at) WHERE pinned_at IS NOT NULL;

-- what a message said before
CREATE TABLE edits (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,                -- since when it said so
  text TEXT NOT NULL,
  PRIMARY KEY (contact, id, at)
) STRICT;

-- one for each author; an empty one was taken back
CREATE TABLE reactions (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,
  own INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (contact, id, own)
) STRICT, WITHOUT ROWID;

-- messages that were here and are no more: what comes late about them, or they themselves once more, changes nothing
CREATE TABLE gone (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (contact, id)
) STRICT, WITHOUT ROWID;

-- reactions, edits and deletions that came before what they are about
CREATE TABLE early_events (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  target BLOB NOT NULL,
  id BLOB NOT NULL,
  body BLOB NOT NULL,                 -- CBOR of the message
  at INTEGER NOT NULL,                -- when it came
  PRIMARY KEY (contact, target, id)
) STRICT;

ALTER TABLE contacts ADD COLUMN pinned_at INTEGER;
ALTER TABLE contacts ADD COLUMN archived_at INTEGER;
ALTER TABLE contacts ADD COLUMN timer INTEGER NOT NULL DEFAULT 0;      -- seconds; 0: messages stay
ALTER TABLE contacts ADD COLUMN timer_at INTEGER NOT NULL DEFAULT 0;   -- when either side chose it
-- how far the person has read (streams) and the contact has (own_streams), where both let it be known
ALTER TABLE streams ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE own_streams ADD COLUMN read INTEGER NOT NULL DEFAULT 0;

-- The words of every message, folded (src-shared/search/words.ts). It keeps no text of its own, and what is taken out of it is gone from its pages.
CREATE VIRTUAL TABLE words USING fts5(
  text, about, content = '', columnsize = 0, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
`
