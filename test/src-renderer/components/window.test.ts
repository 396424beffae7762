import { beforeEach, describe, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { busyState, emptyState, invite, people, text, minutes } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'

const focused = () => document.activeElement?.textContent ?? ''
const row = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) })

describe('first start', () => {
  async function untilRelay(answers = {}) {
    const app = await renderApp(emptyState('first-start'), answers)
    await app.screen.getByRole('textbox', { name: 'Your name' }).fill('  Jonas ')
    await userEvent.keyboard('{Enter}')
    await app.screen.getByLabelText('Passphrase', { exact: true }).fill('copper lantern drifts uphill')
    await app.screen.getByLabelText('The same once more').fill('copper lantern drifts uphill')
    await userEvent.keyboard('{Enter}')
    return app
  }

  test('name, passphrase and a relay that answers make a profile', async () => {
    const { asked, screen } = await untilRelay()
    await screen.getByRole('textbox', { name: 'Address of the relay' }).fill('relay.kestrel.example')
    await expect.element(screen.getByText('Reached in 84 ms.')).toBeVisible()
    await screen.getByRole('button', { name: 'Start Cairn' }).click()
    await expect.element(screen.getByRole('heading', { name: 'Nobody here yet' })).toBeVisible()
    expect(asked('profile.create')).toEqual([
      {
        name: 'Jonas',
        passphrase: 'copper lantern drifts uphill',
        relay: { kind: 'address', address: 'wss://relay.kestrel.example:7443' },
      },
    ])
  })

  test('the relay is asked once typing pauses, not at every key', async () => {
    const { asked, screen } = await untilRelay()
    await userEvent.type(screen.getByRole('textbox', { name: 'Address of the relay' }), 'relay.example')
    await expect.element(screen.getByText('Reached in 84 ms.')).toBeVisible()
    expect(asked('network.checkRelay')).toEqual([{ address: 'wss://relay.example' }])
  })

  test('a relay that does not answer is named, and one may start anyway', async () => {
    const { asked, screen } = await untilRelay({
      'network.checkRelay': () => {
        throw new CairnError('relay.unreachable')
      },
    })
    await screen.getByRole('textbox', { name: 'Address of the relay' }).fill('relay.example')
    await expect.element(screen.getByText('The relay doesn’t answer.')).toBeVisible()
    await screen.getByRole('button', { name: 'Start anyway' }).click()
    await expect.poll(() => asked('profile.create')).toMatchObject([{ relay: { kind: 'address', address: 'wss://relay.example' } }])
  })

  test('what is no address stops here', async () => {
    const { asked, screen } = await untilRelay({
      'network.checkRelay': () => {
        throw new CairnError('relay.address-invalid')
      },
    })
    await screen.getByRole('textbox', { name: 'Address of the relay' }).fill('not an address')
    await expect.element(screen.getByText('This is not a relay’s address.')).toBeVisible()
    await expect.element(screen.getByRole('button', { name: 'Start Cairn' })).toHaveAttribute('aria-disabled', 'true')
    await userEvent.keyboard('{Enter}')
    expect(asked('profile.create')).toEqual([])
  })

  test('a relay on this computer needs no address', async () => {
    const { asked, screen } = await untilRelay()
    await screen.getByText('A relay on this computer').click()
    await screen.getByRole('button', { name: 'Start Cairn' }).click()
    await expect.poll(() => asked('profile.create')).toMatchObject([{ relay: { kind: 'local' } }])
  })

  test('where no relay can run, none is offered', async () => {
    const state = emptyState('first-start')
    state.app.capabilities.localRelay = false
    const { screen } = await renderApp(state)
    await screen.getByRole('textbox', { name: 'Your name' }).fill('Jonas')
    await userEvent.keyboard('{Enter}')
    await screen.getByLabelText('Passphrase', { exact: true }).fill('copper lantern drifts uphill')
    await screen.getByLabelText('The same once more').fill('copper lantern drifts uphill')
    await userEvent.keyboard('{Enter}')
    await expect.element(screen.getByText('A relay somebody runs')).toBeVisible()
    expect(screen.getByText('A relay on this computer').elements()).toHaveLength(0)
  })

  test('a passphrase that is short or differs goes no further', async () => {
    const { screen } = await renderApp(emptyState('first-start'))
    await screen.getByRole('textbox', { name: 'Your name' }).fill('Jonas')
    await userEvent.keyboard('{Enter}')
    await screen.getByLabelText('Passphrase', { exact: true }).fill('short')
    await expect.element(screen.getByText('Too short.')).toBeVisible()
    await screen.getByLabelText('Passphrase', { exact: true }).fill('copper lantern drifts uphill')
    await expect.element(screen.getByText('Strong.')).toBeVisible()
    await screen.getByLabelText('The same once more').fill('copper lantern drifts')
    await expect.element(screen.getByText('The two are not the same yet.')).toBeVisible()
    await expect.element(screen.getByRole('button', { name: 'Continue' })).toHaveAttribute('aria-disabled', 'true')
  })

  test('a profile that cannot be made says why and keeps what was typed', async () => {
    const { screen } = await untilRelay({
      'profile.create': () => {
        throw new CairnError('keystore.unwritable')
      },
    })
    await screen.getByText('A relay on this computer').click()
    await screen.getByRole('button', { name: 'Start Cairn' }).click()
    await expect.element(screen.getByText('Cairn may not write to its folder.')).toBeVisible()
    await screen.getByRole('button', { name: 'Back' }).click()
    await expect.element(screen.getByLabelText('Passphrase', { exact: true })).toHaveValue('copper lantern drifts uphill')
  })
})

