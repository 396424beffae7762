/** Codes, the account, its backup and what is restored from it, through the window. */
import { describe, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { CairnError, type ErrorCode } from '#shared/errors.ts'
import type { CodeAsk } from '#shared/contract/accountModels.ts'
import { account, backup } from '#test/support/fakeAccount.ts'
import { busyState, emptyState, fakeId, minutes, people } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'

const kestrel = 'wss://relay.kestrel.example:7443'
const banyan = 'wss://relay.banyan.example:7443'
const strong = 'copper lantern drifts uphill'

const row = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const field = (name: string) => page.getByLabelText(name, { exact: true })
const dialog = () => page.getByRole('dialog')
const tab = (name: string) => page.getByRole('tab', { name })
const off = (name: string) => expect.element(button(name)).toHaveAttribute('aria-disabled', 'true')

const fails = (code: ErrorCode) => () => {
  throw new CairnError(code)
}
/** Fails once, then does as the scripted app usually does. */
const failsFirst = (code: ErrorCode, then: (input: never) => unknown) => {
  let tried = false
  return (input: never) => {
    if (tried) return then(input)
    tried = true
    throw new CairnError(code)
  }
}
const withAccount = (more: Parameters<typeof account>[0] = {}) => ({ ...busyState(), account: account(more) })
const ask = (code: string, more: Partial<CodeAsk> = {}): CodeAsk => ({
  ...{ id: fakeId(code).slice(0, 32), code, relay: kestrel, name: null, at: minutes(3), state: 'waiting', error: null },
  ...more,
})

async function addByCode(state = busyState(), answers = {}) {
  const app = await renderApp(state, answers)
  await button('New').click()
  await page.getByRole('menuitem', { name: /^Add by code/ }).click()
  return app
}

describe('asking somebody by code', () => {
  test('finds them at the relay of the own code, says what they call themselves, asks, and tells how far it is', async () => {
    const { asked, bridge } = await addByCode(withAccount())
    await expect.element(field('The code you were given')).toHaveFocus()
    await off('Find')
    await field('The code you were given').fill(' k7m2-q9x ')
    await userEvent.keyboard('{Enter}')
    await expect.element(dialog().getByText('Calls themselves “Ola Nordmann”. Anybody may say anything.')).toBeVisible()
    expect(asked('codes.find')).toEqual([{ code: 'K7M2Q9X', relay: null }])
    expect(asked('codes.ask')).toEqual([])
    await expect.element(button('Ask to connect')).toHaveFocus()
    await button('Ask to connect').click()
    await expect.element(dialog().getByText('They are asked', { exact: true })).toBeVisible()
    expect(asked('codes.ask')).toEqual([{ code: 'K7M2Q9X', relay: kestrel }])
    bridge.emit({ type: 'codes', codes: { asked: [ask('K7M2Q9X', { state: 'failed', error: 'code.unknown' })], requests: [] } })
    await expect.element(dialog().getByText('Nobody has this code.')).toBeVisible()
    bridge.emit({ type: 'codes', codes: { asked: [], requests: [] } })
    await expect.element(dialog().getByText('No longer waiting')).toBeVisible()
    await button('Done').click()
    expect(dialog().elements()).toEqual([])
  })

  test('takes a code with its relay behind an @, in any case', async () => {
    const { asked } = await addByCode(withAccount())
    await field('The code you were given').fill('e0ii-t7d@relay.banyan.example')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => asked('codes.find')).toEqual([{ code: 'E011T7D', relay: 'wss://relay.banyan.example' }])
  })

  test('what is pasted with its relay fills both fields', async () => {
    await addByCode(withAccount())
    await field('The code you were given').fill(`k7m2q9x@${banyan}`)
    await userEvent.keyboard('{Tab}')
    await expect.element(field('The code you were given')).toHaveValue('K7M2Q9X')
    await expect.element(field('Relay of the code')).toHaveValue(banyan)
  })

  test('without a code of one’s own the relay is asked for; own relays are suggested, not the one on this computer', async () => {
    const state = busyState()
    const more = { own: true, until: null, state: 'connected' as const, since: 0, error: null }
    state.network.relays.push({ address: 'ws://127.0.0.1:7443', local: true, ...more }, { address: banyan, local: false, ...more })
    const { asked } = await addByCode(state)
    await expect.element(field('Relay of the code')).toHaveValue('relay.kestrel.example')
    expect(page.getByRole('group', { name: 'Your relays' }).getByRole('button').elements()).toHaveLength(1)
    await button('Use relay.banyan.example').click()
    await field('The code you were given').fill('K7M2Q9X')
    await button('Find').click()
    await expect.poll(() => asked('codes.find')).toEqual([{ code: 'K7M2Q9X', relay: 'wss://relay.banyan.example' }])
  })

  test('what is no code is said without asking anybody; an error leaves the code to be mended', async () => {
    const { asked } = await addByCode(withAccount(), { 'codes.find': fails('code.unknown') })
    await field('The code you were given').fill('E011')
    await userEvent.keyboard('{Enter}')
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^This is not a code\./)
    expect(asked('codes.find')).toEqual([])
    await field('The code you were given').fill('K7M2Q9X')
    await userEvent.keyboard('{Enter}')
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^Nobody has this code\./)
    await expect.element(field('The code you were given')).toHaveValue('K7M2Q9X')
  })

  test('an ask that is refused says why; the search can be given up', async () => {
    const { asked } = await addByCode(withAccount(), { 'codes.ask': fails('code.too-many') })
    await field('The code you were given').fill('K7M2Q9X')
    await userEvent.keyboard('{Enter}')
    await button('Ask to connect').click()
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^Too many are being asked at once\./)
    await button('Another code').click()
    await expect.element(field('The code you were given')).toHaveFocus()
    expect(asked('codes.ask')).toHaveLength(1)
  })
})

