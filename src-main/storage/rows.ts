/** How values come out of SQLite. Ids are lower-case hex in the program and BLOBs on disk. */
import { hex } from '../protocol/bytes.ts'
import type { SqlValue } from './database.ts'

export type Row = Record<string, unknown>

export const blob = (value: unknown): Uint8Array => value as Uint8Array
export const blobOrNull = (value: unknown): Uint8Array | null => (value === null ? null : blob(value))
export const hexId = (value: unknown): string => hex(blob(value))
export const hexIdOrNull = (value: unknown): string | null => (value === null ? null : hexId(value))
export const strings = (value: unknown): string[] => JSON.parse(value as string) as string[]

/** `SET a = ?, b = ?` and its values for the given columns; column names are this program's own. */
export function assignments(changes: Record<string, SqlValue | undefined>): { set: string; values: SqlValue[] } {
  const columns = Object.keys(changes)
  return { set: columns.map((column) => `${column} = ?`).join(', '), values: columns.map((column) => changes[column] ?? null) }
}
