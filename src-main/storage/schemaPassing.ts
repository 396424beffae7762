/** Messages of groups that go through another member meanwhile. */
export const schemaPassing = `
-- 1: this person's messages may be passed on, sealed, to members there is no session with yet
ALTER TABLE groups ADD COLUMN passing INTEGER NOT NULL DEFAULT 0;
-- a member's public identity, from another one, where there is no session with it
ALTER TABLE group_members ADD COLUMN identity BLOB;
-- 1: a sealed copy is on its way through others
ALTER TABLE group_deliveries ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;
-- what came through another member, and not yet from its author: the id of whoever passed it on
ALTER TABLE items ADD COLUMN passed_by BLOB;
ALTER TABLE group_waiting ADD COLUMN passed_by BLOB;
`
