import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Profiles } from '#main/ports.ts'
import { createProfileFolders } from '#main/storage/profileFolders.ts'
import type { WrapPorts } from '#main/storage/keyFile.ts'
import { createKeystore, openKeystore } from '#main/storage/keystore.ts'
import { createWrapPorts, temporaryFolder } from '#test/support/profileFolder.ts'

let ports: WrapPorts
let base: string
let profiles: Profiles
let remove: () => void

beforeAll(async () => {
  ports = await createWrapPorts()
})
beforeEach(() => {
  const folder = temporaryFolder()
  ;[base, remove] = [join(folder.path, 'base'), folder.remove]
  profiles = createProfileFolders(base, ports.random)
})
afterEach(() => remove())

const make = async (id: string) => (await createKeystore({ ...ports, dir: profiles.dirOf(id), passphrase: 'correct horse' })).close()
const index = () => readFileSync(join(base, 'profiles.json'), 'utf8')
const other = async (label: string, current = 'main') => {
  const id = profiles.add(label, current)
  await make(id)
  return id
}

it('a folder without anything has one profile to come; looking makes nothing', () => {
  expect(profiles.last()).toBe('main')
  expect(profiles.list('main')).toEqual([{ id: 'main', label: 'Profile 1' }])
  expect(existsSync(base)).toBe(false)
})

it('a keystore that was there before is the first profile, and others lie beside it', async () => {
  await make('main')
  const work = await other('Work')
  expect(profiles.dirOf('main')).toBe(base)
  expect(profiles.dirOf(work)).toBe(join(base, 'profiles', work))
  expect(profiles.list('main')).toEqual([
    { id: 'main', label: 'Profile 1' },
    { id: work, label: 'Work' },
  ])
})

it('one that never came to be is forgotten; the last one used is remembered', async () => {
  await make('main')
  const never = profiles.add('Never', 'main')
  expect(profiles.list(never).map(({ id }) => id)).toEqual(['main', never])
  profiles.choose(never)
  expect(profiles.last()).toBe('main')
  profiles.choose('main')
  expect(index()).not.toContain('Never')
  const work = await other('Work')
  profiles.choose(work)
  expect(createProfileFolders(base, ports.random).last()).toBe(work)
})

it('names change, and are all that is lost with their file', async () => {
  await make('main')
  const work = await other('Work')
  profiles.rename('main', 'Home', work)
  expect(profiles.list('main').map(({ label }) => label)).toEqual(['Home', 'Work'])
  for (const text of ['', 'nonsense', '{"v":2}', '{"v":1,"last":"../..","profiles":[],"removing":["main"]}', 'x'.repeat(100_000)]) {
    writeFileSync(join(base, 'profiles.json'), text)
    expect(profiles.list('main')).toEqual([
      { id: 'main', label: 'Profile 1' },
      { id: work, label: 'Profile 2' },
    ])
    expect(profiles.last()).toBe('main')
    profiles.finishRemovals()
    expect(existsSync(join(base, 'cairn.key'))).toBe(true)
  }
})

it('what is in the folder and is no profile is none', async () => {
  await make('main')
  for (const name of ['0011223344556677', 'x', '..0011223344556677']) mkdirSync(join(base, 'profiles', name), { recursive: true })
  expect(profiles.list('main').map(({ id }) => id)).toEqual(['main'])
})

it('deleting takes key, database and relay, and leaves the others and what is not its own', async () => {
  await make('main')
  const work = await other('Work')
  for (const id of ['main', work]) mkdirSync(join(profiles.dirOf(id), 'relay'))
  writeFileSync(join(base, 'relay', 'port'), '7443\n')
  writeFileSync(join(base, 'notes.txt'), 'mine')
  profiles.remove('main', work)
  expect(readdirSync(base).toSorted()).toEqual(['notes.txt', 'profiles', 'profiles.json'])
  expect(profiles.list(work)).toEqual([{ id: work, label: 'Work' }])
  ;(await openKeystore({ ...ports, dir: profiles.dirOf(work), passphrase: 'correct horse' })).close()
  profiles.remove(work, 'main')
  expect(readdirSync(join(base, 'profiles'))).toEqual([])
  expect(index()).not.toContain('Work')
  expect(profiles.list('main')).toEqual([{ id: 'main', label: 'Profile 1' }])
})

it('one that is open somewhere is not touched', async () => {
  await make('main')
  const work = await other('Work')
  const db = await openKeystore({ ...ports, dir: profiles.dirOf(work), passphrase: 'correct horse' })
  expect(() => profiles.remove(work, 'main')).toThrow(expect.objectContaining({ code: 'keystore.in-use' }))
  db.prepare(`SELECT count(*) FROM meta`).get()
  db.close()
  expect(profiles.list('main').map(({ label }) => label)).toEqual(['Profile 1', 'Work'])
  ;(await openKeystore({ ...ports, dir: profiles.dirOf(work), passphrase: 'correct horse' })).close()
})

it('a deletion that was interrupted is finished at the next start', async () => {
  await make('main')
  const work = await other('Work')
  profiles.choose('main')
  const begun = { ...(JSON.parse(index()) as object), removing: [work] }
  writeFileSync(join(base, 'profiles.json'), JSON.stringify(begun))
  expect(profiles.list('main').map(({ id }) => id)).toEqual(['main'])
  profiles.finishRemovals()
  expect(existsSync(profiles.dirOf(work))).toBe(false)
  expect(JSON.parse(index())).toMatchObject({ removing: [] })
})
