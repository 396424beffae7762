/** Whether a contact that restored an older copy gets back what it lacks: questions the person has not answered yet. */
import { blob, type Row } from './rows.ts'
import type { Database } from './database.ts'

export interface HistoryQuestion {
  /** CBOR of what the contact said it has. */
  knows: Uint8Array
  texts: number
  at: number
}

export function createHistoryStore(db: Database) {
  const sql = {
    question: db.prepare('SELECT * FROM history_questions WHERE contact = ?'),
    allTexts: db.prepare('SELECT contact, texts FROM history_questions'),
    ask: db.prepare('INSERT OR REPLACE INTO history_questions VALUES (?, ?, ?, ?)'),
    drop: db.prepare('DELETE FROM history_questions WHERE contact = ?'),
  }

  return {
    question(contact: number): HistoryQuestion | null {
      const row = sql.question.get(contact) as Row | undefined
      return row ? { knows: blob(row['knows']), texts: row['texts'] as number, at: row['at'] as number } : null
    },
    /** How many texts the question is about; null where there is none. */
    texts: (contact: number): number | null => (sql.question.get(contact)?.['texts'] as number | undefined) ?? null,
    /** The same for every contact with a question. */
    allTexts: () => new Map(sql.allTexts.all().map((row) => [row['contact'] as number, row['texts'] as number])),
    ask: (contact: number, { knows, texts, at }: HistoryQuestion) => void sql.ask.run(contact, knows, texts, at),
    drop: (contact: number): boolean => sql.drop.run(contact).changes === 1,
  }
}
