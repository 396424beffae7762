/** Devices of the sealed API. While `client_key` is null the registration is begun and not completed. Times are Unix milliseconds. */
export const registrationSchema = `
  CREATE TABLE devices (
    client_id TEXT PRIMARY KEY,
    server_key BLOB NOT NULL,         -- X25519, made for this device
    server_secret BLOB NOT NULL,      -- encrypted under the master key
    created_at INTEGER NOT NULL,      -- of the server's pair
    client_key BLOB,                  -- X25519
    api_key_hash BLOB,                -- SHA-256
    registered_at INTEGER,
    last_seen INTEGER,                -- to the minute
    CHECK ((client_key IS NULL) = (api_key_hash IS NULL) AND (client_key IS NULL) = (registered_at IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_unfinished ON devices (created_at) WHERE client_key IS NULL;
`
