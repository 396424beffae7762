/** What an operator allows one device or user other than the rest. */
export const quotaSchema = `
  CREATE TABLE quotas (
    kind TEXT NOT NULL CHECK (kind IN ('device', 'user')),
    name TEXT NOT NULL,                   -- client_id; a code, or at a key server of its own the account's id
    factor REAL NOT NULL CHECK (factor >= 0),
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
`
