import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { busyState, minutes, people, system, text } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'
import type { FakeBridge } from '#test/support/fakeBridge.ts'

const { mira, tomasz, keiko, dad, samir } = people

async function open(name: string, answers: FakeBridge['answers'] = {}, state = busyState(), height = 800) {
  const app = await renderApp(state, answers, 1200, height)
  await app.screen.getByRole('button', { name: new RegExp(`^${name}`) }).click()
  return { ...app, log: app.screen.getByRole('log'), composer: app.screen.getByRole('textbox', { name: /^Message / }) }
}

describe('composer', () => {
  test('Enter sends what was written under an id of its own, and empties the field', async () => {
    const { asked, composer, log } = await open('Mira')
    await composer.fill('On my way')
    await userEvent.keyboard('{Enter}')
    await expect.element(log.getByText(/On my way/)).toBeVisible()
    await expect.element(composer).toHaveValue('')
    expect(asked('conversations.send')).toMatchObject([
      { id: mira.id, text: 'On my way', messageId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string },
    ])
  })

  test('Shift+Enter breaks the line, and the break survives', async () => {
    const { asked, composer } = await open('Mira')
    await composer.fill('one')
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}two{Enter}')
    expect(asked('conversations.send')).toMatchObject([{ text: 'one\ntwo' }])
  })

  test('nothing but white space is never sent', async () => {
    const { asked, composer, screen } = await open('Mira')
    await composer.fill('   ')
    await userEvent.keyboard('{Enter}')
    await expect.element(screen.getByRole('button', { name: 'Send' })).toHaveAttribute('aria-disabled', 'true')
    expect(asked('conversations.send')).toEqual([])
  })

  test('Enter that ends a composed character does not send', async () => {
    const { asked, composer } = await open('Mira')
    await composer.fill('にほん')
    composer.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))
    expect(asked('conversations.send')).toEqual([])
  })

  test('a text over the limit is not sent, and says by how much', async () => {
    const { asked, composer, screen } = await open('Mira')
    await composer.fill('x'.repeat(20_003))
    await userEvent.keyboard('{Enter}')
    await expect.element(screen.getByText('Too long by 3 characters. Split it into two messages.')).toBeVisible()
    expect(asked('conversations.send')).toEqual([])
  })

  test('a message shows at once with a clock, before the app has answered', async () => {
    const { composer, log } = await open('Mira', { 'conversations.send': () => new Promise(() => {}) })
    await composer.fill('Slow')
    await userEvent.keyboard('{Enter}')
    await expect.element(log.getByRole('article', { name: /^You: Slow .*waiting$/ })).toBeVisible()
  })

  test('a message that was refused stays, says why, and goes again under the same id', async () => {
    let full = true
    const answers: FakeBridge['answers'] = {
      'conversations.send': ({ id, messageId, text: words }: { id: string; messageId: string; text: string }) => {
        if (full) throw new CairnError('keystore.disk-full')
        return { ...text('Mira Holt', words, minutes(0), { own: true, status: 'sent' }), id: messageId, conversationId: id }
      },
    }
    const { asked, composer, log } = await open('Mira', answers)
    await composer.fill('Keep me')
    await userEvent.keyboard('{Enter}')
    await expect.element(log.getByText(/Not sent\. There is no room left on the disk\./)).toBeVisible()
    full = false
    await log.getByRole('button', { name: 'Try now' }).click()
    await expect.element(log.getByRole('article', { name: /^You: Keep me .*, sent$/ })).toBeVisible()
    const ids = asked('conversations.send').map((input) => (input as { messageId: string }).messageId)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
  })

  test('an event that overtakes the answer wins', async () => {
    let answer = () => {}
    const { bridge, composer, log, asked } = await open('Mira', {
      'conversations.send': ({ messageId, text: words }: { messageId: string; text: string }) =>
        new Promise(
          (resolve) =>
            (answer = () => resolve({ ...text('Mira Holt', words, minutes(0), { own: true, status: 'waiting' }), id: messageId })),
        ),
    })
    await composer.fill('Race')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => asked('conversations.send').length).toBe(1)
    const { messageId } = asked('conversations.send')[0] as { messageId: string }
    bridge.emit({ type: 'item', item: { ...text('Mira Holt', 'Race', minutes(0), { own: true, status: 'delivered' }), id: messageId } })
    await expect.element(log.getByRole('article', { name: /Race .*delivered$/ })).toBeVisible()
    answer()
    await expect.element(log.getByRole('article', { name: /Race .*delivered$/ })).toBeVisible()
    expect(log.getByText(/Race/).elements()).toHaveLength(1)
  })
})

