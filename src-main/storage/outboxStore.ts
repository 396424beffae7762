/** What is on its way out: unreceipted messages, blobs for relays, acknowledgements. */
import { unhex } from '../protocol/bytes.ts'
import type { Database } from './database.ts'
import { blob, blobOrNull, hexId, hexIdOrNull, type Row } from './rows.ts'

export interface OutboxRow {
  rank: number
  id: string
  /** The message's type. */
  kind: string
  contact: number
  /** CBOR of the message without stream, seq and receipts. */
  body: Uint8Array
  stream: Uint8Array | null
  seq: number | null
  /** The session it was last encrypted on; null when it waits for encryption. */
  session: string | null
  sent_at: number | null
}

/** Where an unreceipted message lies. */
export interface SentPlace {
  id: number
  relay: string
  message: number
  hk: Uint8Array
  n: number
  sent_at: number
}

export interface PublicationRow {
  id: number
  relay: string
  kind: 'chain' | 'series'
  /** Hex of the session, exchange or invite it belongs to. */
  owner: string
  /** Rank of the outbox message; null for what needs no receipt. */
  message: number | null
  /** Whose session was closed, where no session says so any more. */
  contact?: number | null
  hk: Uint8Array
  n: number | null
  delete_hash: Uint8Array
  blob: Uint8Array
  stored_at: number | null
}

const toOutbox = (row: Row): OutboxRow => ({
  ...(row as unknown as OutboxRow),
  id: hexId(row['id']),
  body: blob(row['body']),
  stream: blobOrNull(row['stream']),
  session: hexIdOrNull(row['session']),
})

const toPublication = (row: Row): PublicationRow => ({
  ...(row as unknown as PublicationRow),
  owner: hexId(row['owner']),
  hk: blob(row['hk']),
  delete_hash: blob(row['delete_hash']),
  blob: blob(row['blob']),
})

