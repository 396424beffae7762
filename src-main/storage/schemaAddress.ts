/** Public contact addresses, requests of those who answer them, and safety numbers that did not match: a later step of the schema. */
export const schemaAddress = `
ALTER TABLE invites ADD COLUMN withdraw BLOB;       -- many uses: what takes it back, once shown
ALTER TABLE exchanges ADD COLUMN seed BLOB;         -- acceptor of an invite of many uses: its initialRV, from which each period's follows
ALTER TABLE contacts ADD COLUMN mismatch_at INTEGER; -- when a scanned code did not match

-- answers to an invite of many uses that the person has not decided about; nothing has been sent to their authors
CREATE TABLE requests (
  hash BLOB PRIMARY KEY,              -- H(msg2)
  invite BLOB NOT NULL REFERENCES invites ON DELETE CASCADE,
  person BLOB NOT NULL,               -- the id it claims
  name TEXT NOT NULL,
  relays TEXT NOT NULL,               -- JSON array
  body BLOB NOT NULL,                 -- the sealed msg2
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_person ON requests (person, at);

-- people who were blocked and are no contacts: all that is kept of them
CREATE TABLE blocked (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
`
