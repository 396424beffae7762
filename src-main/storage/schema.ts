/** Version 1 of the keystore's tables. Ids and keys are BLOBs, times unix milliseconds, `by` says who did it: you, them or the program. */
export const schemaV1 = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- where we are met; a retired one is still polled for 30 days
CREATE TABLE relays (
  address TEXT PRIMARY KEY,
  local INTEGER NOT NULL,
  since INTEGER NOT NULL,
  retired_at INTEGER
) STRICT;

CREATE TABLE contacts (
  no INTEGER PRIMARY KEY AUTOINCREMENT, -- how the other tables name a contact
  id BLOB NOT NULL UNIQUE,
  public BLOB NOT NULL,               -- the exact signed identity
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('connecting', 'open')),
  blocked_at INTEGER,
  verified_at INTEGER,
  relays TEXT NOT NULL,               -- JSON array
  stream BLOB NOT NULL,               -- ours towards this contact
  draft TEXT NOT NULL DEFAULT '',
  unread INTEGER NOT NULL DEFAULT 0,
  activity INTEGER NOT NULL,
  trouble TEXT CHECK (trouble IN ('broken', 'resetting')),
  trouble_since INTEGER,
  trouble_by TEXT,
  heard_at INTEGER NOT NULL DEFAULT 0,
  receipt_due INTEGER NOT NULL DEFAULT 0,
  pong_due BLOB,                      -- a ping that came before we may send
  profile_at INTEGER NOT NULL DEFAULT 0,
  restored_at INTEGER                 -- when this profile last turned out to be older than the conversation
) STRICT;

-- one for each confirmed first exchange, newest four kept
CREATE TABLE contact_keys (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  key BLOB NOT NULL,
  my_reset BLOB NOT NULL,
  peer_reset BLOB NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (contact, key)
) STRICT;

CREATE TABLE own_streams (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  stream BLOB NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (contact, stream)
) STRICT;

-- what of the contact's streams has arrived
CREATE TABLE streams (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  stream BLOB NOT NULL,
  up_to INTEGER NOT NULL,
  touched INTEGER NOT NULL,
  PRIMARY KEY (contact, stream)
) STRICT;
CREATE TABLE stream_beyond (
  contact INTEGER NOT NULL,
  stream BLOB NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (contact, stream, seq),
  FOREIGN KEY (contact, stream) REFERENCES streams ON DELETE CASCADE
) STRICT;

CREATE TABLE invites (
  id BLOB PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('one', 'many', 'reset')),
  label TEXT NOT NULL,
  bytes BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'used', 'cancelled')),
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  contact INTEGER REFERENCES contacts ON DELETE SET NULL, -- who answered; for a reset, who is asked
  by TEXT NOT NULL,
  short_key BLOB,
  short_delete BLOB,
  short_at INTEGER                    -- when its blob was stored at the relay
) STRICT;

-- an exchange under way; the row goes when it ends
CREATE TABLE exchanges (
  id BLOB PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('inviter', 'acceptor')),
  kind TEXT NOT NULL CHECK (kind IN ('first', 'reset')),
  by TEXT NOT NULL,
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  invite BLOB REFERENCES invites ON DELETE CASCADE,
  invite_hash BLOB NOT NULL,
  msg2_hash BLOB,
  secret BLOB,                        -- acceptor: what msg3 needs; inviter: msg2 while a relay is asked about
  step3 BLOB,                         -- acceptor: the series msg3 comes on
  session BLOB,
  ask_relay TEXT,
  created INTEGER NOT NULL,
  invited_at INTEGER NOT NULL,
  answered_at INTEGER,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX exchanges_contact ON exchanges (contact);
CREATE UNIQUE INDEX exchanges_msg2 ON exchanges (invite, msg2_hash);

CREATE TABLE sessions (
  id BLOB PRIMARY KEY,                -- the transcript hash
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('first', 'reset')),
  by TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  state BLOB NOT NULL,
  created INTEGER NOT NULL,
  confirmed_at INTEGER,
  sent INTEGER NOT NULL DEFAULT 0,
  received INTEGER NOT NULL DEFAULT 0,
  synced INTEGER NOT NULL DEFAULT 0,  -- the peer has said what it has
  offer BLOB                          -- what confirmation will apply: keys, relays, identity
) STRICT;
CREATE INDEX sessions_contact ON sessions (contact);

CREATE TABLE skipped (
  session BLOB NOT NULL REFERENCES sessions ON DELETE CASCADE,
  header_key BLOB NOT NULL,
  n INTEGER NOT NULL,
  message_key BLOB NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (session, header_key, n)
) STRICT;

CREATE TABLE session_events (
  id INTEGER PRIMARY KEY,
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  recovered INTEGER NOT NULL DEFAULT 0
) STRICT;

-- automatic resets, for the back-off
CREATE TABLE reset_attempts (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_events_contact ON session_events (contact);
CREATE INDEX reset_attempts_contact ON reset_attempts (contact);
CREATE TABLE seen_requests (
  hash BLOB PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;

-- what the conversation shows: messages and system lines
CREATE TABLE items (
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
  PRIMARY KEY (contact, id)
) STRICT;
CREATE INDEX items_order ON items (contact, position, seq);
CREATE INDEX items_stream ON items (contact, stream, seq);

-- what a newer version of the program sent: kept for when this one has learnt to read it
CREATE TABLE foreign_messages (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,
  body BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (contact, id)
) STRICT;

-- everything the peer has not receipted
CREATE TABLE outbox (
  rank INTEGER PRIMARY KEY AUTOINCREMENT, -- the order they go out in; a session's first message is put before the rest
  id BLOB NOT NULL,
  kind TEXT NOT NULL,                 -- the message's type
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  body BLOB NOT NULL,                 -- CBOR of the message without stream, seq, receipts
  stream BLOB,                        -- given at the first encryption
  seq INTEGER,
  session BLOB,                       -- null: to be encrypted
  sent_at INTEGER,
  UNIQUE (contact, id)
) STRICT;
CREATE INDEX outbox_contact ON outbox (contact, rank);
CREATE INDEX outbox_session ON outbox (session);
CREATE INDEX outbox_seq ON outbox (contact, stream, seq);

-- blobs on their way to a relay
CREATE TABLE publications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  relay TEXT NOT NULL,
  kind TEXT NOT NULL,                 -- chain or series
  owner BLOB NOT NULL,                -- session, exchange or invite
  message INTEGER,                    -- outbox rank; null for what needs no receipt
  hk BLOB NOT NULL,
  n INTEGER,                          -- series: null until the relay named an empty number
  delete_hash BLOB NOT NULL,
  blob BLOB NOT NULL,
  stored_at INTEGER
) STRICT;
CREATE INDEX publications_due ON publications (relay, id) WHERE stored_at IS NULL;
CREATE INDEX publications_owner ON publications (owner);
CREATE INDEX publications_message ON publications (message);

-- acknowledgements the relay has not confirmed
CREATE TABLE acks (
  relay TEXT NOT NULL,
  rv TEXT NOT NULL,
  delete_key BLOB NOT NULL,
  PRIMARY KEY (relay, rv)
) STRICT;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  relay TEXT NOT NULL,
  rv TEXT NOT NULL,
  blob BLOB NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (relay, rv)
) STRICT;
CREATE INDEX quarantine_contact ON quarantine (contact);

-- named refusals, for Details; contact is 0 where none is known
CREATE TABLE refusals (
  contact INTEGER NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (contact, name)
) STRICT;
`