describe('unlock', () => {
  test('a wrong passphrase says so, waits, and counts down', async () => {
    const { asked, screen } = await renderApp(emptyState('locked'), {
      'profile.unlock': () => {
        throw new CairnError('keystore.wrong-passphrase', { details: { seconds: 2 } })
      },
    })
    await screen.getByLabelText('Passphrase', { exact: true }).fill('wrong one')
    await userEvent.keyboard('{Enter}')
    await expect
      .element(screen.getByRole('alert'))
      .toMatchTextContent(/^That passphrase doesn’t open Cairn\. Next try in [12] seconds?; the wait grows each time\.$/)
    await userEvent.keyboard('{Enter}')
    expect(asked('profile.unlock')).toHaveLength(1)
    await expect.element(screen.getByRole('button', { name: 'Unlock' })).toHaveAttribute('aria-disabled', 'false')
  })

  test('the right one opens; Ctrl+L locks again and nothing of the profile stays', async () => {
    const state = busyState()
    state.app = { ...state.app, phase: 'locked', profile: null }
    const { bridge, screen } = await renderApp(state)
    await screen.getByLabelText('Passphrase', { exact: true }).fill('copper lantern drifts uphill')
    await userEvent.keyboard('{Enter}')
    await row('Mira').click()
    await expect.element(screen.getByText(/ridge to ourselves/)).toBeVisible()
    await userEvent.keyboard('{Control>}l{/Control}')
    await expect.element(screen.getByRole('heading', { name: 'Unlock Cairn' })).toBeVisible()
    expect(document.body.textContent).not.toContain('ridge to ourselves')
    expect(bridge.calls.at(-1)?.method).toBe('profile.lock')
  })
})

describe('the program behind the window', () => {
  test('is gone: says so; is back: everything is loaded anew and what was typed is still there', async () => {
    const state = busyState()
    const { bridge, screen } = await renderApp(state)
    await row('Mira').click()
    await screen.getByRole('textbox', { name: 'Message Mira' }).fill('not yet sent')
    bridge.link('down')
    await expect.element(screen.getByRole('heading', { name: 'Cairn is not running' })).toBeVisible()
    state.items[people.mira.id]!.push(text('Mira Holt', 'While you were away', minutes(0)))
    bridge.link('up')
    await expect.element(screen.getByText(/While you were away/)).toBeVisible()
    await expect.element(screen.getByRole('textbox', { name: 'Message Mira' })).toHaveValue('not yet sent')
  })

  test('does not know this window: says how to sign in', async () => {
    const { bridge, screen } = await renderApp(busyState())
    bridge.link('signed-out')
    await expect.element(screen.getByRole('heading', { name: 'This window is signed out' })).toBeVisible()
  })

  test('events that arrive while the lists are loading are not lost', async () => {
    let answer = () => {}
    const state = busyState()
    const { bridge, asked } = await renderApp(state, {
      'conversations.list': () => new Promise((resolve) => (answer = () => resolve(busyState().conversations))),
    })
    await expect.poll(() => asked('conversations.list').length).toBe(1)
    bridge.emit({ type: 'conversation', conversation: { ...people.mira, name: 'Mira of the event' } })
    answer()
    await expect.element(row('Mira of the event')).toBeVisible()
  })
})

