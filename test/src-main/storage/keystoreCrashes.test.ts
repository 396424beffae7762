/** The keystore's process killed before each of its steps, and what the next start finds. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isCairnError } from '#shared/errors.ts'
import type { WrapPorts } from '#main/storage/keyFile.ts'
import { createKeystore, keystoreExists, openKeystore, type KeystoreOptions } from '#main/storage/keystore.ts'
import { createWrapPorts, temporaryFolder } from '#test/support/profileFolder.ts'
import { runKeystoreProcess, startKeystoreProcess } from '#test/support/runKeystoreProcess.ts'

let ports: WrapPorts
beforeAll(async () => {
  ports = await createWrapPorts()
})

const passphrase = 'correct horse'
const newPassphrase = 'a better one'
const optionsFor = (dir: string, words = passphrase): KeystoreOptions => ({ ...ports, dir, passphrase: words })
const completeFiles = ['cairn.db', 'cairn.key', 'cairn.lock']

async function inFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder()
  try {
    return await use(join(folder.path, 'profile'))
  } finally {
    folder.remove()
  }
}

/** The steps of an undisturbed run, by name. */
async function stepsOf(parameters: string[]): Promise<string[]> {
  const { lines } = await runKeystoreProcess(parameters)
  expect(lines.at(-1)).toBe('done')
  return lines.slice(0, -1)
}

/** Three at a time: starting a process is most of the work. */
async function forEachStep<T>(steps: string[], run: (step: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let i = next++; i < steps.length; i = next++) results[i] = await run(i + 1)
  }
  await Promise.all([lane(), lane(), lane()])
  return results
}

async function killBefore(step: number, parameters: string[]): Promise<void> {
  const { lines, signal } = await runKeystoreProcess([...parameters, '--die-before', String(step)])
  expect({ signal, steps: lines.length }).toEqual({ signal: 'SIGKILL', steps: step - 1 })
}

test('creation, killed before any step, either never happened or is complete', { timeout: 60_000 }, async () => {
  const steps = await inFolder((dir) => stepsOf(['create', dir, passphrase]))
  expect(steps.length).toBeGreaterThan(15)
  const outcomes = await forEachStep(steps, (step) => inFolder((dir) => createKilled(dir, step)))
  // One moment divides them, the rename of the key file.
  const firstComplete = outcomes.indexOf('complete')
  expect(steps[firstComplete - 1]).toContain('renameSync')
  expect(outcomes).toEqual(outcomes.map((_, i) => (i < firstComplete ? 'never happened' : 'complete')))
})

async function createKilled(dir: string, step: number): Promise<string> {
  await killBefore(step, ['create', dir, passphrase])
  const exists = keystoreExists(dir)
  const again = await (exists ? openKeystore(optionsFor(dir)) : createKeystore(optionsFor(dir)))
  again.prepare('INSERT INTO meta VALUES (?, ?)').run('after', new Uint8Array(1))
  again.close()
  expect(readdirSync(dir), `killed before step ${step}`).toEqual(completeFiles)
  return exists ? 'complete' : 'never happened'
}

test('finishing a creation can be killed as well', async () => {
  await inFolder(async (dir) => {
    const steps = await inFolder((other) => stepsOf(['create', other, passphrase]))
    const keyIsThere = steps.findIndex((name) => name.includes('renameSync')) + 2
    await killBefore(keyIsThere, ['create', dir, passphrase])
    expect(readdirSync(dir)).toEqual(['cairn.db.new', 'cairn.key', 'cairn.lock'])
    await expect(createKeystore(optionsFor(dir))).rejects.toMatchObject({ code: 'keystore.exists' })
    await expect(openKeystore(optionsFor(dir, 'wrong'))).rejects.toMatchObject({ code: 'keystore.wrong-passphrase' })
    expect(readdirSync(dir)).toEqual(['cairn.db.new', 'cairn.key', 'cairn.lock'])
    for (let step = 1; step <= 3; step += 1) await killBefore(step, ['open', dir, passphrase])
    ;(await openKeystore(optionsFor(dir))).close()
    expect(readdirSync(dir)).toEqual(completeFiles)
  })
})