describe('drafts', () => {
  test('a draft is kept when the conversation is left, shown in the list, and there again afterwards', async () => {
    const { asked, composer, screen } = await open('Mira')
    await composer.fill('half a thought')
    await screen.getByRole('button', { name: /^Elin/ }).click()
    await expect.poll(() => asked('conversations.setDraft')).toEqual([{ id: mira.id, text: 'half a thought' }])
    await expect.element(screen.getByRole('button', { name: /^Mira Holt.*Draft: ?half a thought/ })).toBeVisible()
    await screen.getByRole('button', { name: /^Mira/ }).click()
    await expect.element(screen.getByRole('textbox', { name: 'Message Mira' })).toHaveValue('half a thought')
  })

  test('a draft of the app is restored, and sending clears it', async () => {
    const { asked, composer } = await open('Dad')
    await expect.element(composer).toHaveValue('I’ll call when the train gets in')
    await userEvent.keyboard('{Enter}')
    await expect.poll(() => asked('conversations.setDraft')).toEqual([{ id: dad.id, text: '' }])
  })
})

describe('messages', () => {
  test('text is shown as text, never as markup', async () => {
    const state = busyState()
    state.items[mira.id] = [text('Mira Holt', '<img src=x onerror="document.title=\'owned\'"> **b** https://evil.example', minutes(1))]
    const { log } = await open('Mira', {}, state)
    await expect.element(log.getByText(/<img src=x/)).toBeVisible()
    expect(log.element().querySelector('img, [href], [src]')).toBeNull()
  })

  test('ticks say in words how far a message is', async () => {
    const state = busyState()
    state.items[mira.id] = (['waiting', 'sent', 'delivered'] as const).map((status) =>
      text('Mira Holt', status, minutes(5), { own: true, status }),
    )
    const { log } = await open('Mira', {}, state)
    await expect.element(log.getByRole('img', { name: 'Waiting here to be sent' })).toBeVisible()
    await expect.element(log.getByRole('img', { name: 'Sent. Waiting at the relay for Mira’s computer.' })).toBeVisible()
    await expect.element(log.getByRole('img', { name: 'Delivered to Mira’s computer' })).toBeVisible()
  })

  test('what arrives late says when it was sent', async () => {
    const { log } = await open('Mira')
    await expect.element(log.getByRole('article', { name: /ridge to ourselves\. sent / })).toBeVisible()
  })

  test('opening a conversation marks it read, and what was new stays marked', async () => {
    const { asked, log } = await open('Keiko')
    await expect.element(log.getByText(/New messages/)).toBeVisible()
    await expect.poll(() => asked('conversations.markRead')).toEqual([{ id: keiko.id }])
  })

  test('an incoming message appears and is read aloud once', async () => {
    const { bridge, log, screen } = await open('Mira')
    bridge.emit({ type: 'item', item: text('Mira Holt', 'Look up!', minutes(0)) })
    await expect.element(log.getByText(/Look up!/)).toBeVisible()
    await expect.element(screen.getByText('Mira: Look up!', { exact: true })).toBeInTheDocument()
  })

  test('older pages come when scrolling up, and what was being read stays where it was', async () => {
    const state = busyState()
    state.items[mira.id] = Array.from({ length: 150 }, (_, i) => text('Mira Holt', `Message ${i}.`, minutes(1000 - i * 6)))
    const { log, asked } = await open('Mira', {}, state)
    await expect.element(log.getByText(/Message 149\./)).toBeInViewport()
    const box = log.element() as HTMLElement
    const anchor = () =>
      log
        .getByText(/Message 125\./)
        .element()
        .getBoundingClientRect().top
    box.scrollTop = 150
    const before = anchor()
    await expect.element(log.getByText(/Message 70\./)).toBeInTheDocument()
    await expect.poll(() => Math.abs(anchor() - before)).toBeLessThan(60)
    expect(asked('conversations.items').at(-1)).toMatchObject({ limit: 30 })
  })

  test('while reading older messages a new one does not move the page; a button leads to it', async () => {
    const state = busyState()
    state.items[mira.id] = Array.from({ length: 30 }, (_, i) => text('Mira Holt', `Message ${i}.`, minutes(300 - i * 6)))
    const { bridge, log, screen } = await open('Mira', {}, state)
    await expect.element(log.getByText(/Message 29\./)).toBeInViewport()
    const box = log.element() as HTMLElement
    box.scrollTop = 0
    await expect.element(screen.getByRole('button', { name: 'Jump to newest' })).toBeVisible()
    bridge.emit({ type: 'item', item: text('Mira Holt', 'The newest', minutes(0)) })
    await expect.element(log.getByText(/The newest/)).not.toBeInViewport()
    expect(box.scrollTop).toBe(0)
    await screen.getByRole('button', { name: 'Jump to newest' }).click()
    await expect.element(log.getByText(/The newest/)).toBeInViewport()
  })

  test('in a tall window older messages come until it is full', async () => {
    const state = busyState()
    state.items[mira.id] = Array.from({ length: 150 }, (_, i) => text('Mira Holt', `Message ${i}.`, minutes(1000 - i)))
    const { log } = await open('Mira', {}, state, 2600)
    await expect.element(log.getByText(/Message 100\./)).toBeInTheDocument()
    const box = log.element() as HTMLElement
    await expect.poll(() => box.scrollHeight > box.clientHeight).toBe(true)
  })

  test('what is unread is fetched with the first page', async () => {
    const state = busyState()
    state.conversations = state.conversations.map((one) => (one.id === mira.id ? { ...one, unread: 12 } : one))
    const { asked } = await open('Mira', {}, state)
    expect(asked('conversations.items')[0]).toMatchObject({ limit: 42 })
  })

  test('a message that comes while the conversation is being loaded is not lost', async () => {
    const state = busyState()
    let answer = (): void => undefined
    const page = { items: [text('Mira Holt', 'Already here.', minutes(5))], more: false, newer: false }
    const { bridge, log } = await open(
      'Mira',
      { 'conversations.items': () => new Promise((resolve) => (answer = () => resolve(page))) },
      state,
    )
    await expect.poll(() => bridge.calls.some(({ method }) => method === 'conversations.items')).toBe(true)
    bridge.emit({ type: 'item', item: text('Mira Holt', 'Are you there?', minutes(0)) })
    answer() // worked out before the message came
    await expect.element(log.getByText(/Already here/)).toBeVisible()
    await expect.element(log.getByText(/Are you there/)).toBeVisible()
  })

  test('a conversation that can’t be loaded says why and can be tried again', async () => {
    let broken = true
    const { screen } = await open('Mira', {
      'conversations.items': () => {
        if (broken) throw new CairnError('keystore.damaged')
        return { items: [text('Mira Holt', 'Back again', minutes(1))], more: false, newer: false }
      },
    })
    await expect.element(screen.getByRole('alert')).toMatchTextContent(/damaged/)
    broken = false
    await screen.getByRole('button', { name: 'Try again' }).click()
    await expect.element(screen.getByText(/Back again/)).toBeVisible()
  })
})

