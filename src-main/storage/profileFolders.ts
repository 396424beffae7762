/**
 * Several profiles below one folder: the first is the folder itself, each other one has a folder in `profiles/`. What they are called
 * and which was used last is in `profiles.json`, in the open: it is wanted before anything is unlocked. Losing that file loses the names
 * alone, so one that cannot be read counts as empty.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { limits } from '#shared/contract/limits.ts'
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { Profiles, Random } from '../ports.ts'
import { hex } from '../protocol/bytes.ts'
import { fileNames, fileSize, makeFolder, readStart, removeFile, syncFolder, writeAtomically } from './files.ts'
import { lockFolder } from './folderLock.ts'
import { keystoreExists } from './keystore.ts'
import { filesFolder } from './sealedFiles.ts'
import { namingFileErrors } from './storageErrors.ts'

const indexName = 'profiles.json'
const folderName = 'profiles'
const indexBytes = 64 * 1024

const id = v.pipe(v.string(), v.regex(/^(main|[0-9a-f]{16})$/))
const entry = v.object({ id, label: v.pipe(v.string(), v.minLength(1), v.maxLength(limits.nameChars)) })
const indexSchema = v.object({
  v: v.literal(1),
  last: id,
  profiles: v.pipe(v.array(entry), v.maxLength(2 * limits.profiles)),
  /** Being deleted: what is left of them is cleared away at the next start. */
  removing: v.array(id),
})
type Index = v.InferOutput<typeof indexSchema>

const emptyIndex: Index = { v: 1, last: 'main', profiles: [], removing: [] }

/** The first one stays in front. */
const named = (profiles: Index['profiles'], id: string, label: string): Index['profiles'] => {
  if (profiles.some((known) => known.id === id)) return profiles.map((known) => (known.id === id ? { id, label } : known))
  return id === 'main' ? [{ id, label }, ...profiles] : [...profiles, { id, label }]
}

/** Errors of its methods: `keystore.unwritable`, `keystore.disk-full`; `remove` also `keystore.in-use`. */
export function createProfileFolders(base: string, random: Random): Profiles {
  const path = join(base, indexName)
  const dirOf = (profile: string): string => (profile === 'main' ? base : join(base, folderName, profile))

  function read(): Index {
    if (fileSize(path) === null) return emptyIndex
    try {
      return v.parse(indexSchema, JSON.parse(new TextDecoder().decode(readStart(path, indexBytes))) as unknown)
    } catch (error) {
      if (isCairnError(error)) throw error
      return emptyIndex // names only
    }
  }

  function write(index: Index): void {
    makeFolder(base)
    writeAtomically(path, new TextEncoder().encode(JSON.stringify(index, null, 2) + '\n'), random)
  }

  /** Those with a keystore, in the order they were made here; a folder that the index does not know comes last. */
  function existing({ profiles, removing }: Index): string[] {
    const folder = join(base, folderName)
    const names = existsSync(folder)
      ? namingFileErrors(folderName, () => readdirSync(folder)).filter((name) => /^[0-9a-f]{16}$/.test(name))
      : []
    const found = ['main', ...names.toSorted()].filter((one) => !removing.includes(one) && keystoreExists(dirOf(one)))
    const place = (one: string) => profiles.findIndex((known) => known.id === one)
    const order = (one: string) => (place(one) === -1 ? (one === 'main' ? -1 : profiles.length) : place(one))
    return found.toSorted((a, b) => order(a) - order(b))
  }

  function list(current: string): { id: string; label: string }[] {
    const index = read()
    const ids = existing(index)
    if (!ids.includes(current)) ids.push(current)
    return ids.map((one, i) => ({ id: one, label: index.profiles.find((known) => known.id === one)?.label ?? `Profile ${i + 1}` }))
  }

  /** Names of profiles that never came to be are forgotten on the way. */
  function update(current: string, change: (index: Index) => Index): void {
    const index = read()
    const here = [...existing(index), current]
    write(change({ ...index, profiles: index.profiles.filter((known) => here.includes(known.id)) }))
  }

  function erase(profile: string): void {
    const dir = dirOf(profile)
    if (!existsSync(dir)) return
    const release = lockFolder(dir)
    try {
      removeFile(join(dir, fileNames.key)) // without it the rest cannot be read, whatever happens next
      syncFolder(dir)
      for (const name of namingFileErrors('.', () => readdirSync(dir)))
        if (/^cairn\./.test(name) && name !== fileNames.lock) removeFile(join(dir, name))
      namingFileErrors(filesFolder, () => rmSync(join(dir, filesFolder), { recursive: true, force: true }))
      namingFileErrors('relay', () => rmSync(join(dir, 'relay'), { recursive: true, force: true }))
    } finally {
      release()
    }
    removeFile(join(dir, fileNames.lock))
    if (profile !== 'main') namingFileErrors('.', () => rmSync(dir, { recursive: true, force: true }))
  }

  function remove(profile: string, current: string): void {
    if (existsSync(dirOf(profile))) lockFolder(dirOf(profile))() // nobody has it, or nothing is touched
    update(current, (index) => ({ ...index, removing: [...index.removing.filter((one) => one !== profile), profile] }))
    erase(profile)
    forget(profile)
  }

  function forget(profile: string): void {
    const index = read()
    write({
      ...index,
      profiles: index.profiles.filter((known) => known.id !== profile),
      removing: index.removing.filter((one) => one !== profile),
    })
  }

  return {
    list,
    dirOf,
    /** The one used last, if it is still there. */
    last() {
      const index = read()
      const ids = existing(index)
      return ids.includes(index.last) ? index.last : (ids[0] ?? 'main')
    },
    choose: (profile) => update(profile, (index) => ({ ...index, last: profile })),
    add(label, current) {
      const made = hex(random(8))
      const free = existing(read()).length === 0 ? 'main' : made
      if (list(current).length >= limits.profiles) throw new CairnError('profile.too-many')
      update(current, (index) => ({ ...index, profiles: named(index.profiles, free, label) }))
      return free
    },
    rename: (profile, label, current) => update(current, (index) => ({ ...index, profiles: named(index.profiles, profile, label) })),
    remove,
    finishRemovals() {
      for (const profile of read().removing) {
        try {
          erase(profile)
        } catch (error) {
          if (isCairnError(error, 'keystore.in-use')) continue // by another Cairn, which is deleting it
          throw error
        }
        forget(profile)
      }
    },
  }
}
