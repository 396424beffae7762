/** Codes and pictures of them, through the window and the real worker. */
import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { address, busyState, details, fakeId, invite, people, request } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'
import { inviteBytes } from '../../../src-renderer/lib/codes.ts'
import { drawQr, qrModules, type QrContent } from '../../../src-renderer/lib/qr.ts'

const short = `cairn1${'q'.repeat(90)}`
const full = {
  ...{ kind: 'full', text: 'armored', id: 'e'.repeat(64), name: 'Elin Sørensen', relays: ['wss://relay.kestrel.example:7443'] },
  ...{ expires: Date.now() + 1e8, uses: 'one', relation: 'new' },
}

const canvas = (content: QrContent, scale = 6) => drawQr(qrModules(content) ?? [], scale)
const toBlob = (from: HTMLCanvasElement, type = 'image/png', quality?: number) =>
  new Promise<Blob>((resolve, reject) => from.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality))
const picture = async (content: QrContent) => toBlob(canvas(content))

/** Pictures side by side, or one alone, on a sheet of their own. */
function sheet(width: number, height: number, draw: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const made = Object.assign(document.createElement('canvas'), { width, height })
  const context = made.getContext('2d')!
  context.fillStyle = '#ddd'
  context.fillRect(0, 0, width, height)
  draw(context)
  return made
}

function drop(blob: Blob, name = 'picture', on: Element = document.body): void {
  const data = new DataTransfer()
  data.items.add(new File([blob], name, { type: blob.type }))
  on.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
}

async function dropped(blob: Blob, name?: string) {
  const app = await renderApp(busyState(), { 'invites.inspect': () => full })
  await expect.element(app.screen.getByRole('button', { name: /^Mira/ })).toBeVisible()
  drop(blob, name)
  return app
}

describe('an invite out of a picture', () => {
  const shows = async (blob: Blob, text: string) => {
    const { asked, screen } = await dropped(blob)
    await expect.element(screen.getByRole('dialog', { name: 'Connect with Elin Sørensen?' })).toBeVisible()
    expect(asked('invites.inspect')).toEqual([{ text }])
    expect(asked('invites.accept')).toEqual([])
  }
  const upper = `CAIRN:${short.toUpperCase()}`

  test('the small code', async () => shows(await picture(upper), upper))
  test('the full code, as the same armored text', async () => {
    const { text } = invite('Lena').file
    await shows(await picture(inviteBytes(text)), text)
  })
  test('a photograph: turned, unsharp, a JPEG', async () => {
    const code = canvas(upper, 7)
    const photo = sheet(1200, 900, (context) => {
      context.filter = 'blur(1px)'
      context.translate(500, 200)
      context.rotate(0.12)
      context.drawImage(code, 0, 0)
    })
    await shows(await toBlob(photo, 'image/jpeg', 0.6), upper)
  })
  test('twenty megapixels are looked at scaled down', async () => {
    const code = canvas(upper, 40)
    await shows(await toBlob(sheet(5000, 4000, (context) => context.drawImage(code, 900, 700))), upper)
  })
  test('another code beside it does not matter', async () => {
    const [one, two] = [canvas('https://example.org/somewhere'), canvas(upper)]
    const both = sheet(one.width + two.width + 120, two.height + 80, (context) => {
      context.drawImage(one, 20, 40)
      context.drawImage(two, one.width + 80, 40)
    })
    await shows(await toBlob(both), upper)
  })
  test('pasted into the field', async () => {
    const { asked, screen } = await renderApp(busyState(), { 'invites.inspect': () => full })
    await screen.getByRole('button', { name: 'Accept an invite' }).click()
    const field = screen.getByRole('textbox', { name: 'Invite link or text' })
    const data = new DataTransfer()
    data.items.add(new File([await picture(upper)], 'image.png', { type: 'image/png' }))
    field.element().dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    await expect.element(screen.getByRole('dialog', { name: 'Connect with Elin Sørensen?' })).toBeVisible()
    expect(asked('invites.inspect')).toEqual([{ text: upper }])
  })
})