describe('the own code', () => {
  test('is got from a relay; one that wants an invitation opens the field for it', async () => {
    const { asked } = await addByCode(busyState(), {
      'account.create': failsFirst('account.invitation', ({ relay }: { relay: string }) => account({ relay })),
    })
    await tab('Your code').click()
    await button('Get a code').click()
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^This relay wants an invitation\./)
    await expect.element(field('Invitation')).toHaveFocus()
    await field('Invitation').fill(' for-jonas ')
    await userEvent.keyboard('{Enter}')
    await expect.element(dialog().getByText('E011T7D')).toBeVisible()
    const relay = 'wss://relay.kestrel.example'
    expect(asked('account.create')).toEqual([{ relay }, { relay, invitation: 'for-jonas' }])
  })

  test('is shown as the last word has it, also where an event overtakes the answer', async () => {
    const answer = Promise.withResolvers<unknown>()
    const { bridge } = await addByCode(busyState(), { 'account.create': () => answer.promise })
    await tab('Your code').click()
    await button('Get a code').click()
    bridge.emit({ type: 'account', account: account({ state: 'connected' }) })
    await expect.element(dialog().getByText('E011T7D')).toBeVisible()
    answer.resolve(account({ state: 'connecting' }))
    await expect.element(dialog().getByText(/· connected$/)).toBeVisible()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(
      dialog()
        .getByText(/· connecting$/)
        .elements(),
    ).toEqual([])
  })

  test('is copied with its relay, and says how the relay does', async () => {
    const copied: string[] = []
    const { writeText } = navigator.clipboard
    navigator.clipboard.writeText = (text) => Promise.resolve(void copied.push(text))
    try {
      const { bridge } = await addByCode(withAccount())
      await tab('Your code').click()
      await expect.element(dialog().getByText('relay.kestrel.example · connected')).toBeVisible()
      await button('Copy').click()
      await expect.element(button('Copied')).toBeVisible()
      expect(copied).toEqual(['E011T7D@relay.kestrel.example'])
      bridge.emit({ type: 'account', account: account({ state: 'offline', error: 'relay.unreachable' }) })
      await expect.element(dialog().getByText('The relay doesn’t answer. Whoever asks meanwhile waits there.')).toBeVisible()
    } finally {
      navigator.clipboard.writeText = writeText
    }
  })

  test('arrow keys move between the two parts', async () => {
    await addByCode(withAccount())
    await tab('Their code').click()
    await userEvent.keyboard('{ArrowRight}')
    await expect.element(tab('Your code')).toHaveFocus()
    await expect.element(tab('Your code')).toHaveAttribute('aria-selected', 'true')
  })
})

