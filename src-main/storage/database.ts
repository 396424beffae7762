/** What stores see of SQLite: cached statements, transactions, and tasks for after the commit. */
import type Sqlite from 'better-sqlite3'
import { namedSqliteError, namingSqliteErrors } from './storageErrors.ts'

export type SqlValue = null | number | bigint | string | Uint8Array
/** Values for `?`, or one record for `:name`. */
export type SqlParameters = SqlValue[] | [Record<string, SqlValue>]

export interface Statement<Row = Record<string, SqlValue>> {
  run: (...parameters: SqlParameters) => { changes: number; lastInsertRowid: number | bigint }
  /** The first row. Blobs are plain `Uint8Array`s, integers are numbers. */
  get: (...parameters: SqlParameters) => Row | undefined
  all: (...parameters: SqlParameters) => Row[]
}

export type Durability = 'synced' | 'unsynced'

/**
 * Every call throws `keystore.disk-full`, `keystore.in-use`, `keystore.damaged` or `keystore.unwritable` where SQLite fails so;
 * other errors of SQLite (a constraint, wrong SQL) come as they are.
 */
export interface Database {
  /** Compiles `sql` once. `Row` is the caller's promise of what the columns are. */
  prepare: <Row = Record<string, SqlValue>>(sql: string) => Statement<Row>
  /**
   * Runs `fn` in a transaction: it commits, durably, before this returns, and rolls back if `fn` throws. Inside another
   * transaction it is part of that one: it lasts if the outer one does, and if `fn` throws only its own changes and tasks are
   * undone. `fn` is synchronous.
   *
   * `unsynced` is for what would only be asked again: the death of the program undoes nothing of it, a power cut may, if no
   * other transaction has followed. It matters for the outermost transaction alone.
   */
  transaction: <T>(fn: () => T, durability?: Durability) => T
  /**
   * Runs `task` after the outermost commit, in the order of these calls; it is dropped with the changes on a rollback.
   * Outside a transaction it runs at once. The commit stands whatever a task does: one that throws does not keep the
   * others from running and surfaces as an uncaught exception of the process.
   */
  afterCommit: (task: () => void) => void
  /** Folds the WAL into the file and cuts it: older states of pages, and with them what was deleted, are gone from both. */
  checkpoint: () => void
  /**
   * Writes all of it, as it is now, into the empty file at `path`, under the same key. Nothing else happens meanwhile, about a second for
   * 40 MB. Not inside a transaction.
   */
  snapshot: (path: string) => void
  /** Closes the file and gives the folder back. Not inside a transaction. Repeating it does nothing. */
  close: () => void
}

/** Makes a `Database` of an open file; `released` runs once, after it is closed. */
export function createDatabase(sql: Sqlite.Database, released: () => void = () => undefined): Database {
  const statements = new Map<string, Statement>()
  const { transaction, afterCommit, guarded, isOpen } = createTransactions(sql)

  const prepare = (text: string): Statement => {
    const cached = statements.get(text)
    if (cached !== undefined) return cached
    const statement = wrap(
      namingSqliteErrors(() => sql.prepare(text)),
      guarded,
    )
    statements.set(text, statement)
    return statement
  }

  const close = (): void => {
    if (!sql.open) return
    if (isOpen()) throw new Error('a database cannot be closed inside a transaction')
    try {
      namingSqliteErrors(() => sql.close())
    } finally {
      released()
    }
  }

  const checkpoint = (): void => void namingSqliteErrors(() => sql.pragma('wal_checkpoint(TRUNCATE)'))

  const snapshot = (path: string): void => void namingSqliteErrors(() => sql.prepare('VACUUM INTO ?').run(path))

  return { prepare: prepare as Database['prepare'], transaction, afterCommit, checkpoint, snapshot, close }
}

type Guard = <T>(step: () => T) => T

function wrap(statement: Sqlite.Statement, guarded: Guard): Statement {
  return {
    run: (...parameters) => guarded(() => statement.run(...parameters)),
    get: (...parameters) => guarded(() => plain(statement.get(...parameters) as Record<string, SqlValue> | undefined)),
    all: (...parameters) => guarded(() => (statement.all(...parameters) as Record<string, SqlValue>[]).map(plain)),
  }
}