describe('a picture that is none, or not of an invite, says so; nothing is asked of the app', () => {
  const refused = async (blob: Blob, words: RegExp, name?: string) => {
    const { asked, screen } = await dropped(blob, name)
    await expect.element(screen.getByRole('dialog').getByRole('alert')).toMatchTextContent(words)
    expect(asked('invites.inspect')).toEqual([])
    await expect.element(screen.getByRole('textbox', { name: 'Invite link or text' })).toBeVisible()
  }
  const pngHead = (width: number, height: number) => {
    const head = new DataView(new ArrayBuffer(64))
    ;[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52].forEach((byte, i) => head.setUint8(i, byte))
    head.setUint32(16, width)
    head.setUint32(20, height)
    return new Blob([head.buffer], { type: 'image/png' })
  }

  test('more than fifty megapixels', () => refused(pngHead(50_000, 50_000), /^This picture is too large\./))
  test('more bytes than are read', () =>
    refused(new Blob([new Uint8Array(33 * 1024 * 1024)], { type: 'image/png' }), /^This picture is too large\./))
  test('cut in the middle', async () => {
    const whole = await toBlob(
      sheet(900, 900, (context) => context.drawImage(canvas(short), 100, 100)),
      'image/png',
    )
    await refused(whole.slice(0, 60, 'image/png'), /^This picture is damaged\./)
  })
  test('an SVG that would unfold without end', () =>
    refused(
      new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/>', '<use href="#a"/>'.repeat(1000), '</svg>'], {
        type: 'image/svg+xml',
      }),
      /^This kind of picture can’t be read\./,
      'bomb.svg',
    ))
  test('nothing on it', async () => refused(await toBlob(sheet(400, 400, () => undefined)), /^There is no QR code to be seen/))
  test('another code', async () => refused(await picture('https://example.org/'), /^This code is not an invite\./))
  test('a safety number', async () => refused(await picture(details(people.mira).verifyCode), /^This code is not an invite\./))
  test('two invites', async () => {
    const [one, two] = [canvas(short), canvas(short.replace('qq', 'pp'))]
    const both = sheet(one.width * 2 + 120, one.height + 80, (context) => {
      context.drawImage(one, 20, 40)
      context.drawImage(two, one.width + 80, 40)
    })
    await refused(await toBlob(both), /^There is more than one code/)
  })
})

test('no camera: it says so, and the way back leads to the field', async () => {
  const { screen } = await renderApp(busyState())
  await screen.getByRole('button', { name: 'Accept an invite' }).click()
  await screen.getByRole('button', { name: 'Scan with the camera' }).click()
  await expect.element(screen.getByRole('alert')).toMatchTextContent(/^No camera was found\.|^Cairn may not use the camera\./)
  await screen.getByRole('button', { name: 'Back', exact: true }).click()
  await expect.element(screen.getByRole('textbox', { name: 'Invite link or text' })).toBeVisible()
})

