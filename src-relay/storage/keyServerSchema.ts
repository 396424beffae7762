/** The key server's: what it cannot open. It knows users by the id that the server gave them, and nothing else of them. */
export const keyServerSchema = `
  CREATE TABLE private_keys (
    user_id TEXT PRIMARY KEY,
    encrypted_private_key BLOB NOT NULL,
    iv BLOB NOT NULL,
    salt BLOB NOT NULL,
    change BLOB,                            -- hash of the change that brought it; null: the first
    pending_key BLOB,
    pending_iv BLOB,
    pending_salt BLOB,
    pending_change BLOB
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE backups (
    user_id TEXT PRIMARY KEY,
    counter INTEGER NOT NULL,
    blob BLOB                               -- null: deleted; the counter stays, so that no old one comes back
  ) STRICT;
`
