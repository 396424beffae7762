/** People found by a code at a relay's directory: asked, and who ask. What is agreed becomes a contact by a single-use invite. */
import { CairnError, isCairnError } from '#shared/errors.ts'
import type { CodeAsk, CodeRequest, Codes, FoundCode } from '#shared/contract/accountModels.ts'
import { normalizeRelayAddress } from '#shared/wire/relayAddress.ts'
import { hex } from '../../protocol/bytes.ts'
import { sealAckInvite, sealAskName } from '../../protocol/directory.ts'
import { isNick } from '../../protocol/identity.ts'
import type { DirectoryUser } from '../../storage/accountStore.ts'
import type { CodeRow } from '../../storage/codeStore.ts'
import type { Core } from '../core.ts'
import type { ForeignInvites } from '../foreignInvites.ts'
import type { Invites } from '../invites.ts'
import { createCodeAnswers } from './codeAnswers.ts'
import { codeIn } from './codeText.ts'
import type { Outgoing } from './connection.ts'
import type { DirectoryApi, Found } from './directoryApi.ts'
import { refusePlain, type SealedApi } from './sealedApi.ts'
import type { Signalling } from './signalling.ts'
import type { Turns } from './turns.ts'

/** Of this person, not answered yet. */
const openMost = 32
/** Of asks and requests, and of what is kept to know one again. */
const lives = 30 * 24 * 3600_000

export interface CodesParts {
  api: SealedApi
  directory: DirectoryApi
  signalling: Pick<Signalling, 'follow' | 'pump'>
  invites: Invites
  foreignInvites: ForeignInvites
  turns: Turns
}

export type CodesService = ReturnType<typeof createCodes>