describe('handing over', () => {
  const open = async () => {
    const state = busyState()
    const app = await renderApp(state)
    await app.screen.getByRole('button', { name: /^Invite for Lena/ }).click()
    await app.screen.getByRole('button', { name: 'Show link, file and QR code' }).click()
    return { ...app, made: state.invites[0]! }
  }
  const drag = (element: Element) => {
    const event = new DragEvent('dragstart', { dataTransfer: new DataTransfer(), bubbles: true, cancelable: true })
    element.dispatchEvent(event)
    return event.dataTransfer!
  }

  test('each code holds what it should: it reads back as the invite', async () => {
    const { made, screen } = await open()
    const seen = async (name: string) => (await fetch((screen.getByRole('img', { name }).element() as HTMLImageElement).src)).blob()
    const small = await seen('Small QR code of the invite')
    await screen.getByRole('tab', { name: 'Full QR' }).click()
    const whole = await seen('Full QR code of the invite')
    await screen.getByRole('button', { name: 'Enlarge' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'Full QR code of the invite' })).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(screen.getByRole('dialog', { name: 'Full QR code of the invite' })).not.toBeInTheDocument()
    await expect.element(screen.getByRole('dialog', { name: 'Invite someone' })).toBeVisible()
    await screen.unmount()
    for (const [blob, text] of [
      [small, `CAIRN:${made.short?.toUpperCase()}`],
      [whole, made.file.text],
    ] as const) {
      const { asked, screen: other } = await dropped(blob)
      await expect.poll(() => asked('invites.inspect')).toEqual([{ text }])
      await other.unmount()
    }
  })

  test('the file can be dragged out, as a file and as its text; dropped into the same window it means nothing', async () => {
    const { made, asked, screen } = await open()
    await screen.getByRole('tab', { name: 'File' }).click()
    const data = drag(document.querySelector('.dropfile')!)
    const [type, name, ...url] = data.getData('DownloadURL').split(':')
    expect([type, name]).toEqual(['application/octet-stream', made.file.name])
    expect(await (await fetch(url.join(':'))).text()).toBe(made.file.text)
    expect(data.getData('text/plain')).toBe(made.file.text)
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
    await expect.element(screen.getByRole('dialog', { name: 'Invite someone' })).toBeVisible()
    expect(asked('invites.inspect')).toEqual([])
  })

  test('a code can be dragged out as a picture', async () => {
    const { made, screen } = await open()
    const data = drag(screen.getByRole('img', { name: 'Small QR code of the invite' }).element())
    expect(data.getData('DownloadURL')).toMatch(/^image\/png:.*\.png:data:image\/png;base64,/)
    expect(data.getData('DownloadURL').split(':')[1]).toBe(made.file.name.replace('.cairn', '.png'))
  })
})

describe('requests and the public address', () => {
  const ola = request('Ola Nordmann')
  const asking = (more = {}) => renderApp({ ...busyState(), requests: { list: [ola], more: false } }, more)

  test('somebody who asks has a row; accepting opens the conversation', async () => {
    const { asked, bridge, screen } = await asking({ 'requests.accept': () => people.noor })
    await screen.getByRole('button', { name: /^1 request/ }).click()
    await expect.element(screen.getByRole('region', { name: 'Request of Ola Nordmann' })).toMatchTextContent(/Ola Nordmann.*id 3c3c/)
    await screen.getByRole('button', { name: 'Accept', exact: true }).click()
    await expect.element(screen.getByRole('heading', { name: 'Connecting with Noor Haddad' })).toBeVisible()
    expect(asked('requests.accept')).toEqual([{ id: ola.id }])
    bridge.emit({ type: 'requests', requests: { list: [], more: false } })
    await expect.element(screen.getByRole('button', { name: /request/ })).not.toBeInTheDocument()
  })

  test('declining and blocking say which; a refusal is shown', async () => {
    const { asked, screen } = await asking({
      'requests.decline': () => {
        throw new CairnError('request.unknown')
      },
    })
    await screen.getByRole('button', { name: /^1 request/ }).click()
    await screen.getByRole('button', { name: 'Block', exact: true }).click()
    await expect.poll(() => asked('requests.block')).toEqual([{ id: ola.id }])
    await screen.getByRole('button', { name: 'Decline' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'This request is no longer there.' })).toBeVisible()
  })

  test('an address is made, shown with its code, replaced and withdrawn; each of the last two asks first', async () => {
    const { asked, bridge, screen } = await renderApp(busyState(), {
      'invites.create': () => address({ short: null, state: 'preparing' }),
      'invites.cancel': () => address({ state: 'cancelled' }),
    })
    await screen.getByRole('button', { name: 'New', exact: true }).click()
    await screen.getByRole('menuitem', { name: /Invites and address/ }).click()
    await screen.getByRole('button', { name: 'Make an address' }).click()
    await expect.element(screen.getByText('Preparing the link…')).toBeVisible()
    bridge.emit({ type: 'invite', invite: address() })
    await expect.element(screen.getByRole('img', { name: 'QR code of your public address' })).toBeVisible()
    await screen.getByRole('button', { name: 'Replace…' }).click()
    await screen.getByRole('button', { name: 'Keep it' }).click()
    expect(asked('invites.create')).toEqual([{ uses: 'many' }])
    await screen.getByRole('button', { name: 'Withdraw…' }).click()
    await screen.getByRole('button', { name: 'Withdraw address' }).click()
    await expect.element(screen.getByRole('button', { name: 'Make an address' })).toBeVisible()
    expect(asked('invites.cancel')).toEqual([{ id: address().id }])
    await expect.element(screen.getByText('Invite for Lena').last()).toBeVisible()
  })
})

