/** Who has a code. Ids are given out once, codes never again: a tombstone keeps the code of a deleted user. */
export const userSchema = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    name TEXT,
    ecdh_key BLOB NOT NULL,       -- X25519
    eddsa_key BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER            -- then keys are random bytes and the name is null
  ) STRICT;
  CREATE TABLE used_invitations (
    hash BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`
