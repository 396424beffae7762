import { describe, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { MessageFile, TextMessage } from '#shared/contract/itemModels.ts'
import { file, fileAnswers } from '#test/support/fakeFiles.ts'
import { busyState, minutes, people, text } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'

const { mira } = people

async function open(files: { file: MessageFile; own?: boolean; text?: string }[] = []) {
  const state = busyState()
  const messages = files.map(({ file: one, own = false, text: said = '' }) => text('Mira Holt', said, minutes(1), { own, file: one }))
  state.items[mira.id] = messages
  const sent: unknown[] = []
  const app = await renderApp(state, {
    ...fileAnswers(sent),
    'conversations.delete': () => null,
    'files.list': () => ({ items: messages, more: false }),
  })
  await app.screen.getByRole('button', { name: /^Mira/ }).click()
  return { ...app, sent, messages, composer: app.screen.getByRole('textbox', { name: /^Message / }) }
}

/** As a browser does it when somebody drops or pastes. */
function bring(type: 'drop' | 'paste', ...files: File[]): void {
  const data = new DataTransfer()
  for (const one of files) data.items.add(one)
  const about = { bubbles: true, cancelable: true }
  const event =
    type === 'drop'
      ? new DragEvent('drop', { ...about, dataTransfer: data })
      : new ClipboardEvent('paste', { ...about, clipboardData: data })
  document.querySelector('.composer textarea')?.dispatchEvent(event)
}
const picture = async (): Promise<File> => {
  const canvas = new OffscreenCanvas(600, 400)
  canvas.getContext('2d')?.fillRect(0, 0, 600, 400)
  return new File([await canvas.convertToBlob({ type: 'image/jpeg' })], 'beach.jpg', { type: 'image/jpeg' })
}

describe('what will be sent', () => {
  test('is in a tray until it is sent or removed; the text goes with the first', async () => {
    const { screen, composer, sent, asked } = await open()
    bring('drop', new File(['12345'], 'a.txt', { type: 'text/plain' }), new File(['x'], 'b.txt'))
    bring('paste', new File(['yz'], 'c.txt'))
    const tray = screen.getByRole('list', { name: 'Files to send' })
    await expect.element(tray.getByText('a.txt')).toBeVisible()
    await screen.getByRole('button', { name: 'Remove b.txt' }).click()
    await composer.fill('both of them')
    await userEvent.keyboard('{Enter}')
    await expect
      .poll(() => sent)
      .toMatchObject([
        { id: mira.id, text: 'both of them', size: 5 },
        { id: mira.id, text: '', size: 2 },
      ])
    await expect.element(tray).not.toBeInTheDocument()
    expect(asked('conversations.send')).toEqual([])
    expect(asked('files.discard')).toHaveLength(1)
  })

  test('is a picture drawn anew, with a small one of itself and its sizes', async () => {
    const { asked } = await open()
    bring('drop', await picture())
    await expect.poll(() => asked('files.begin')).toHaveLength(1)
    expect(asked('files.begin')).toMatchObject([
      { name: 'beach.jpg', type: 'image/jpeg', width: 600, height: 400, preview: expect.stringMatching(/^UklGR/) as string },
    ])
    expect(document.querySelector('.tray-thumb')?.getAttribute('src')).toMatch(/^data:image\/webp;base64,UklGR/)
  })

  test('is said to keep what is written in it where it cannot be drawn anew, and to be dangerous where it is', async () => {
    const { screen } = await open()
    bring('drop', new File(['x'], 'a.heic', { type: 'image/heic' }), new File(['x'], 'run.bat'))
    await expect.element(screen.getByText(/place, time and device may be written in it/)).toBeVisible()
    await expect.element(screen.getByText(/This is a script/)).toBeVisible()
  })
})

describe('a file of a message', () => {
  test('says how far it is, how fast, and can be stopped', async () => {
    const moving = file({ state: 'receiving', done: 1_200_000, speed: 512_000 })
    const { screen, bridge, messages, asked } = await open([{ file: moving }])
    await expect.element(screen.getByText('1.1 MB of 2.3 MB · 500 KB/s')).toBeVisible()
    await expect.element(screen.getByRole('progressbar', { name: 'Progress of Itinerary.pdf' })).toHaveAttribute('aria-valuenow', '50')
    await screen.getByRole('button', { name: 'Cancel Itinerary.pdf' }).click()
    expect(asked('files.stop')).toEqual([{ id: mira.id, messageId: messages[0]?.id }])
    const { id: messageId, conversationId } = messages[0] as TextMessage
    bridge.emit({ type: 'file', conversationId, messageId, file: { ...moving, state: 'failed', error: 'file.gone' } })
    await expect.element(screen.getByText('The file is no longer at the relay.')).toBeVisible()
    await screen.getByRole('button', { name: 'Try Itinerary.pdf again' }).click()
    expect(asked('files.fetch')).toHaveLength(1)
  })

  test('of our own that comes back is stopped, and its message stays', async () => {
    const { screen, messages, asked } = await open([{ file: file({ state: 'receiving', done: 0 }), own: true }])
    await screen.getByRole('button', { name: 'Cancel Itinerary.pdf' }).click()
    expect(asked('files.stop')).toEqual([{ id: mira.id, messageId: messages[0]?.id }])
    expect(asked('conversations.delete')).toEqual([])
  })

  test('of our own is stopped by taking its message back', async () => {
    const { screen, messages, asked } = await open([{ file: file({ state: 'sending', done: 0 }), own: true }])
    await screen.getByRole('button', { name: 'Cancel Itinerary.pdf' }).click()
    expect(asked('conversations.delete')).toEqual([{ id: mira.id, messageIds: [messages[0]?.id], for: 'both' }])
  })

  test('at a relay of a stranger asks first', async () => {
    const { screen, asked } = await open([{ file: file({ state: 'asks', done: 0, relay: 'wss://relay.elsewhere.example:7443' }) }])
    await expect.element(screen.getByText(/relay\.elsewhere\.example.* a relay you don’t use/)).toBeVisible()
    expect(asked('files.fetch')).toEqual([])
    await screen.getByRole('button', { name: 'Fetch it from there' }).click()
    expect(asked('files.fetch')).toHaveLength(1)
  })

  test('that is dangerous is called so, and saved only after a question', async () => {
    const { screen } = await open([{ file: file({ name: 'photo.jpg.exe', savedName: 'photo.jpg.exe', danger: 'disguised' }) }])
    await expect.element(screen.getByText(/The name hides what this is/)).toBeVisible()
    await screen.getByRole('button', { name: 'Save photo.jpg.exe' }).click()
    await expect.element(screen.getByRole('dialog', { name: 'Save this file?' })).toBeVisible()
    await screen.getByRole('button', { name: 'Don’t save' }).click()
    await expect.element(screen.getByRole('dialog')).not.toBeInTheDocument()
  })

  test('is named to who listens, and in the list', async () => {
    const { screen } = await open([{ file: file({ kind: 'voice', type: 'audio/webm', seconds: 7 }), text: 'listen' }])
    await expect.element(screen.getByRole('article', { name: /Mira: Voice note: listen/ })).toBeVisible()
    await expect.element(screen.getByRole('button', { name: 'Play voice note, 0:07' })).toBeVisible()
  })
})
