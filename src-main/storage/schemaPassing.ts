/** Messages of groups that go through another member meanwhile; introductions by the thousand. */
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

-- whoever lets a hundred people into a group is asked for thousands of introductions: how many came from one of them, and for which two
CREATE INDEX introductions_asker ON introductions (asker, created);
CREATE INDEX introductions_via ON introductions (via, created);
`
