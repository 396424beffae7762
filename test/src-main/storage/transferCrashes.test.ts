/** An import killed before any of its steps leaves the whole profile, with its files, or none. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createKeystore, keystoreExists, openKeystore, tidyFolder } from '#main/storage/keystore.ts'
import { exportKeystore } from '#main/storage/transfer.ts'
import { createWrapPorts, temporaryFolder } from '#test/support/profileFolder.ts'
import { runKeystoreProcess } from '#test/support/runKeystoreProcess.ts'

const passphrase = 'correct horse'

test('an import, killed before any step, either never happened or is complete', { timeout: 60_000 }, async () => {
  const ports = await createWrapPorts()
  const folder = temporaryFolder()
  try {
    const file = join(folder.path, 'a.cairn-profile')
    const from = join(folder.path, 'from')
    const db = await createKeystore({
      ...ports,
      dir: from,
      passphrase,
      fill: (made) => void made.prepare('INSERT INTO meta VALUES (?, ?)').run('row', new Uint8Array(9)),
    })
    mkdirSync(join(from, 'files'))
    writeFileSync(join(from, 'files', 'chunk'), Buffer.alloc(70_000))
    const out = await exportKeystore({ ...ports, dir: from, passphrase, newPassphrase: 'of the file', db })
    const pieces: Uint8Array[] = []
    for await (const piece of out.bytes()) pieces.push(piece.slice())
    expect(Buffer.concat(pieces).length).toBe(out.size)
    writeFileSync(file, Buffer.concat(pieces))
    out.end()
    db.close()

    const run = (dir: string, ...more: string[]) => runKeystoreProcess(['import', dir, 'of the file', '--file', file, ...more])
    const fresh = (name: string): string => {
      const dir = join(folder.path, name)
      mkdirSync(dir)
      return dir
    }
    const { lines } = await run(fresh('undisturbed'))
    expect(lines.at(-1)).toBe('done')
    const steps = lines.slice(0, -1)
    const outcomes: string[] = []
    for (let i = 0; i < steps.length; i++) {
      const dir = fresh(`killed-${i + 1}`)
      const { signal } = await run(dir, '--die-before', String(i + 1))
      expect(signal).toBe('SIGKILL')
      tidyFolder(dir)
      if (!keystoreExists(dir)) {
        expect(
          readdirSync(dir).filter((name) => name !== 'cairn.lock'),
          steps[i],
        ).toEqual([])
        outcomes.push('never happened')
        continue
      }
      const opened = await openKeystore({ ...ports, dir, passphrase: 'of the file' })
      expect(opened.prepare('SELECT value FROM meta WHERE key = ?').get('row')).toBeDefined()
      opened.close()
      expect(readdirSync(dir)).toEqual(['cairn.db', 'cairn.key', 'cairn.lock', 'files'])
      expect(readdirSync(join(dir, 'files'))).toEqual(['chunk'])
      outcomes.push('complete')
    }
    const firstComplete = outcomes.indexOf('complete')
    expect(steps[firstComplete - 1]).toContain('renameSync')
    expect(outcomes).toEqual(outcomes.map((_, i) => (i < firstComplete ? 'never happened' : 'complete')))
  } finally {
    folder.remove()
  }
})