describe('the list', () => {
  test('is walked with the arrow keys, Home, End and letters; one row is in the tab order', async () => {
    await renderApp(busyState())
    await row('Mira').click()
    ;(row('Mira').element() as HTMLElement).focus()
    await userEvent.keyboard('{ArrowDown}')
    expect(focused()).toContain('Noor')
    await userEvent.keyboard('{End}')
    expect(focused()).toContain('Elin')
    await userEvent.keyboard('k')
    expect(focused()).toContain('Keiko')
    await userEvent.keyboard('{Home}')
    expect(focused()).toContain('Mira')
    expect(document.querySelectorAll('.list .row[tabindex="0"]')).toHaveLength(1)
    await userEvent.keyboard('{ArrowDown}{Enter}')
    await expect.element(page.getByRole('heading', { name: 'Connecting with Noor Haddad' })).toBeVisible()
  })

  test('of a thousand people only those that can be seen are in the document, and all can be reached', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      ...{ ...people.mira, id: i.toString(16).padStart(64, '0'), name: `Person ${String(i)}`, activity: Date.now() - i * 60_000 },
    }))
    await renderApp({ ...busyState(), conversations: many, invites: [] })
    await expect.element(row('Person 0')).toBeVisible()
    const inDocument = () => document.querySelectorAll('.list .row').length
    expect(inDocument()).toBeLessThan(40)
    await expect.poll(() => row('Person 0').element().closest('li')?.getAttribute('aria-setsize')).toBe('1000') // the top comes first
    ;(row('Person 0').element() as HTMLElement).focus()
    await userEvent.keyboard('{End}')
    await expect.poll(focused).toContain('Person 999')
    await expect.element(row('Person 998')).toBeInViewport()
    expect(document.activeElement?.closest('li')?.getAttribute('aria-posinset')).toBe('1000')
    document.querySelector('.list')?.scrollTo(0, 0)
    await expect.element(row('Person 0')).toBeInViewport()
    expect(focused()).toContain('Person 999') // out of sight, and still where Tab and the arrows go on
    expect(inDocument()).toBeLessThan(40)
    await userEvent.keyboard('{ArrowUp}')
    await expect.poll(focused).toContain('Person 998')
    await expect.element(row('Person 998')).toBeInViewport()
  })

  test('says what waits for the person', async () => {
    await renderApp(busyState())
    await expect.element(row('Tomasz')).toMatchTextContent(/3 messages can’t be read yet/)
    await expect.element(row('Priya')).toMatchTextContent(/Has a question for you/)
    await expect.element(row('Keiko')).toMatchTextContent(/2 unread/)
    await expect.element(row('Invite for Lena')).toMatchTextContent(/Waiting for answer · step 1 of 3/)
  })

  test('follows the events: a new message moves its conversation to the top', async () => {
    const { bridge } = await renderApp(busyState())
    await expect.element(row('Mira')).toBeVisible()
    bridge.emit({
      type: 'conversation',
      conversation: {
        ...people.elin,
        activity: Date.now() * 2,
        unread: 1,
        last: { text: 'Here!', own: false, at: Date.now(), status: 'received', deleted: false, file: null },
      },
    })
    await expect.poll(() => document.querySelector('.list .row')?.textContent).toContain('Elin')
    expect(document.title).toBe('(3) Cairn')
  })
})

describe('the edge of the sidebar', () => {
  const edge = () => document.querySelector('[role=separator]') as HTMLElement
  const listWidth = () => document.querySelector('.sidebar')?.getBoundingClientRect().width
  beforeEach(() => localStorage.clear())

  test('moves with the keys, within its limits, and is where it was the next time', async () => {
    const { screen } = await renderApp(busyState())
    await expect.poll(listWidth).toBe(300)
    edge().focus()
    await userEvent.keyboard('{ArrowRight}{ArrowRight}')
    await expect.poll(listWidth).toBe(320)
    expect(edge().getAttribute('aria-valuenow')).toBe('320')
    await userEvent.keyboard('{End}{ArrowRight}')
    await expect.poll(listWidth).toBe(420)
    await userEvent.keyboard('{Home}{ArrowLeft}')
    await expect.poll(listWidth).toBe(240)
    await screen.unmount()
    await renderApp(busyState())
    await expect.poll(listWidth).toBe(240)
    edge().dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
    await expect.poll(listWidth).toBe(300)
  })

  test('is dragged', async () => {
    await renderApp(busyState())
    const at = (type: string, clientX: number) =>
      edge().dispatchEvent(new PointerEvent(type, { clientX, pointerId: 1, button: 0, bubbles: true, cancelable: true }))
    edge().setPointerCapture = () => undefined // a pointer that is no real one cannot be captured
    at('pointerdown', 300)
    at('pointermove', 365)
    await expect.poll(listWidth).toBe(365)
    at('pointermove', 2000)
    await expect.poll(listWidth).toBe(420)
    at('lostpointercapture', 2000)
    at('pointermove', 300)
    await expect.poll(listWidth).toBe(420)
  })

  test.each(['-5', 'wide', '1e9', ''])('a kept width of %j does no harm', async (kept) => {
    localStorage.setItem('cairn.sidebar-width', kept)
    await renderApp(busyState())
    await expect.poll(() => [240, 300, 420].includes(listWidth() ?? 0)).toBe(true)
  })
})