describe('comparing codes', () => {
  const compare = async (answer: () => unknown, code = details(people.keiko).verifyCode) => {
    const app = await renderApp(busyState(), { 'contacts.compare': answer })
    await app.screen.getByRole('button', { name: /^Keiko/ }).click()
    await app.screen.getByRole('button', { name: 'Details', exact: true }).click()
    await expect.element(app.screen.getByRole('img', { name: 'Your code, for Keiko to scan' })).toBeVisible()
    await app.screen.getByRole('button', { name: 'Scan…' }).click()
    await expect.element(app.screen.getByRole('dialog', { name: 'Scan a code' })).toBeVisible()
    drop(await picture(code), 'code.png', document.querySelector('dialog .dialog-body > *')!)
    return { ...app, code }
  }
  const keiko = (verified: 'yes' | 'mismatch') => () => ({
    ...details(people.keiko),
    verified,
    verifiedAt: verified === 'yes' ? Date.now() : null,
  })

  test('a match verifies', async () => {
    const { asked, screen, code } = await compare(keiko('yes'))
    await expect.element(screen.getByText('The codes match. Keiko is verified.')).toBeVisible()
    await expect.element(screen.getByText(/^Verified /).first()).toBeVisible()
    expect(asked('contacts.compare')).toEqual([{ id: people.keiko.id, code }])
    expect(asked('invites.inspect')).toEqual([])
  })

  test('a mismatch is loud, and stays in the details', async () => {
    const { screen } = await compare(keiko('mismatch'), `CAIRN-VERIFY:1:${fakeId('somebody').toUpperCase()}:${'AB'.repeat(32)}`)
    const alert = screen.getByRole('dialog').getByRole('alert')
    await expect.element(alert).toMatchTextContent(/The code does not match Keiko\..*Write nothing private here/)
    await expect.element(alert).toHaveClass('is-danger')
    await screen.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await expect.element(screen.getByRole('complementary').getByRole('alert')).toMatchTextContent(/does not match Keiko/)
    await expect.element(screen.getByRole('complementary').getByRole('button', { name: 'Scan again' })).toBeVisible()
  })

  test('the code of something else says so, and is not asked about', async () => {
    const { asked, screen } = await compare(keiko('yes'), 'https://example.org/')
    await expect.element(screen.getByRole('dialog').getByRole('alert')).toMatchTextContent(/^This code is not a safety number\./)
    expect(asked('contacts.compare')).toEqual([])
  })

  test('our own code proves nothing', async () => {
    const { screen } = await compare(() => {
      throw new CairnError('verify.own')
    })
    await expect.element(screen.getByRole('dialog').getByRole('alert')).toMatchTextContent(/^This is your own code\./)
  })
})

test('what was opened from outside waits for the profile, and leads to who invites before anything is sent', async () => {
  const state = { ...busyState(), app: { ...busyState().app, phase: 'locked' as const, profile: null } }
  state.app.capabilities = { ...state.app.capabilities, desktop: true }
  const waiting = ['cairn:cairn1opened', 'cairn:cairn1later']
  const { asked, bridge, screen } = await renderApp(state, {
    'desktop.take': () => ({ kind: 'invite', text: waiting.shift() }),
    'invites.inspect': () => full,
  })
  await expect.element(screen.getByRole('heading', { name: 'Unlock Cairn' })).toBeVisible()
  expect(asked('desktop.take')).toEqual([])
  await screen.getByLabelText('Passphrase', { exact: true }).fill('plain river stone lantern')
  await userEvent.keyboard('{Enter}')
  await expect.element(screen.getByRole('dialog', { name: 'Connect with Elin Sørensen?' })).toBeVisible()
  bridge.emit({ type: 'opened' })
  await expect.poll(() => asked('invites.inspect')).toEqual([{ text: 'cairn:cairn1opened' }, { text: 'cairn:cairn1later' }])
  expect(asked('invites.accept')).toEqual([])
})