/** A `Buffer`'s `slice` shares memory where a `Uint8Array`'s copies; code that wipes keys must not meet the difference. */
function plain<Row extends Record<string, SqlValue> | undefined>(row: Row): Row {
  for (const column in row) {
    const value = row[column]
    if (Buffer.isBuffer(value)) row[column] = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return row
}

interface Transactions extends Pick<Database, 'transaction' | 'afterCommit'> {
  guarded: Guard
  isOpen: () => boolean
}

function createTransactions(sql: Sqlite.Database): Transactions {
  const commands = new Map<string, Sqlite.Statement>()
  const command = (text: string): void => {
    const statement = commands.get(text) ?? sql.prepare(text)
    commands.set(text, statement)
    namingSqliteErrors(() => statement.run())
  }
  /** SQLite carries out this pragma as it compiles it, so it cannot be kept as a statement. */
  const syncEachCommit = (isWanted: boolean): void =>
    void namingSqliteErrors(() => sql.pragma(`synchronous = ${isWanted ? 'FULL' : 'NORMAL'}`))
  const queue = createTaskQueue()
  /** Of the outermost transaction and those inside it, in order. */
  const tasks: (() => void)[] = []
  let depth = 0
  /** Why SQLite has rolled the transaction back by itself, as it does on a full disk. */
  let aborted: Error | null = null

  /** Without this, a caller that catches such an error and writes on would commit each statement on its own. */
  const refuseAborted = (): void => {
    if (aborted !== null) throw aborted
  }

  const guarded: Guard = (step) => {
    refuseAborted()
    try {
      return step()
    } catch (error) {
      const named = namedSqliteError(error)
      if (depth > 0 && !sql.inTransaction && named instanceof Error) aborted = named
      throw named
    }
  }

  const attempt = <T>(fn: () => T, end: string, undo: string): T => {
    const mark = tasks.length
    depth += 1
    try {
      const result = fn()
      if (result instanceof Promise) throw new TypeError('a transaction cannot wait: its function returned a promise')
      refuseAborted()
      command(end)
      return result
    } catch (error) {
      tasks.length = mark
      if (sql.inTransaction) command(undo)
      throw error
    } finally {
      depth -= 1
    }
  }

  const outermost = <T>(fn: () => T, durability: Durability): T => {
    if (durability === 'unsynced') syncEachCommit(false)
    command('BEGIN IMMEDIATE')
    try {
      const result = attempt(fn, 'COMMIT', 'ROLLBACK')
      queue.add(tasks.splice(0))
      return result
    } finally {
      aborted = null
      if (durability === 'unsynced') syncEachCommit(true)
    }
  }

  const inner = <T>(fn: () => T): T => {
    refuseAborted()
    command('SAVEPOINT inner')
    return attempt(fn, 'RELEASE inner', 'ROLLBACK TO inner')
  }

  return {
    transaction: (fn, durability = 'synced') => {
      const result = depth === 0 ? outermost(fn, durability) : inner(fn)
      if (depth === 0) queue.run()
      return result
    },
    afterCommit: (task) => {
      if (depth > 0) tasks.push(task)
      else queue.runNow(task)
    },
    guarded,
    isOpen: () => depth > 0,
  }
}

interface TaskQueue {
  add: (tasks: (() => void)[]) => void
  run: () => void
  runNow: (task: () => void) => void
}

/** Tasks in the order of their commits, also when one of them commits something itself. */
function createTaskQueue(): TaskQueue {
  const ready: (() => void)[] = []
  let running = false

  const runNow = (task: () => void): void => {
    try {
      task()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }

  return {
    add: (tasks) => void ready.push(...tasks),
    run: () => {
      if (running) return
      running = true
      for (let task = ready.shift(); task !== undefined; task = ready.shift()) runNow(task)
      running = false
    },
    runNow,
  }
}