export function createCodes(core: Core, { api, directory, signalling, invites, foreignInvites, turns }: CodesParts) {
  const { stores } = core
  const { primitives, random } = core.ports
  const answers = createCodeAnswers(core, { directory, foreignInvites, changed })

  function list(): Codes {
    const rows = stores.codes.all()
    return {
      asked: rows.filter(({ role }) => role === 'asker').map(askModel),
      requests: rows.filter(({ role, state }) => role === 'asked' && state === 'waiting').map(requestModel),
    }
  }

  /** Also: whoever only asked others there and waits for nobody any more need not be known there. */
  function changed(): void {
    core.later(() => core.emit({ type: 'codes', codes: list() }))
    core.later(tidy)
  }

  /** In the directory as it says now. */
  async function look(typed: string, at: string | null): Promise<Found & { relay: string }> {
    const { code, relay } = addressed(typed, at ?? stores.account.own()?.relay ?? null)
    refusePlain(relay)
    if (stores.account.user(relay)?.code === code) throw new CairnError('code.own')
    return { ...(await core.untilClosed(directory.find(relay, code))), relay }
  }

  async function find(typed: string, at: string | null): Promise<FoundCode> {
    const { code, relay, name } = await look(typed, at)
    return { code, relay, name: shownName(name) }
  }

  async function ask(typed: string, at: string): Promise<Codes> {
    const { code, relay } = addressed(typed, at)
    return turns(relay, async () => {
      refuseMore(code, relay)
      const found = await look(code, relay)
      const user = stores.account.user(relay) ?? (await core.untilClosed(directory.register(relay)))
      core.commit(() => {
        if (!stores.account.user(relay)) stores.account.addUser({ ...user, own: false, since: core.now() })
        refuseMore(code, relay)
        const before = stores.codes.with(relay, code, 'asker')
        if (before) stores.codes.remove(before.id) // it had failed
        stores.codes.insert(newAsk(user, found))
        core.later(signalling.follow)
        core.later(() => signalling.pump(relay))
        changed()
      })
      return list()
    })
  }

  function refuseMore(code: string, relay: string): void {
    const before = stores.codes.with(relay, code, 'asker')
    if (before && before.state !== 'failed') throw new CairnError('code.asked')
    if (stores.codes.open() >= openMost) throw new CairnError('code.too-many')
  }

  function newAsk(user: Pick<DirectoryUser, 'relay' | 'code'>, found: Found): CodeRow {
    const secret = random(32)
    const sides = { initiator: user.code, other: found.code }
    const name = hex(sealAskName(core.context(), secret, found.ecdh, sides, core.identity().nick))
    const payload = { ecdh_public_key: hex(primitives.x25519.publicKey(secret)), name }
    return {
      ...{ id: hex(random(16)), role: 'asker', relay: user.relay, code: found.code, name: shownName(found.name) ?? '' },
      ...{ eddsa: found.eddsa, ecdh: found.ecdh, secret, state: 'sending', error: null, at: core.now() },
      frame: JSON.stringify({ type: 'key_exchange', payload }),
    }
  }

  function rowOf(id: string, role: CodeRow['role']): CodeRow {
    const row = stores.codes.byId(id)
    if (row?.role !== role || (role === 'asked' && row.state !== 'waiting')) throw new CairnError('code.no-ask')
    return row
  }

  function cancel(id: string): Codes {
    const row = rowOf(id, 'asker')
    core.commit(() => {
      stores.codes.remove(row.id)
      changed()
    })
    return list()
  }

  /** The answer is on disk with the invite that it carries: after a crash the same goes out. */
  function accept(id: string): Codes {
    const row = rowOf(id, 'asked')
    const user = stores.account.user(row.relay)
    if (!user) throw new CairnError('code.no-ask')
    core.commit(() => {
      const { file } = invites.create({ label: row.name || row.code, uses: 'one', byCode: true })
      const secret = random(32)
      const sides = { initiator: row.code, other: user.code }
      const invite = hex(sealAckInvite(core.context(), secret, row.ecdh, sides, file.text))
      const payload = { ecdh_public_key: hex(primitives.x25519.publicKey(secret)), invite }
      stores.codes.update(row.id, { state: 'agreed', frame: JSON.stringify({ type: 'key_exchange_ack', payload }) })
      core.later(() => signalling.pump(row.relay))
      changed()
    })
    return list()
  }

  function decline(id: string): Codes {
    const row = rowOf(id, 'asked')
    core.commit(() => {
      stores.codes.update(row.id, { state: 'over' })
      changed()
    })
    return list()
  }

  function next(relay: string, held: ReadonlySet<string>): Outgoing | null {
    const row = stores.codes.toSend(relay).find(({ id, frame }) => frame !== null && !held.has(id))
    return row?.frame ? { id: row.id, recipient: row.code, message: row.frame } : null
  }

  function stored({ id }: Outgoing): void {
    const row = stores.codes.byId(id)
    if (row?.state !== 'sending' && row?.state !== 'agreed') return // taken back, or answered before the pong came
    core.commit(() => {
      stores.codes.update(id, { state: row.state === 'sending' ? 'waiting' : 'over', frame: null })
      changed()
    })
  }

  function refused({ id }: Outgoing, reason: string): void {
    const row = stores.codes.byId(id)
    if (!row) return
    core.commit(() => {
      stores.profile.countRefusal(null, `code.relay.${reason}`)
      const error = reason === 'not-found' ? 'code.unknown' : 'account.refused'
      stores.codes.update(id, { ...(row.role === 'asker' ? { state: 'failed', error } : { state: 'over' }), frame: null })
      changed()
    })
  }

  /** What nobody has answered or decided about lapses, without a word. */
  function expire(): void {
    core.commit(() => stores.codes.dropOlder(core.now() - lives) && changed())
    tidy()
  }

  /** Of relays where nothing goes on; what cannot be reached now is tried again with the next `expire`. */
  function tidy(): void {
    for (const { relay } of stores.account.users()) if (isIdle(relay)) turns(relay, () => leave(relay)).catch(logged)
  }

  const isIdle = (relay: string): boolean => stores.account.user(relay)?.own === false && !stores.codes.usedBy(relay)

  async function leave(relay: string): Promise<void> {
    const user = stores.account.user(relay)
    if (!user || !isIdle(relay)) return
    await core.untilClosed(directory.remove(user))
    if (stores.account.account()?.key_server !== relay) await core.untilClosed(api.forget(relay))
    core.commit(() => {
      stores.account.removeUser(relay)
      core.later(signalling.follow)
      core.later(() => core.ports.logger.info('account.left'))
    })
  }

  const logged = (error: unknown): void => {
    if (core.open) core.ports.logger.warn('account.not-left', { code: isCairnError(error) ? error.code : 'internal' })
  }

  return { find, ask, list, changed, cancel, accept, decline, expire, next, stored, refused, ...answers }
}

const askModel = ({ id, code, relay, name, at, state, error }: CodeRow): CodeAsk => ({
  ...{ id, code, relay, name: name || null, at, error },
  state: state as CodeAsk['state'],
})

const requestModel = ({ id, code, name, at }: CodeRow): CodeRequest => ({ id, code, name, at })

/** Anybody may say anything to a relay. */
const shownName = (name: string | null): string | null => (name !== null && isNick(name) ? name : null)

/** The text's own address counts before `otherwise`. Errors: `code.invalid`, `account.none`, `relay.address-invalid`. */
function addressed(text: string, otherwise: string | null): { code: string; relay: string } {
  const { code, relay } = codeIn(text)
  if (relay !== null) return { code, relay }
  if (otherwise === null) throw new CairnError('account.none')
  return { code, relay: normalizeRelayAddress(otherwise) }
}