export function createOutboxStore(db: Database) {
  const sql = {
    add: db.prepare('INSERT OR IGNORE INTO outbox (id, contact, kind, body, stream, seq) VALUES (?, ?, ?, ?, ?, ?)'),
    addFirst: db.prepare('DELETE FROM outbox WHERE contact = ? AND kind = ? RETURNING rank'),
    insertFirst: db.prepare(
      'INSERT INTO outbox (rank, id, contact, kind, body) SELECT min(0, ifnull(min(rank), 0)) - 1, ?, ?, ?, ? FROM outbox',
    ),
    has: db.prepare('SELECT 1 FROM outbox WHERE contact = ? AND id = ?'),
    get: db.prepare('SELECT * FROM outbox WHERE rank = ?'),
    unencrypted: db.prepare('SELECT * FROM outbox WHERE contact = ? AND session IS NULL ORDER BY rank LIMIT ?'),
    count: db.prepare(`SELECT count(*) AS n FROM outbox WHERE contact = ? AND kind IN ('text', 'attachment')`),
    countKind: db.prepare('SELECT count(*) AS n FROM outbox WHERE contact = ? AND kind = ?'),
    onChain: db.prepare('SELECT count(*) AS n FROM outbox WHERE session = ?'),
    setEncrypted: db.prepare('UPDATE outbox SET stream = ?, seq = ?, session = ?, sent_at = ? WHERE rank = ?'),
    requeue: db.prepare('UPDATE outbox SET session = NULL WHERE rank = ?'),
    requeueOthers: db.prepare('UPDATE outbox SET session = NULL WHERE contact = ? AND session IS NOT NULL AND session <> ?'),
    restamp: db.prepare('UPDATE outbox SET session = NULL, stream = NULL, seq = NULL WHERE contact = ?'),
    numbers: db.prepare('SELECT seq FROM outbox WHERE contact = ? AND stream = ?'),
    withdraw: db.prepare('DELETE FROM outbox WHERE contact = ? AND id = ? AND seq IS NULL'),
    receipted: db.prepare('DELETE FROM outbox WHERE contact = ? AND stream = ? AND seq <= ? RETURNING rank, id'),
    receiptedOne: db.prepare('DELETE FROM outbox WHERE contact = ? AND stream = ? AND seq = ? RETURNING rank, id'),
    sentPlaces: db.prepare(`SELECT p.id, p.relay, p.message, p.hk, p.n, o.sent_at FROM outbox o JOIN publications p ON p.message = o.rank
             WHERE o.contact = ? AND o.session IS NOT NULL AND o.sent_at < ? AND p.stored_at IS NOT NULL AND p.n IS NOT NULL ORDER BY p.id`),
    elsewhere: db.prepare('SELECT DISTINCT p.message, p.relay FROM outbox o JOIN publications p ON p.message = o.rank WHERE o.contact = ?'),
    liesAt: db.prepare('SELECT 1 FROM publications WHERE owner = ? AND hk = ? AND n = ? AND relay = ?'),
    onTheWay: db.prepare(`SELECT p.* FROM publications p JOIN sessions s ON s.id = p.owner
             WHERE s.contact = ? AND p.kind = 'chain' AND p.n IS NOT NULL GROUP BY p.hk, p.n ORDER BY p.id`),
    atPlace: db.prepare(`SELECT p.* FROM publications p JOIN sessions s ON s.id = p.owner LEFT JOIN outbox o ON o.rank = p.message
             WHERE s.contact = ? AND p.relay = ? AND p.kind = 'chain' AND ifnull(o.sent_at, 0) < ? ORDER BY p.id`),
    contactsOnLan: db.prepare(
      `SELECT DISTINCT s.contact FROM publications p JOIN sessions s ON s.id = p.owner WHERE p.relay >= 'lan:' AND p.relay < 'lan;'`,
    ),
    unsent: db.prepare(
      'SELECT p.id, p.message FROM publications p JOIN sessions s ON s.id = p.owner WHERE s.contact = ? AND p.stored_at IS NULL',
    ),
    seriesPlaces: db.prepare(`SELECT id, relay, hk, n FROM publications
             WHERE relay = ? AND kind = 'series' AND stored_at IS NOT NULL AND n IS NOT NULL ORDER BY id LIMIT ?`),
    sentBefore: db.prepare('SELECT 1 FROM outbox WHERE contact = ? AND session = ? AND sent_at < ? LIMIT 1'),
    contactsWithWork: db.prepare('SELECT DISTINCT contact FROM outbox'),
    publish: db.prepare(
      'INSERT INTO publications (relay, kind, owner, message, hk, n, delete_hash, blob, contact) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    due: db.prepare('SELECT * FROM publications WHERE relay = ? AND stored_at IS NULL AND id > ? ORDER BY id LIMIT ?'),
    publication: db.prepare('SELECT * FROM publications WHERE id = ?'),
    publicationsOf: db.prepare('SELECT * FROM publications WHERE owner = ?'),
    setNumber: db.prepare('UPDATE publications SET n = ? WHERE id = ?'),
    moveTo: db.prepare('UPDATE publications SET hk = ?, n = NULL WHERE id = ?'),
    setStored: db.prepare('UPDATE publications SET stored_at = ? WHERE id = ?'),
    dropPublication: db.prepare('DELETE FROM publications WHERE id = ?'),
    dropPublicationsOf: db.prepare('DELETE FROM publications WHERE owner = ?'),
    leaveSessions: db.prepare(
      `DELETE FROM publications WHERE contact IS NOT NULL
       OR owner IN (SELECT s.id FROM sessions s JOIN contacts c ON c.no = s.contact WHERE c.state = 'open')
       OR owner IN (SELECT e.id FROM exchanges e JOIN contacts c ON c.no = e.contact WHERE c.state = 'open')`,
    ),
    dropClosings: db.prepare('DELETE FROM publications WHERE contact = ?'),
    dropPublicationsFor: db.prepare('DELETE FROM publications WHERE message = ?'),
    relaysWithWork: db.prepare('SELECT DISTINCT relay FROM publications UNION SELECT DISTINCT relay FROM acks'),
    addAck: db.prepare('INSERT OR REPLACE INTO acks VALUES (?, ?, ?)'),
    acks: db.prepare('SELECT rv, delete_key FROM acks WHERE relay = ? LIMIT ?'),
    dropAcksOutside: db.prepare('SELECT DISTINCT relay FROM acks'),
    dropAcksOf: db.prepare('DELETE FROM acks WHERE relay = ?'),
    dropAck: db.prepare('DELETE FROM acks WHERE relay = ? AND rv = ?'),
  }

  const rows = (list: unknown[]) => (list as Row[]).map(toOutbox)
  const publications = (list: unknown[]) => (list as Row[]).map(toPublication)
  return {
    /** False where the id is in the outbox already. */
    add: (row: { id: string; contact: number; kind: string; body: Uint8Array; stream?: Uint8Array; seq?: number }): boolean =>
      sql.add.run(unhex(row.id), row.contact, row.kind, row.body, row.stream ?? null, row.seq ?? null).changes === 1,
    /** The only one of its kind for the contact, and the first to go out. */
    addFirst(row: { id: string; contact: number; kind: string; body: Uint8Array }): void {
      const old = sql.addFirst.all(row.contact, row.kind) as {
        rank: number
      }[]
      for (const { rank } of old) this.dropPublicationsFor(rank)
      sql.insertFirst.run(unhex(row.id), row.contact, row.kind, row.body)
    },
    has: (contact: number, id: string): boolean => sql.has.get(contact, unhex(id)) !== undefined,
    get: (rank: number) => {
      const row = sql.get.get(rank)
      return row ? toOutbox(row) : null
    },
    unencrypted: (contact: number, limit: number) => rows(sql.unencrypted.all(contact, limit)),
    /** Texts that wait for a receipt. */
    count: (contact: number): number => (sql.count.get(contact) as { n: number }).n,
    countKind: (contact: number, kind: string): number => (sql.countKind.get(contact, kind) as { n: number }).n,
    onChain: (session: string): number => (sql.onChain.get(unhex(session)) as { n: number }).n,
    setEncrypted(rank: number, sent: { stream: Uint8Array; seq: number; session: string; at: number }): void {
      sql.setEncrypted.run(sent.stream, sent.seq, unhex(sent.session), sent.at, rank)
    },
    /** Encrypt anew: on another session, or under another number. */
    requeue: (rank: number) => void sql.requeue.run(rank),
    /** Everything not encrypted on `session` goes out again. */
    requeueOthers: (contact: number, session: string) => void sql.requeueOthers.run(contact, unhex(session)),
    /** New stream, new numbers. */
    restamp: (contact: number) => void sql.restamp.run(contact),
    /** Those of a stream that are not receipted. */
    numbers: (contact: number, stream: Uint8Array) => new Set(sql.numbers.all(contact, stream).map((row) => row['seq'] as number)),
    /** True where the message had no number yet, and is not in the outbox any more. */
    withdraw: (contact: number, id: string): boolean => sql.withdraw.run(contact, unhex(id)).changes === 1,
    /** Removes messages of a stream that `seqs` names; their ids. */
    receipted(contact: number, stream: Uint8Array, upTo: number, beyond: number[]): string[] {
      const done = sql.receipted.all(contact, stream, upTo) as Row[]
      const one = sql.receiptedOne
      for (const seq of beyond) done.push(...(one.all(contact, stream, seq) as Row[]))
      for (const row of done) this.dropPublicationsFor(row['rank'] as number)
      return done.map((row) => hexId(row['id']))
    },
    /** Where messages lie that were sent before `before` and are not receipted. */
    sentPlaces: (contact: number, before: number): SentPlace[] =>
      (sql.sentPlaces.all(contact, before) as Row[]).map((row) => ({ ...(row as unknown as SentPlace), hk: blob(row['hk']) })),
    /** Ranks of messages that lie, or wait to lie, at a relay that is none of these. */
    elsewhere: (contact: number, relays: readonly string[]): number[] =>
      (sql.elsewhere.all(contact) as { message: number; relay: string }[])
        .filter(({ relay }) => !relays.includes(relay))
        .map(({ message }) => message),
    liesAt: ({ owner, hk, n }: Pick<PublicationRow, 'owner' | 'hk' | 'n'>, relay: string): boolean =>
      sql.liesAt.get(unhex(owner), hk, n, relay) !== undefined,
    /** What is for a contact and not done with, each blob once. */
    onTheWay: (contact: number) => publications(sql.onTheWay.all(contact)),
    /** That, at one place, of what was sent before. */
    atPlace: (contact: number, place: string, sentBefore: number) =>
      publications(sql.atPlace.all(contact, place, Math.min(sentBefore, Number.MAX_SAFE_INTEGER))),
    /** For whom something lies, or waits to lie, on this network. */
    contactsOnLan: (): number[] => (sql.contactsOnLan.all() as { contact: number }[]).map(({ contact }) => contact),
    /** Takes back what no relay has yet: messages are to be encrypted anew, notices go. */
    withdrawUnsent(contact: number): void {
      for (const { id, message } of sql.unsent.all(contact) as { id: number; message: number | null }[]) {
        this.dropPublication(id)
        if (message !== null) this.requeue(message)
      }
    },
    /** Where blobs of exchanges and invites lie that this relay has taken. */
    seriesPlaces: (relay: string, limit: number): (Pick<PublicationRow, 'id' | 'relay' | 'hk'> & { n: number })[] =>
      (sql.seriesPlaces.all(relay, limit) as Row[]).map((row) => ({
        ...(row as unknown as { id: number; relay: string; n: number }),
        hk: blob(row['hk']),
      })),
    sentBefore: (contact: number, session: string, before: number): boolean =>
      sql.sentBefore.get(contact, unhex(session), before) !== undefined,
    contactsWithWork: (): number[] => (sql.contactsWithWork.all() as { contact: number }[]).map(({ contact }) => contact),

    publish: (row: Omit<PublicationRow, 'id' | 'stored_at'>) =>
      void sql.publish.run(
        row.relay,
        row.kind,
        unhex(row.owner),
        row.message,
        row.hk,
        row.n,
        row.delete_hash,
        row.blob,
        row.contact ?? null,
      ),
    due: (relay: string, after: number, limit: number) => publications(sql.due.all(relay, after, limit)),
    publication: (id: number) => {
      const row = sql.publication.get(id)
      return row ? toPublication(row) : null
    },
    publicationsOf: (owner: string) => publications(sql.publicationsOf.all(unhex(owner))),
    setNumber: (id: number, n: number | null) => void sql.setNumber.run(n, id),
    /** Another series, from its first empty number on. */
    moveTo: (id: number, hk: Uint8Array) => void sql.moveTo.run(hk, id),
    setStored: (id: number, at: number | null) => void sql.setStored.run(at, id),
    dropPublication: (id: number) => void sql.dropPublication.run(id),
    dropPublicationsOf: (owner: string) => void sql.dropPublicationsOf.run(unhex(owner)),
    /** What is on its way on sessions of those with whom one talks already: the messages wait again, the rest goes. */
    leaveSessions: () => void sql.leaveSessions.run(),
    /** What was to close sessions that are left. */
    dropClosings: (contact: number) => void sql.dropClosings.run(contact),
    dropPublicationsFor: (message: number) => void sql.dropPublicationsFor.run(message),
    relaysWithWork: (): string[] => (sql.relaysWithWork.all() as { relay: string }[]).map((row) => row.relay),

    addAck: (relay: string, rv: string, deleteKey: Uint8Array) => void sql.addAck.run(relay, rv, deleteKey),
    acks: (relay: string, limit: number) =>
      (sql.acks.all(relay, limit) as Row[]).map((row) => ({
        rv: row['rv'] as string,
        deleteKey: blob(row['delete_key']),
      })),
    dropAcksOutside(relays: readonly string[]): void {
      const known = sql.dropAcksOutside.all() as { relay: string }[]
      for (const { relay } of known) if (!relays.includes(relay)) sql.dropAcksOf.run(relay)
    },
    dropAck: (relay: string, rv: string) => void sql.dropAck.run(relay, rv),
  }
}
