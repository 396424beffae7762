import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { limits } from '#shared/contract/limits.ts'
import { createDesktop, readOpened } from '#main/node/opened.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cairn-opened-'))))
afterEach(() => rmSync(folder, { recursive: true }))

it('a link is handed over as it is, whatever it says', () => {
  for (const text of ['cairn:cairn1qqq', 'CAIRN:', 'cairn1abc', 'cairn://../../etc/passwd'])
    expect(readOpened(text)).toEqual({ kind: 'invite', text })
})

it('a file is read as far as an invite may go, and one byte more', () => {
  const file = join(folder, 'Invite.cairn')
  writeFileSync(file, 'armored – text')
  expect(readOpened(file)).toEqual({ kind: 'invite', text: 'armored – text' })
  writeFileSync(file, '')
  expect(readOpened(file)).toEqual({ kind: 'invite', text: '' })
  writeFileSync(file, Buffer.alloc(1024 * 1024, 'x'))
  const opened = readOpened(file)
  expect(opened.kind === 'invite' && opened.text.length).toBe(limits.inviteBytes + 1)
})

it('it is taken once', () => {
  const desktop = createDesktop({ kind: 'invite', text: 'cairn1abc' })
  expect([desktop.take(), desktop.take()]).toEqual([{ kind: 'invite', text: 'cairn1abc' }, null])
})