describe('people who ask by code', () => {
  const ola = { id: fakeId('ola').slice(0, 32), code: 'K7M2Q9X', name: 'Ola Nordmann', at: minutes(4) }
  const nobody = { id: fakeId('nobody').slice(0, 32), code: '0WX3R5T', name: '', at: minutes(9) }
  const asking = async (answers = {}) => {
    const state = busyState()
    state.codes.requests = [ola, nobody]
    const app = await renderApp(state, answers)
    await expect.element(row('2 requests')).toMatchTextContent(/Ola, 0WX3R5T/)
    await row('2 requests').click()
    return app
  }
  const card = (name: string) => page.getByRole('region', { name })

  test('are counted and shown with what they say, and agreed with', async () => {
    const { asked } = await asking()
    await expect.element(page.getByText('They have your code. Nothing has been sent to them.')).toBeVisible()
    await expect.element(card('Request of Ola Nordmann by code')).toMatchTextContent(/“Ola Nordmann” is only what they say/)
    await expect.element(card('Request of 0WX3R5T by code').getByText('Says no name')).toBeVisible()
    await card('Request of Ola Nordmann by code').getByRole('button', { name: 'Accept' }).click()
    await expect.poll(() => asked('codes.accept')).toEqual([{ id: ola.id }])
    await expect.element(row('1 request')).toBeVisible()
    expect(card('Request of Ola Nordmann by code').elements()).toEqual([])
  })

  test('are declined; one that is settled elsewhere is said', async () => {
    const { asked } = await asking({ 'codes.accept': fails('code.no-ask') })
    await card('Request of 0WX3R5T by code').getByRole('button', { name: 'Decline' }).click()
    await expect.poll(() => asked('codes.decline')).toEqual([{ id: nobody.id }])
    await card('Request of Ola Nordmann by code').getByRole('button', { name: 'Accept' }).click()
    await expect.element(page.getByRole('dialog', { name: 'This is no longer waiting.' })).toBeVisible()
  })

  test('alone are enough for the list: nobody else has to be there', async () => {
    const state = emptyState()
    state.codes.requests = [ola]
    const { bridge } = await renderApp(state)
    await expect.element(row('1 request')).toBeVisible()
    bridge.emit({ type: 'codes', codes: { asked: [], requests: [] } })
    await expect.element(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
  })
})

test('own asks stand with the invites, with how far they are, and are taken back', async () => {
  const state = busyState()
  const [waiting, failed] = [ask('K7M2Q9X', { name: 'Ola' }), ask('9ZZ4K2M', { state: 'failed', error: 'code.unknown' })]
  state.codes.asked = [waiting, ask('0WX3R5T', { state: 'sending' }), failed]
  const { asked } = await renderApp(state)
  await button('New').click()
  await page.getByRole('menuitem', { name: /^Invites and address/ }).click()
  const list = page.getByRole('region', { name: 'Asked by code' })
  await expect.element(list.getByText(/^Goes out when the relay can be reached ·/)).toBeVisible()
  await expect.element(list.getByText(/^Nobody has this code · relay\.kestrel\.example/)).toBeVisible()
  await button('Take back Ola (K7M2Q9X)').click()
  await button('Remove 9ZZ4K2M').click()
  await expect.poll(() => asked('codes.cancel')).toEqual([{ id: waiting.id }, { id: failed.id }])
  expect(list.getByRole('listitem').elements()).toHaveLength(1)
})

describe('a contact met by a code', () => {
  const met = (more: object) => {
    const state = busyState()
    Object.assign(
      state.conversations.find(({ id }) => id === people.keiko.id)!,
      { byCode: true, ...more },
    )
    return state
  }
  const banner = () => page.getByRole('heading', { name: 'You met Keiko by a code.' })

  test('is to be compared, until that is done', async () => {
    const { bridge } = await renderApp(met({}))
    await row('Keiko').click()
    await expect.element(banner()).toBeVisible()
    await button('Show the number').click()
    await expect.element(page.getByRole('group', { name: '60 digits in 12 groups' })).toBeVisible()
    await button('Compare…').click()
    await expect.element(page.getByRole('dialog', { name: 'Scan a code' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    bridge.emit({ type: 'conversation', conversation: { ...people.keiko, byCode: true, verified: 'yes' } })
    await expect.poll(() => banner().elements()).toEqual([])
  })

  test.each([
    ['trouble goes first', { trouble: { kind: 'broken', since: 0, waiting: 1 } }],
    ['one that is blocked is left alone', { state: 'blocked' }],
    ['an invite needs no such word', { byCode: false }],
  ])('%s', async (_, more) => {
    await renderApp(met(more))
    await row('Keiko').click()
    await expect.element(page.getByRole('heading', { name: 'Keiko Tanabe' })).toBeVisible()
    expect(banner().elements()).toEqual([])
  })
})

describe('settings, code and backup', () => {
  const open = async (state = busyState(), answers = {}) => {
    const app = await renderApp(state, answers)
    await userEvent.keyboard('{Control>},{/Control}')
    await tab('Code & backup').click()
    return app
  }
  const saved = (more: Parameters<typeof backup>[0] = {}) => withAccount({ backup: backup(more) })

  test('from nothing to a code', async () => {
    const { asked } = await open()
    await expect.element(dialog().getByText(/With a password it also becomes a backup/)).toBeVisible()
    await button('Get a code').click()
    await expect.element(button('Protect with a password…')).toBeVisible()
    expect(asked('account.create')).toEqual([{ relay: 'wss://relay.kestrel.example' }])
  })

  test('a password that is short or differs makes no backup; a good one does, at another key server too', async () => {
    const { asked } = await open(withAccount())
    await button('Protect with a password…').click()
    await field('Password').fill('lantern')
    await expect.element(dialog().getByText(/^Too short\. At least 12 characters\.$/)).toBeVisible()
    await field('The same once more').fill('lantern')
    await off('Make backup')
    await field('Password').fill(strong)
    await expect.element(dialog().getByText('The two are not the same yet.')).toBeVisible()
    await off('Make backup')
    await userEvent.keyboard('{Enter}')
    expect(asked('account.protect')).toEqual([])
    await field('The same once more').fill(strong)
    await dialog().getByText('Another key server').click()
    await field('Address of the key server').fill('keys.banyan.example:7444')
    await button('Make backup').click()
    await expect.element(dialog().getByText('Everything is saved')).toBeVisible()
    expect(asked('account.protect')).toEqual([{ password: strong, keyServer: 'wss://keys.banyan.example:7444' }])
    await expect.element(page.getByRole('region', { name: 'What to keep' })).toMatchTextContent(/Key server\s*keys\.banyan\.example:7444/)
  })

  test('making the first backup says that it takes a while, and why it failed', async () => {
    let refuse = () => {}
    await open(withAccount(), {
      'account.protect': () => new Promise((_, reject) => (refuse = () => reject(new CairnError('account.refused')))),
    })
    await button('Protect with a password…').click()
    await field('Password').fill(strong)
    await field('The same once more').fill(strong)
    await button('Make backup').click()
    await off('Making the backup…')
    await expect.element(dialog().getByText(/This takes some seconds on purpose/)).toBeVisible()
    refuse()
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^The relay refused\./)
    await expect.element(field('Password')).toHaveValue(strong)
  })

  test.each([
    ['saved', {}, /Everything is saved.*Saved .*, with 12 people\./],
    ['saved once, with one', { contacts: 1 }, /with 1 person\./],
    ['saving', { state: 'saving' as const }, /Saving…/],
    ['making', { state: 'making' as const, at: null }, /The backup is being made.*Nothing was saved so far\./],
    ['changing', { state: 'changing' as const }, /The password is being changed/],
    ['due', { state: 'due' as const, error: 'relay.unreachable' }, /as soon as the relay can be reached\./],
  ])('a backup that is %s says so', async (_, more, says) => {
    await open(saved(more))
    await expect.element(dialog().getByRole('status').filter({ hasText: says })).toBeVisible()
  })

  test('what is not saved says why, and promises nothing that will not happen by itself', async () => {
    const { bridge } = await open(saved({ state: 'due', error: 'backup.too-large' }))
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^The backup is too large/)
    expect(
      dialog()
        .getByText(/as soon as the relay/)
        .elements(),
    ).toEqual([])
    await button('Save now').click()
    await expect.element(dialog().getByText('Everything is saved')).toBeVisible()
    expect(bridge.calls.filter(({ method }) => method === 'account.backUp')).toHaveLength(1)
    expect(dialog().getByRole('alert').elements()).toEqual([])
  })

  test('the password is changed with the old one; a wrong one is named', async () => {
    const { asked } = await open(saved(), { 'account.changePassword': failsFirst('account.wrong-password', () => saved().account) })
    await button('Change password…').click()
    await field('Password of today').fill('another one')
    await field('New password').fill('too short')
    await field('The same once more').fill('too short')
    await off('Change password')
    await field('New password').fill(strong)
    await field('The same once more').fill(strong)
    await button('Change password').click()
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^This is not the password\./)
    await field('Password of today').fill('the old one')
    await button('Change password').click()
    await expect.element(tab('Code & backup')).toBeVisible()
    expect(asked('account.changePassword').at(-1)).toEqual({ current: 'the old one', next: strong })
  })

  test('a password that was changed elsewhere is asked for', async () => {
    const signIn = failsFirst('account.wrong-password', () => saved().account)
    const { asked } = await open(saved({ state: 'signed-out', error: 'account.signed-out' }), { 'account.signIn': signIn })
    await expect.element(dialog().getByText('The password was changed on another computer')).toBeVisible()
    expect(button('Save now').elements()).toEqual([])
    await off('Sign in')
    await field('Password of the backup').fill('another one')
    await userEvent.keyboard('{Enter}')
    await expect.element(dialog().getByRole('alert')).toMatchTextContent(/^This is not the password\./)
    await field('Password of the backup').fill(strong)
    await button('Sign in').click()
    await expect.element(dialog().getByText('Everything is saved')).toBeVisible()
    expect(asked('account.signIn').at(-1)).toEqual({ password: strong })
  })

  test('code and backup are deleted only after asking; while that goes on there is no other code', async () => {
    const { asked, bridge } = await open(saved(), { 'account.remove': () => account({ backup: backup(), deleting: true }) })
    await button('Delete code and backup…').click()
    await expect.element(button('Keep it')).toHaveFocus()
    await userEvent.keyboard('{Escape}')
    await expect.element(tab('Code & backup')).toBeVisible()
    expect(asked('account.remove')).toEqual([])
    await button('Delete code and backup…').click()
    await expect.element(dialog().getByText(/The code is never given out again/)).toBeVisible()
    await button('Delete for good').click()
    await expect.element(dialog().getByText('Your code and its backup are being deleted.')).toBeVisible()
    expect(button('Get a code').elements()).toEqual([])
    expect(button('Save now').elements()).toEqual([])
    bridge.emit({ type: 'account', account: null })
    await expect.element(button('Get a code')).toBeVisible()
  })

  test('of what to keep, nothing stays in this window once it is locked', async () => {
    const { pinia } = await open(saved())
    await expect.element(page.getByRole('region', { name: 'What to keep' })).toBeVisible()
    await button('Close').click()
    await userEvent.keyboard('{Control>}l{/Control}')
    await expect.element(page.getByRole('heading', { name: 'Unlock Cairn' })).toBeVisible()
    expect(JSON.stringify(pinia.state.value)).not.toContain('E011T7D')
  })
})

describe('restoring at the first start', () => {
  async function kept(answers = {}) {
    const app = await renderApp(emptyState('first-start'), answers)
    await button('Restore from a backup').click()
    await expect.element(field('Your code')).toHaveFocus()
    await off('Continue')
    await field('Your code').fill('e011t7d@relay.kestrel.example')
    await field('Password of the backup').fill(strong)
    return app
  }
  async function unlock() {
    await button('Continue').click()
    await field('Passphrase').fill('another one for here')
    await off('Restore')
    await field('The same once more').fill('another one for here')
  }
  const wanted = { relay: 'wss://relay.kestrel.example', keyServer: null, code: 'E011T7D', password: strong }

  test('code, password and a passphrase for this computer bring everything back', async () => {
    const { asked } = await kept()
    await expect.element(field('Relay of the code')).toHaveValue('relay.kestrel.example')
    await unlock()
    await expect.element(page.getByRole('list', { name: 'Steps' }).getByRole('listitem').nth(1)).toHaveAttribute('aria-current', 'step')
    await button('Restore').click()
    await expect.element(page.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
    expect(asked('profile.restore')).toEqual([{ ...wanted, passphrase: 'another one for here' }])
  })

  test('from another key server, through a proxy', async () => {
    const { asked } = await kept()
    await page.getByText('Another key server').click()
    await field('Address of the key server').fill('keys.banyan.example')
    await page.getByText('Through a proxy, Tor for instance').click()
    await field('Address of the proxy').fill('127.0.0.1:9050')
    await button('Use this proxy').click()
    await expect.element(page.getByText('Everything goes through 127.0.0.1:9050.')).toBeVisible()
    await unlock()
    await button('Restore').click()
    await expect.poll(() => asked('profile.restore')).toMatchObject([{ keyServer: 'wss://keys.banyan.example' }])
    expect(asked('network.setProxy')).toHaveLength(1)
  })

  test('a wrong password leads back to where it is typed, with everything kept; the second try works', async () => {
    const open = { ...emptyState().app, profile: { id: 'me'.repeat(32), name: 'Jonas' } }
    const { asked } = await kept({ 'profile.restore': failsFirst('account.wrong-password', () => open) })
    await unlock()
    await button('Restore').click()
    await expect.element(page.getByRole('alert')).toMatchTextContent(/^The code or the password is wrong\./)
    await expect.element(field('Password of the backup')).toHaveValue(strong)
    await field('Password of the backup').fill('the right one')
    await button('Continue').click()
    expect(page.getByRole('alert').elements()).toEqual([])
    await expect.element(field('The same once more')).toHaveValue('another one for here')
    await button('Restore').click()
    await expect.poll(() => asked('profile.restore').at(-1)).toMatchObject({ password: 'the right one' })
  })

  test('what this computer cannot do is said where it was chosen', async () => {
    await kept({ 'profile.restore': fails('keystore.unwritable') })
    await unlock()
    await button('Restore').click()
    await expect.element(page.getByRole('alert')).toMatchTextContent(/^Cairn may not write to its folder\./)
    await expect.element(field('Passphrase')).toBeVisible()
  })

  test('what is no code is said before a passphrase is asked for', async () => {
    const { asked } = await kept()
    await field('Your code').fill('E011')
    await button('Continue').click()
    await expect.element(page.getByRole('alert')).toMatchTextContent(/^This is not a code\./)
    expect(asked('profile.restore')).toEqual([])
  })

  test('while the backup is opened it says so, and neither goes on nor back', async () => {
    await kept({ 'profile.restore': () => new Promise(() => {}) })
    await unlock()
    await button('Restore').click()
    await off('Opening the backup…')
    ;(button('Back').element() as HTMLElement).click()
    await expect.element(button('Opening the backup…')).toBeVisible()
  })

  test('Back leads to the steps of somebody new, where the name is still there', async () => {
    await renderApp(emptyState('first-start'))
    await field('Your name').fill('Jonas')
    await button('Restore from a backup').click()
    await field('Your code').fill('E011T7D')
    await button('Back').click()
    await expect.element(field('Your name')).toHaveValue('Jonas')
    await expect.element(field('Your name')).toHaveFocus()
    await userEvent.keyboard('{Enter}')
    await expect.element(field('Passphrase')).toBeVisible()
  })
})