test('a change of passphrase, killed before any step, leaves the old one or the new one', { timeout: 60_000 }, async () => {
  const change = (dir: string): string[] => ['changePassphrase', dir, passphrase, '--new-passphrase', newPassphrase]
  const create = async (dir: string): Promise<void> => (await createKeystore(optionsFor(dir))).close()
  const steps = await inFolder(async (dir) => (await create(dir), stepsOf(change(dir))))
  const outcomes = await forEachStep(steps, (step) =>
    inFolder(async (dir) => {
      await create(dir)
      await killBefore(step, change(dir))
      const outcome = `${await opens(dir, passphrase)} ${await opens(dir, newPassphrase)}`
      expect(readdirSync(dir), `killed before step ${step}`).toEqual(completeFiles)
      return outcome
    }),
  )
  const renamed = steps.findIndex((name) => name.includes('renameSync')) + 1
  expect(outcomes).toEqual(steps.map((_, i) => (i < renamed ? 'opened keystore.wrong-passphrase' : 'keystore.wrong-passphrase opened')))
})

async function opens(dir: string, words: string): Promise<string> {
  try {
    const db = await openKeystore(optionsFor(dir, words))
    db.close()
    return 'opened'
  } catch (error) {
    if (isCairnError(error)) return error.code
    throw error
  }
}

describe('another process that has the keystore', () => {
  let running: ReturnType<typeof startKeystoreProcess> | null = null
  afterEach(() => void running?.child.kill('SIGKILL'))

  const row = (line: string | undefined): number => Number(line?.split(' ')[1] ?? 0)

  async function holding(dir: string, rows: number): Promise<ReturnType<typeof startKeystoreProcess>> {
    ;(await createKeystore(optionsFor(dir))).close()
    const started = (running = startKeystoreProcess(['hold', dir, passphrase]))
    await expect.poll(() => row(started.lines().at(-1)), { timeout: 20_000 }).toBeGreaterThan(rows)
    return started
  }

  test('keeps it, while this one is told so; its death gives it back with every acknowledged row', async () => {
    await inFolder(async (dir) => {
      const holder = await holding(dir, 50)
      await expect(openKeystore(optionsFor(dir))).rejects.toMatchObject({ code: 'keystore.in-use', retryable: true })
      await expect(openKeystore(optionsFor(dir, 'wrong'))).rejects.toMatchObject({ code: 'keystore.in-use' })
      await expect(createKeystore(optionsFor(dir))).rejects.toMatchObject({ code: 'keystore.exists' })
      holder.child.kill('SIGKILL')
      const { lines } = await holder.ended
      const acknowledged = row(lines.at(-1))
      const db = await openKeystore(optionsFor(dir))
      const { rows } = db.prepare<{ rows: number }>(`SELECT count(*) AS rows FROM meta WHERE key LIKE 'row-%'`).get()!
      // The last one may have been committed and not yet told.
      expect([acknowledged, acknowledged + 1]).toContain(rows)
      expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
      db.close()
    })
  })

  test('gets a new key file under it and does not notice', async () => {
    await inFolder(async (dir) => {
      const holder = await holding(dir, 5)
      const { lines } = await runKeystoreProcess(['changePassphrase', dir, passphrase, '--new-passphrase', newPassphrase])
      expect(lines.at(-1)).toBe('done')
      const before = row(holder.lines().at(-1))
      await expect.poll(() => row(holder.lines().at(-1)), { timeout: 20_000 }).toBeGreaterThan(before)
      holder.child.kill('SIGKILL')
      await holder.ended
      expect(await opens(dir, newPassphrase)).toBe('opened')
    })
  })
})
