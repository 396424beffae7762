/** Accounts of directory users, their sessions and access tokens. Of passwords, cookies and tokens there are hashes only. */
export const accountSchema = `
  CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL UNIQUE,           -- what clients and key server call it
    directory_user INTEGER NOT NULL UNIQUE REFERENCES users(id),
    host TEXT NOT NULL,                     -- by which its owner knows this server; signed at registration
    auth_salt BLOB NOT NULL,
    auth_hash BLOB NOT NULL,
    public_key BLOB,                        -- kemKey ‖ dhKey
    change_announced BLOB,                  -- hash of the token with which the key server took the latest pending change
    change_applied BLOB,                    -- that of the change which made the present password
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE account_sessions (
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    secured INTEGER NOT NULL DEFAULT 0,
    challenge_hash BLOB,
    challenge_expires INTEGER,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL                -- to the hour
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX account_sessions_by_account ON account_sessions(account);

  CREATE TABLE access_tokens (
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    operation TEXT NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_tokens_by_account ON access_tokens(account);

  CREATE TABLE account_nonces (             -- of signed registrations, while their time is still accepted
    nonce BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`
