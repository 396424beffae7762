/** Files that travel with messages. Their chunks lie sealed in the profile's folder `files`; what opens them is here alone. */
export const schemaFiles = `
CREATE TABLE files (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,                   -- of its message
  file BLOB NOT NULL UNIQUE,          -- 16 random bytes: its name in the folder, and what windows call it
  own INTEGER NOT NULL,
  kind TEXT NOT NULL,                 -- picture, voice or file
  name TEXT NOT NULL,                 -- as it was sent
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  secret BLOB NOT NULL,
  relay TEXT,                         -- where its chunks lie; NULL in notes to oneself
  preview BLOB,
  width INTEGER,
  height INTEGER,
  seconds INTEGER,
  state TEXT NOT NULL,                -- own: sending, sent; theirs: asks, offered, receiving; both: here, failed
  error TEXT,                         -- why it failed
  chunks BLOB NOT NULL,               -- bit i of byte j: chunk 8j + i is at the relay (own), or here
  settled INTEGER NOT NULL DEFAULT 0, -- own: the relay need not be asked about it any more
  PRIMARY KEY (contact, id)
) STRICT;
CREATE INDEX files_under_way ON files (state) WHERE state IN ('sending', 'receiving') OR (state = 'sent' AND settled = 0);
`