describe('a broken session', () => {
  test('the banner says what happened, what is waiting, and asks for a reset on one click', async () => {
    const { asked, log, screen } = await open('Tomasz')
    await expect.element(screen.getByRole('heading', { name: 'New messages from Tomasz can’t be read on this computer.' })).toBeVisible()
    await expect.element(screen.getByText(/Nothing is lost: 3 messages are waiting and arrive by themselves after a reset\./)).toBeVisible()
    await expect.element(log.getByText(/^3 messages since .*, waiting for the reset$/)).toBeVisible()
    await expect.element(screen.getByText('You can go on writing. It is sent as soon as the session is reset.')).toBeVisible()
    await screen.getByRole('button', { name: 'Reset session' }).click()
    await expect.element(screen.getByRole('heading', { name: 'Resetting the session…' })).toBeVisible()
    expect(asked('sessions.reset')).toEqual([{ id: tomasz.id }])
  })

  test('"Nothing is lost" is not said when nothing is known to wait', async () => {
    const state = busyState()
    state.conversations.find(({ id }) => id === tomasz.id)!.trouble = { kind: 'broken', since: minutes(5), waiting: 0 }
    const { screen } = await open('Tomasz', {}, state)
    await expect.element(screen.getByRole('heading', { name: /can’t be read/ })).toBeVisible()
    expect(screen.getByText(/Nothing is lost/).elements()).toHaveLength(0)
  })

  test('after the reset the banner is gone and one line records it', async () => {
    const { bridge, log, screen } = await open('Tomasz')
    await screen.getByRole('button', { name: 'Reset session' }).click()
    bridge.emit({ type: 'item', item: system('Tomasz Zieliński', 'reset', minutes(0), { by: 'you', count: 3 }) })
    bridge.emit({ type: 'conversation', conversation: { ...tomasz, trouble: null } })
    await expect.element(log.getByText(/^Session reset by you, .* · 3 waiting messages arrived$/)).toBeVisible()
    expect(screen.getByRole('heading', { name: /session…|can’t be read/ }).elements()).toHaveLength(0)
  })

  test('the other side’s reset can be seen but not cancelled', async () => {
    const state = busyState()
    state.conversations.find(({ id }) => id === tomasz.id)!.trouble = { kind: 'resetting', since: minutes(1), by: 'them' }
    const { screen } = await open('Tomasz', {}, state)
    await expect.element(screen.getByText('Tomasz’s computer asked for new keys. This goes on in the background.')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Cancel' }).elements()).toHaveLength(0)
  })

  test('a refused reset says why', async () => {
    const { screen } = await open('Tomasz', {
      'sessions.reset': () => {
        throw new CairnError('session.too-many-resets')
      },
    })
    await screen.getByRole('button', { name: 'Reset session' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'Too many resets in a short time.' })).toBeVisible()
  })
})

