/** Copies of files for one reader alone, which had them and restored an older copy of its profile. */
export const schemaReturns = `
-- of such a copy, the id of who is at the other end: whom an own one is for, who made another; NULL for every other file
ALTER TABLE files ADD COLUMN peer BLOB;
-- 0: an own one whose chunks are not all on the disk yet
ALTER TABLE files ADD COLUMN sealed INTEGER NOT NULL DEFAULT 1;
UPDATE files SET peer = (SELECT c.id FROM contacts c WHERE c.no = files.contact)
 WHERE own = 1 AND NOT EXISTS (SELECT 1 FROM items i WHERE i.contact = files.contact AND i.id = files.id);
UPDATE files SET sealed = 0 WHERE own = 1 AND peer IS NOT NULL AND state = 'sending' AND rtrim(hex(chunks), '0') = '';
CREATE INDEX files_copies ON files (contact, peer) WHERE own = 1 AND peer IS NOT NULL;
`
