/** Codes of relays' directories, the account with its backup, and people who ask by code: a later step of the schema. */
export const schemaAccount = `
-- as whom relays' directories know this person; one is handed out, the others only ask for codes of other relays
CREATE TABLE directory_users (
  relay TEXT PRIMARY KEY,             -- normal form of its address
  code TEXT NOT NULL,
  own INTEGER NOT NULL,               -- 1: handed out
  eddsa BLOB NOT NULL,                -- Ed25519 seed
  ecdh BLOB NOT NULL,                 -- X25519 secret
  since INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX directory_users_own ON directory_users (own) WHERE own = 1;

-- this computer as a device of relays' sealed APIs; a key server is one more
CREATE TABLE devices (
  address TEXT PRIMARY KEY,
  client_id TEXT NOT NULL,
  secret BLOB NOT NULL,               -- X25519
  server_key BLOB NOT NULL,
  api_key TEXT NOT NULL
) STRICT;

-- the account that stands on the own directory user
CREATE TABLE account (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  key_server TEXT NOT NULL,
  user_id TEXT NOT NULL,              -- empty until the server has said it
  kem_key BLOB NOT NULL,
  kem_secret BLOB NOT NULL,
  dh_secret BLOB NOT NULL,
  auth_key BLOB NOT NULL,             -- proves the password to the server, and opens nothing
  state TEXT NOT NULL CHECK (state IN ('making', 'open', 'signed-out')),
  enc_key BLOB,                       -- while it is made: what the key server's copy is sealed with
  salt BLOB,
  change BLOB,                        -- a change of the password under way
  counter INTEGER NOT NULL DEFAULT 0,
  digest BLOB,                        -- of what was saved last
  saved_at INTEGER,
  saved_contacts INTEGER NOT NULL DEFAULT 0
) STRICT;

-- people asked by code, and people who ask
CREATE TABLE code_asks (
  id BLOB PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('asker', 'asked')),
  relay TEXT NOT NULL REFERENCES directory_users ON DELETE CASCADE,
  code TEXT NOT NULL,                 -- the other's
  name TEXT NOT NULL,
  eddsa BLOB NOT NULL,                -- the other's signing key as the directory has it
  ecdh BLOB NOT NULL,                 -- asker: the other's as the directory has it; asked: what the other sent
  secret BLOB,                        -- asker: X25519 secret of this ask alone
  state TEXT NOT NULL CHECK (state IN ('sending', 'waiting', 'failed', 'agreed', 'over')),
  error TEXT,
  frame TEXT,                         -- what is to be sent: its message, without signature
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX code_asks_code ON code_asks (relay, code);

ALTER TABLE invites ADD COLUMN by_code INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN by_code INTEGER NOT NULL DEFAULT 0;
`