describe('exchange', () => {
  test('shows which of the three steps are done, who answered, and lets one write already', async () => {
    const { screen } = await open('Noor')
    await expect.element(screen.getByRole('heading', { name: 'Connecting with Noor Haddad' })).toBeVisible()
    await expect.element(screen.getByText('2 of 3 steps done.')).toBeVisible()
    const steps = screen.getByRole('list', { name: 'Connecting with Noor Haddad' })
    expect(steps.element().querySelectorAll('.step.is-done')).toHaveLength(2)
    expect(steps.element().querySelector('[aria-current="step"]')?.textContent).toContain('Session opens')
    await expect.element(screen.getByText('You can write already. It is sent when the session opens.')).toBeVisible()
  })

  test('turns into the conversation when the last step lands', async () => {
    const { bridge, screen } = await open('Noor')
    bridge.emit({ type: 'conversation', conversation: { ...people.noor, state: 'open', exchange: null } })
    await expect.element(screen.getByText('You and Noor are connected. Say hello.')).toBeVisible()
  })

  test('a relay never used is asked about', async () => {
    const { asked, screen } = await open('Priya')
    await expect.element(screen.getByRole('heading', { name: 'May Cairn talk to relay.banyan.example?' })).toBeVisible()
    await screen.getByRole('button', { name: 'Allow this relay' }).click()
    await expect.poll(() => asked('exchanges.allowRelay')).toEqual([{ contactId: people.priya.id, allow: true }])
    await expect.element(screen.getByRole('heading', { name: /May Cairn talk/ })).not.toBeInTheDocument()
  })
})

describe('details', () => {
  test('sixty digits, marked verified only after a question', async () => {
    const { asked, screen } = await open('Keiko')
    await screen.getByRole('button', { name: 'Details' }).click()
    await expect.element(screen.getByRole('group', { name: '60 digits in 12 groups' })).toMatchTextContent(/^\s*(\d{5}\s*){12}$/)
    await screen.getByRole('button', { name: 'Mark verified' }).click()
    expect(asked('contacts.verify')).toEqual([])
    await screen.getByRole('button', { name: 'They match' }).click()
    await expect.poll(() => asked('contacts.verify')).toEqual([{ id: keiko.id, verified: true }])
    await expect.element(screen.getByRole('button', { name: 'Remove mark' })).toBeVisible()
  })

  test('a reset by hand asks first, says what it does, and Escape does nothing', async () => {
    const { asked, screen } = await open('Mira')
    await screen.getByRole('button', { name: 'Details' }).click()
    await screen.getByRole('button', { name: 'Reset session…' }).click()
    await expect
      .element(screen.getByRole('dialog', { name: 'Reset the session with Mira?' }))
      .toMatchTextContent(/Anything not yet delivered is sent again\./)
    await userEvent.keyboard('{Escape}')
    await expect.element(screen.getByRole('dialog')).not.toBeInTheDocument()
    expect(asked('sessions.reset')).toEqual([])
    await expect.element(screen.getByRole('button', { name: 'Reset session…' })).toHaveFocus()
    await screen.getByRole('button', { name: 'Reset session…' }).click()
    await screen.getByRole('button', { name: 'Reset session', exact: true }).click()
    await expect.poll(() => asked('sessions.reset')).toEqual([{ id: mira.id }])
  })

  test('numbers and names of the field are one click deeper', async () => {
    const { screen } = await open('Mira')
    await screen.getByRole('button', { name: 'Details' }).click()
    await expect.element(screen.getByText('Epoch')).not.toBeVisible()
    await screen.getByText('Technical details').click()
    await expect.element(screen.getByText('Epoch')).toBeVisible()
    await expect.element(screen.getByText('codec.malformed: 2')).toBeVisible()
  })

  test('blocking asks first; a blocked person can be unblocked where one would write', async () => {
    const { asked, screen } = await open('Mira')
    await screen.getByRole('button', { name: 'Details' }).click()
    await screen.getByRole('button', { name: 'Block Mira…' }).click()
    await screen.getByRole('button', { name: 'Block Mira', exact: true }).click()
    await expect.poll(() => asked('contacts.block')).toEqual([{ id: mira.id, blocked: true }])
    await screen.getByRole('button', { name: /^Samir/ }).click()
    expect(screen.getByRole('textbox', { name: /^Message / }).elements()).toHaveLength(0)
    await screen.getByRole('button', { name: 'Unblock', exact: true }).click()
    await expect.poll(() => asked('contacts.block').at(-1)).toEqual({ id: samir.id, blocked: false })
  })
})