describe('keyboard', () => {
  test('F6 goes from pane to pane', async () => {
    const { screen } = await renderApp(busyState())
    await row('Mira').click()
    await expect.element(screen.getByRole('textbox', { name: 'Message Mira' })).toHaveFocus()
    await userEvent.keyboard('{F6}')
    expect(document.activeElement?.classList).toContain('row')
    await userEvent.keyboard('{F6}')
    await expect.element(screen.getByRole('log')).toHaveFocus()
    await userEvent.keyboard('{Shift>}{F6}{/Shift}')
    expect(document.activeElement?.classList).toContain('row')
  })

  test('Ctrl+I opens the details, Alt+Down the next conversation, Ctrl+O the dialog, which Escape closes', async () => {
    const { screen } = await renderApp(busyState())
    await row('Mira').click()
    await userEvent.keyboard('{Control>}i{/Control}')
    await expect.element(screen.getByRole('complementary', { name: 'Details of Mira Holt' })).toBeVisible()
    await userEvent.keyboard('{Alt>}{ArrowDown}{/Alt}')
    await expect.element(screen.getByRole('heading', { name: 'Noor Haddad', level: 1 })).toBeVisible()
    await userEvent.keyboard('{Control>}o{/Control}')
    await expect.element(screen.getByRole('dialog', { name: 'Accept an invite' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(screen.getByRole('dialog')).not.toBeInTheDocument()
  })

  test('the New menu opens with the keyboard and gives the focus back', async () => {
    const { screen } = await renderApp(busyState())
    ;(screen.getByRole('button', { name: 'New', exact: true }).element() as HTMLElement).focus()
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(screen.getByRole('menuitem', { name: /^Invite someone/ })).toHaveFocus()
    await userEvent.keyboard('{ArrowDown}')
    await expect.element(screen.getByRole('menuitem', { name: /^Accept an invite/ })).toHaveFocus()
    await userEvent.keyboard('{Escape}')
    await expect.element(screen.getByRole('button', { name: 'New', exact: true })).toHaveFocus()
  })

  test('a narrow window shows one column, with a way back', async () => {
    const { screen } = await renderApp(busyState(), {}, 720)
    await row('Mira').click()
    await expect.element(screen.getByRole('log')).toBeVisible()
    await expect.element(row('Noor')).not.toBeInTheDocument()
    await screen.getByRole('button', { name: 'Back to conversations' }).click()
    await expect.element(row('Noor')).toBeVisible()
    await row('Mira').click()
    await userEvent.keyboard('{Escape}')
    await expect.element(row('Mira')).toHaveFocus()
  })
})

describe('inviting', () => {
  const lena = invite('Lena', { short: null, state: 'preparing' })
  const make = async () => {
    const app = await renderApp(emptyState(), {
      'invites.create': ({ label }: { label: string }) => ({ ...lena, label }),
      'invites.cancel': () => ({ ...lena, state: 'cancelled' }),
    })
    await app.screen.getByRole('button', { name: 'Invite someone' }).click()
    await app.screen.getByRole('textbox', { name: 'Who is it for?' }).fill('Lena')
    await app.screen.getByRole('button', { name: 'Make invite' }).click()
    return app
  }

  test('the link is prepared, then copied; the file works meanwhile', async () => {
    const { asked, bridge, screen } = await make()
    expect(asked('invites.create')).toEqual([{ label: 'Lena', days: 14 }])
    await expect.element(screen.getByText('Preparing the link…')).toBeVisible()
    await screen.getByRole('tab', { name: 'File' }).click()
    await expect.element(screen.getByRole('button', { name: 'Save…' })).toBeVisible()
    await userEvent.keyboard('{ArrowLeft}')
    bridge.emit({ type: 'invite', invite: { ...lena, label: 'Lena', state: 'open', short: 'cairn1abc' } })
    await expect.element(screen.getByText('cairn1abc')).toBeVisible()
  })

  test('cancelling asks first; keeping leads back to the invite', async () => {
    const { asked, screen } = await make()
    await screen.getByRole('button', { name: 'Cancel invite' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'Cancel this invite?' })).toBeVisible()
    await screen.getByRole('button', { name: 'Keep invite' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'Invite someone' })).toBeVisible()
    expect(asked('invites.cancel')).toEqual([])
    await screen.getByRole('button', { name: 'Cancel invite' }).click()
    await screen.getByRole('button', { name: 'Cancel invite' }).click()
    await expect.poll(() => asked('invites.cancel')).toEqual([{ id: lena.id }])
    await expect.element(row('Invite for Lena')).not.toBeInTheDocument()
  })

  test('an answer turns the open invite into its conversation', async () => {
    const state = busyState()
    const { bridge, screen } = await renderApp(state)
    await row('Invite for Lena').click()
    await expect.element(screen.getByRole('heading', { name: 'Your invite for Lena' })).toBeVisible()
    bridge.emit({ type: 'conversation', conversation: { ...people.noor, id: 'c'.repeat(64), name: 'Lena Brandt' } })
    bridge.emit({ type: 'invite', invite: { ...invite('Lena'), state: 'answered', contactId: 'c'.repeat(64) } })
    await expect.element(screen.getByRole('heading', { name: 'Connecting with Lena Brandt' })).toBeVisible()
    await expect.element(row('Invite for Lena')).not.toBeInTheDocument()
  })
})

describe('accepting', () => {
  const full = {
    kind: 'full',
    text: 'armored',
    id: 'e'.repeat(64),
    name: 'Elin Sørensen',
    relays: ['wss://relay.kestrel.example:7443'],
    expires: Date.now() + 1e8,
    uses: 'one',
    relation: 'new',
  }

  test('a paste shows who invites before anything is sent; Connect opens the conversation', async () => {
    const { asked, screen } = await renderApp(busyState(), { 'invites.inspect': () => full, 'invites.accept': () => people.noor })
    await screen.getByRole('button', { name: 'Accept an invite' }).click()
    await screen.getByRole('textbox', { name: 'Invite link or text' }).fill('-----BEGIN CAIRN INVITE-----')
    await screen.getByRole('button', { name: 'Continue' }).click()
    const dialog = screen.getByRole('dialog', { name: 'Connect with Elin Sørensen?' })
    await expect.element(dialog).toMatchTextContent(/Nothing has been sent yet\..*id eeee eeee … eeee.*Meets at relay\.kestrel\.example/)
    expect(asked('invites.accept')).toEqual([])
    await screen.getByRole('button', { name: 'Connect', exact: true }).click()
    await expect.element(screen.getByRole('heading', { name: 'Connecting with Noor Haddad' })).toBeVisible()
    expect(asked('invites.accept')).toEqual([{ text: 'armored' }])
  })

  test('a refusal is named and the text can be mended', async () => {
    const { screen } = await renderApp(busyState(), {
      'invites.inspect': () => {
        throw new CairnError('invite.own')
      },
    })
    await screen.getByRole('button', { name: 'Accept an invite' }).click()
    await screen.getByRole('textbox', { name: 'Invite link or text' }).fill('cairn1mine')
    await screen.getByRole('button', { name: 'Continue' }).click()
    await expect.element(screen.getByRole('alert')).toMatchTextContent(/^This is your own invite\. Send it to somebody else\.$/)
    await expect.element(screen.getByRole('textbox', { name: 'Invite link or text' })).toHaveValue('cairn1mine')
  })

  test('a file dropped anywhere opens the preview', async () => {
    const { asked, screen } = await renderApp(busyState(), { 'invites.inspect': () => full })
    await expect.element(row('Mira')).toBeVisible()
    const data = new DataTransfer()
    data.items.add(new File(['from a file'], 'Invite.cairn'))
    document.body.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }))
    await expect.element(screen.getByRole('heading', { name: 'Drop the invite anywhere' })).toBeVisible()
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
    await expect.element(screen.getByRole('dialog', { name: 'Connect with Elin Sørensen?' })).toBeVisible()
    expect(asked('invites.inspect')).toEqual([{ text: 'from a file' }])
  })

  test('the same name with other keys is a warning, and the harmless answer is the main one', async () => {
    const { screen } = await renderApp(busyState(), { 'invites.inspect': () => ({ ...full, relation: 'same-name-other-keys' }) })
    await screen.getByRole('button', { name: 'Accept an invite' }).click()
    await screen.getByRole('textbox', { name: 'Invite link or text' }).fill('x')
    await screen.getByRole('button', { name: 'Continue' }).click()
    await expect.element(screen.getByRole('alert')).toMatchTextContent(/This doesn’t come from the Elin you know\./)
    await expect.element(screen.getByRole('button', { name: 'Not now' })).toHaveClass('btn-primary')
  })
})
