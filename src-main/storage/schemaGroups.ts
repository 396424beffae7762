/**
 * Introductions and groups. A group's conversation is a row of `contacts` too, so that everything a conversation has (items, draft, pins,
 * timer, search, files) is the same for both; its id is the group's, and it has no keys.
 */
export const schemaGroups = `
ALTER TABLE contacts ADD COLUMN kind TEXT NOT NULL DEFAULT 'person'; -- or group
ALTER TABLE contacts ADD COLUMN introduced_by BLOB;                  -- id of whoever introduced the person
-- 1: known by a group alone; the list does not show it before something was said
ALTER TABLE contacts ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;

-- of a group's message or line, who wrote or did it: the member's id; NULL in a conversation of two, and for own ones
ALTER TABLE items ADD COLUMN author BLOB;
-- how far a contact's stream was read, whichever conversations its numbers are in
CREATE INDEX items_unread_stream ON items (stream, seq) WHERE unread = 1;

CREATE TABLE reactions_new (
  contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
  id BLOB NOT NULL,
  author BLOB NOT NULL,               -- empty: this person; in a conversation of two, one zero byte: the contact; else a member's id
  emoji TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (contact, id, author)
) STRICT, WITHOUT ROWID;
INSERT INTO reactions_new SELECT contact, id, CASE own WHEN 1 THEN x'' ELSE x'00' END, emoji, at FROM reactions;
DROP TABLE reactions;
ALTER TABLE reactions_new RENAME TO reactions;

-- what came before the message it is about: by whom
ALTER TABLE early_events ADD COLUMN author BLOB;

CREATE TABLE introductions (
  id BLOB NOT NULL,                   -- the same for all three
  role TEXT NOT NULL CHECK (role IN ('asker', 'mediator', 'target')),
  reason TEXT NOT NULL,               -- offer, ask, group or reset
  via BLOB,                           -- id of whoever introduces; NULL: this person
  asker BLOB,                         -- ids of the two ends; NULL: this person
  target BLOB,
  name TEXT NOT NULL DEFAULT '',      -- what the other end calls itself, where this end was told
  person BLOB,                        -- target: the asker's identity, until the person has decided
  grp BLOB,                           -- id of the group it is for
  auto INTEGER NOT NULL DEFAULT 0,    -- 1: the program asked by itself
  invite_hash BLOB,                   -- asker: of the invite it accepted
  state TEXT NOT NULL,                -- offered, asked, requested, answered, done, refused, expired, cancelled
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (id, role)
) STRICT;
CREATE INDEX introductions_target ON introductions (target);

-- members of groups whom this person is to be introduced to, by whom of these first
CREATE TABLE introductions_wanted (
  target BLOB PRIMARY KEY,
  grp BLOB NOT NULL,
  mediators TEXT NOT NULL             -- JSON array of ids in hex
) STRICT;

-- one-person invites made for an introduction
ALTER TABLE invites ADD COLUMN introduction BLOB;

CREATE TABLE groups (
  contact INTEGER PRIMARY KEY REFERENCES contacts ON DELETE CASCADE, -- its conversation
  state TEXT NOT NULL CHECK (state IN ('invited', 'joining', 'member', 'left', 'removed', 'dissolved')),
  inviter BLOB,                       -- id of whoever invited; NULL: an own group
  role TEXT,                          -- own: owner, admin, member; NULL for who is none
  members INTEGER NOT NULL,           -- how many, as the head or else the invitation says
  picture BLOB NOT NULL,              -- empty: none
  head BLOB,                          -- hash of the change this person holds to; NULL before the first one
  summary BLOB                        -- CBOR of the state after the head
) STRICT;

-- every change that was found good: the head's way, and branches that lost
CREATE TABLE group_changes (
  contact INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
  hash BLOB NOT NULL,
  parent BLOB,
  generation INTEGER NOT NULL,
  owner_signed INTEGER NOT NULL,
  signer BLOB NOT NULL,
  way INTEGER NOT NULL DEFAULT 0,     -- 1: from the beginning to the head, or the head
  tries INTEGER NOT NULL DEFAULT 0,   -- own ones: how often what it does was done again after its branch had lost
  again INTEGER NOT NULL DEFAULT 0,   -- 1: its branch has lost, and what it does is to be done again
  bytes BLOB NOT NULL,
  PRIMARY KEY (contact, hash)
) STRICT;
CREATE INDEX group_changes_way ON group_changes (contact, way, generation);

-- the other people in it, or asked to be
CREATE TABLE group_members (
  contact INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
  member BLOB NOT NULL,
  name TEXT NOT NULL,                 -- as the group, or the invitation, calls it
  state TEXT NOT NULL CHECK (state IN ('invited', 'declined', 'accepted', 'member', 'leaving', 'former')),
  since INTEGER,                      -- the generation that added it
  at INTEGER NOT NULL,                -- when that, or what its state says, was heard of here
  head BLOB,                          -- what it said last to hold to
  unheard BLOB,                       -- CBOR of the ids it said to have no session with
  said_at INTEGER NOT NULL DEFAULT 0,
  blocked_at INTEGER,                 -- by this person, here alone
  PRIMARY KEY (contact, member)
) STRICT;

-- own messages of a group, by member: each has a number of its own on the way to everybody
CREATE TABLE group_deliveries (
  contact INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
  id BLOB NOT NULL,                   -- of the message in the outbox: a text, or a change of one
  member BLOB NOT NULL,
  body BLOB,                          -- until there is a session: what is to be sent
  stream BLOB,
  seq INTEGER,
  status TEXT NOT NULL CHECK (status IN ('unconnected', 'waiting', 'sent', 'delivered', 'read')),
  at INTEGER NOT NULL,
  PRIMARY KEY (id, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_deliveries_group ON group_deliveries (contact, member);
CREATE INDEX group_deliveries_member ON group_deliveries (member, stream, seq);

-- what a member said under a change that is not here yet
CREATE TABLE group_waiting (
  contact INTEGER NOT NULL REFERENCES groups ON DELETE CASCADE,
  member BLOB NOT NULL,
  id BLOB NOT NULL,
  head BLOB NOT NULL,
  body BLOB NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (contact, member, id)
) STRICT;
`
