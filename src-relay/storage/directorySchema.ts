/** What waits for users of the directory, and what keeps old signatures from counting twice. */
export const directorySchema = `
  CREATE TABLE directory_frames (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: a recipient confirms all up to one
    sender INTEGER NOT NULL REFERENCES users(id),
    recipient INTEGER NOT NULL REFERENCES users(id),
    frame TEXT NOT NULL,                  -- as it came
    stored_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX directory_frames_by_recipient ON directory_frames (recipient, id);
  CREATE INDEX directory_frames_by_sender ON directory_frames (sender, recipient);
  CREATE INDEX directory_frames_by_age ON directory_frames (stored_at);

  CREATE TABLE directory_nonces (
    user INTEGER NOT NULL REFERENCES users(id),
    nonce BLOB NOT NULL,
    expires_at INTEGER NOT NULL,          -- from then on its time alone has it refused
    PRIMARY KEY (user, nonce)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX directory_nonces_by_expiry ON directory_nonces (expires_at);

  -- Who has signed ts, nonce and relay once: a frame without them is then not theirs.
  CREATE TABLE directory_fresh_signers (user INTEGER PRIMARY KEY REFERENCES users(id)) STRICT;
`
