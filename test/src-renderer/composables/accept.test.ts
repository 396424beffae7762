import { describe, expect, test, vi } from 'vitest'
import type { InvitePreview } from '#shared/contract/inviteModels.ts'
import { CairnError } from '#shared/errors.ts'
import { limits } from '#shared/contract/limits.ts'
import { people, present } from '#test/support/fakeState.ts'
import { useAccept, type AcceptPorts } from '../../../src-renderer/composables/accept.ts'

const full: InvitePreview = {
  kind: 'full',
  text: 'armored',
  id: 'a'.repeat(64),
  name: 'Elin',
  relays: ['wss://r'],
  expires: present,
  relation: 'new',
  uses: 'one',
}
const short: InvitePreview = { kind: 'short', relay: 'wss://relay.banyan.example:7443' }
const ports = (more: Partial<AcceptPorts> = {}): AcceptPorts => ({
  inspect: vi.fn(() => Promise.resolve(full)),
  fetch: vi.fn(() => Promise.resolve(full)),
  accept: vi.fn(() => Promise.resolve(people.mira)),
  readPicture: vi.fn(() => Promise.resolve('cairn1inapicture')),
  knowsRelay: () => false,
  ...more,
})

describe('accepting an invite', () => {
  test('a whole invite is shown before anything is sent', async () => {
    const used = ports()
    const accept = useAccept(used)
    await accept.check('text')
    expect(accept.phase.value).toEqual({ at: 'preview', invite: full })
    expect(used.fetch).not.toHaveBeenCalled()
    expect(used.accept).not.toHaveBeenCalled()
  })

  test('a short invite at an unknown relay asks before it is looked up', async () => {
    const used = ports({ inspect: () => Promise.resolve(short) })
    const accept = useAccept(used)
    await accept.check('cairn1abc')
    expect(accept.phase.value).toMatchObject({ at: 'ask', relay: 'relay.banyan.example' })
    expect(used.fetch).not.toHaveBeenCalled()
    await accept.look('cairn1abc', short.relay)
    expect(used.fetch).toHaveBeenCalledWith('cairn1abc')
    expect(accept.phase.value.at).toBe('preview')
  })

  test('a short invite at a relay in use needs no question', async () => {
    const used = ports({ inspect: () => Promise.resolve(short), knowsRelay: () => true })
    const accept = useAccept(used)
    await accept.check('cairn1abc')
    expect(used.fetch).toHaveBeenCalledOnce()
    expect(accept.phase.value.at).toBe('preview')
  })

  test('every refusal leads back to the field and is kept for the words', async () => {
    const accept = useAccept(ports({ inspect: () => Promise.reject(new CairnError('invite.expired')) }))
    await accept.check('text')
    expect(accept.phase.value.at).toBe('enter')
    expect(accept.error.value).toMatchObject({ code: 'invite.expired' })
  })

  test('a refusal while connecting stays at the preview', async () => {
    const accept = useAccept(ports({ accept: () => Promise.reject(new CairnError('relay.unreachable')) }))
    expect(await accept.connect(full)).toBeNull()
    expect(accept.phase.value).toEqual({ at: 'preview', invite: full })
    expect(accept.error.value).toMatchObject({ code: 'relay.unreachable' })
  })

  test('connecting gives the conversation', async () => expect(await useAccept(ports()).connect(full)).toEqual(people.mira))

  test('an answer that was overtaken by a cancel changes nothing', async () => {
    let answer = (_: InvitePreview) => {}
    const accept = useAccept(ports({ inspect: () => new Promise((resolve) => (answer = resolve)) }))
    const checking = accept.check('text')
    accept.restart()
    answer(full)
    await checking
    expect(accept.phase.value.at).toBe('enter')
  })

  test('a huge file is refused unread', async () => {
    const file = { size: limits.inviteTextChars + 1, type: '', slice: () => new Blob(['text']), text: vi.fn() } as unknown as Blob
    const accept = useAccept(ports())
    await accept.checkFile(file)
    expect(accept.error.value).toMatchObject({ code: 'invite.too-large' })
    expect(file.text).not.toHaveBeenCalled()
  })

  test('a file leads to the same preview as its text', async () => {
    const used = ports()
    const accept = useAccept(used)
    await accept.checkFile(new Blob(['armored text']))
    expect(used.inspect).toHaveBeenCalledWith('armored text')
    expect(accept.phase.value.at).toBe('preview')
  })

  test('a picture leads there by the code in it; what its code says is asked about like any text', async () => {
    const used = ports({ readPicture: () => Promise.resolve('cairn1poisoned') })
    const accept = useAccept(used)
    await accept.checkFile(new Blob(['\u0089PNG'], { type: 'image/png' }))
    expect(used.inspect).toHaveBeenCalledWith('cairn1poisoned')
    expect(used.accept).not.toHaveBeenCalled()
    const none = useAccept(ports({ readPicture: () => Promise.reject(new CairnError('picture.no-code')) }))
    await none.checkFile(new Blob([], { type: 'image/png' }))
    expect(none.error.value).toMatchObject({ code: 'picture.no-code' })
    expect(none.phase.value.at).toBe('enter')
  })

  test('a camera that is looked through is left by going back, and by what it saw', async () => {
    const accept = useAccept(ports())
    accept.scan()
    expect(accept.phase.value.at).toBe('scan')
    accept.restart()
    expect(accept.phase.value.at).toBe('enter')
    accept.scan()
    await accept.check('scanned')
    expect(accept.phase.value.at).toBe('preview')
  })
})
