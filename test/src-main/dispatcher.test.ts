import { describe, expect, it } from 'vitest'
import type { Handlers } from '#shared/contract/contract.ts'
import { CairnError } from '#shared/errors.ts'
import { createDispatcher } from '#main/dispatcher.ts'

const id = 'ab'.repeat(32)
const messageId = '01939c3a-0000-7000-8000-000000000000'

function dispatcherWith(handlers: Partial<Handlers>) {
  const logged: unknown[] = []
  const log = (event: string, facts?: object) => void logged.push({ event, ...facts })
  return { dispatch: createDispatcher(handlers, { logger: { info: log, warn: log } }), logged }
}

describe('dispatcher', () => {
  it('hands the parsed input to the handler and answers its value', async () => {
    const { dispatch } = dispatcherWith({ 'invites.create': (input) => ({ got: input }) as never })
    expect(await dispatch('invites.create', { label: '  Ann ' })).toEqual({ ok: true, value: { got: { label: 'Ann', uses: 'one' } } })
    expect(await dispatch('invites.create', {})).toEqual({ ok: true, value: { got: { label: '', uses: 'one' } } })
  })

  it.each(['', 'no.such', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'app.state ', 'APP.STATE'])(
    'knows no method %j',
    async (method) => {
      const { dispatch, logged } = dispatcherWith({})
      expect(await dispatch(method, {})).toEqual({ ok: false, error: { code: 'method.unknown', details: {} } })
      expect(logged).toEqual([])
    },
  )

  it.each([
    ['profile.unlock', { passphrase: 42 }, 'passphrase'],
    ['profile.unlock', {}, 'passphrase'],
    ['profile.unlock', null, ''],
    ['profile.unlock', [], 'passphrase'],
    ['profile.unlock', 'a secret', ''],
    ['profile.create', { name: 'Ann', passphrase: 'correct horse', relay: { kind: 'address' } }, 'relay.address'],
    ['profile.create', { name: 'Ann', passphrase: 'correct horse', relay: { kind: 'a secret' } }, 'relay.kind'],
    ['profile.lock', { 'a secret': 1 }, ''],
    ['conversations.send', { id: 'a secret', messageId, text: 'hi' }, 'id'],
    ['conversations.send', { id, messageId, text: 'a secret'.repeat(4000) }, 'text'],
    ['conversations.items', { id, limit: 0 }, 'limit'],
    ['conversations.items', { id, limit: 10, before: Infinity }, 'before'],
  ])('refuses a wrong input of %s by its path, never by its value', async (method, input, path) => {
    const { dispatch, logged } = dispatcherWith({})
    const answer = await dispatch(method, input)
    expect(answer).toEqual({ ok: false, error: { code: 'input.invalid', details: { path } } })
    expect(JSON.stringify([answer, logged])).not.toContain('secret')
  })

  it('refuses a key that names the prototype', async () => {
    const { dispatch } = dispatcherWith({ 'app.state': () => ({}) as never })
    const answer = await dispatch('app.state', JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(answer).toMatchObject({ ok: false, error: { code: 'input.invalid' } })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('answers the code and details of a named error', async () => {
    const { dispatch, logged } = dispatcherWith({
      'app.state': () => {
        throw new CairnError('relay.unreachable', { cause: new Error('a secret'), details: { address: 'ws://x' } })
      },
    })
    expect(await dispatch('app.state', {})).toEqual({ ok: false, error: { code: 'relay.unreachable', details: { address: 'ws://x' } } })
    expect(logged).toEqual([])
  })

  it.each([
    ['an error', new TypeError('a secret\n    at a secret:1:2'), 'TypeError'],
    ['a system error', Object.assign(new Error('a secret'), { code: 'SQLITE_FULL' }), 'Error'],
    ['a string', 'a secret', 'string'],
    ['nothing', undefined, 'undefined'],
  ])('answers "internal" for %s nobody expected and logs only its name', async (_, thrown, name) => {
    const { dispatch, logged } = dispatcherWith({
      'app.state': async () => {
        throw thrown
      },
    })
    expect(await dispatch('app.state', {})).toEqual({ ok: false, error: { code: 'internal', details: {} } })
    expect(logged).toMatchObject([{ event: 'dispatcher.failed', method: 'app.state', error: name }])
    expect(JSON.stringify(logged)).not.toContain('secret')
  })
})
