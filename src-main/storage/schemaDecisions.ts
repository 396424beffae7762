/** What a person decides about a contact, and what outlives one that was deleted: a later step of the schema. */
export const schemaDecisions = `
-- what the person calls the contact; empty: their own name
ALTER TABLE contacts ADD COLUMN label TEXT NOT NULL DEFAULT '';
-- null: not muted; the greatest exact integer: until the person says otherwise
ALTER TABLE contacts ADD COLUMN muted_until INTEGER;

-- of a session that is left already: only this says whose its last blobs are
ALTER TABLE publications ADD COLUMN contact INTEGER;

-- a contact restored an older copy: what it said it has, until the person has answered
CREATE TABLE history_questions (
  contact INTEGER PRIMARY KEY REFERENCES contacts ON DELETE CASCADE,
  knows BLOB NOT NULL,                -- CBOR of the receipts and own streams it named
  texts INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- a reset of all sessions: one row for each contact of it
CREATE TABLE reset_all (
  contact INTEGER PRIMARY KEY REFERENCES contacts ON DELETE CASCADE,
  begun INTEGER NOT NULL,
  asked_at INTEGER,
  done_at INTEGER
) STRICT;
`
