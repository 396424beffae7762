import { afterEach, describe, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { CairnError } from '#shared/errors.ts'
import { busyState, emptyState, people } from '#test/support/fakeState.ts'
import { renderApp } from '#test/support/renderApp.ts'
import { dates } from '../../../src-renderer/composables/dates.ts'
import { speak } from '../../../src-renderer/locales/index.ts'
import { useUi, type SettingsSection } from '../../../src-renderer/stores/ui.ts'

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
const root = document.documentElement

afterEach(async () => {
  root.style.fontSize = ''
  delete root.dataset['theme']
  root.lang = 'en'
  await speak('en')
  dates.speak('en')
})

async function open(section: SettingsSection, answers = {}, state = busyState()) {
  const app = await renderApp(state, answers)
  useUi(app.pinia).open({ kind: 'settings', section })
  return app
}

describe('appearance', () => {
  test('the theme is the system’s until another is chosen, and changes at once', async () => {
    const { asked } = await open('appearance')
    expect(root.dataset['theme']).toBeUndefined()
    await page.getByRole('radio', { name: 'Dark' }).click()
    await expect.poll(() => root.dataset['theme']).toBe('dark')
    expect(getComputedStyle(root).colorScheme).toBe('dark')
    await page.getByRole('radio', { name: 'As the system' }).click()
    await expect.poll(() => root.dataset['theme']).toBeUndefined()
    expect(asked('appearance.set')).toEqual([{ theme: 'dark' }, { theme: 'system' }])
  })

  test('text grows step by step to twice its size; the window then shows one column, and back', async () => {
    await open('appearance')
    await button('Larger').click()
    await expect.poll(() => root.style.fontSize).toBe('110%')
    const slider = page.getByRole('slider', { name: 'Text size' })
    ;(slider.element() as HTMLElement).focus()
    await userEvent.keyboard('{End}')
    await expect.poll(() => getComputedStyle(root).fontSize).toBe('32px')
    await expect.element(slider).toHaveAttribute('aria-valuetext', '200 %')
    await expect.element(button('Larger')).toHaveAttribute('aria-disabled', 'true')
    await expect.poll(() => getComputedStyle(document.querySelector('.app')!).gridTemplateColumns.split(' ').length).toBe(1)
    await button('Usual size').click()
    await expect.poll(() => getComputedStyle(root).fontSize).toBe('16px')
    await expect.poll(() => getComputedStyle(document.querySelector('.app')!).gridTemplateColumns.split(' ').length).toBeGreaterThan(1)
  })

  test('another language is spoken at once, dates included, and the settings stay open', async () => {
    await open('appearance')
    await page.getByLabelText('Language').selectOptions('Deutsch')
    await expect.element(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible()
    await expect.element(page.getByRole('tab', { name: 'Aussehen' })).toHaveAttribute('aria-selected', 'true')
    expect(root.lang).toBe('de')
    await expect.element(page.getByRole('navigation', { name: 'Unterhaltungen' })).toBeInTheDocument()
    await page.getByLabelText('Sprache').selectOptions('English')
    await expect.element(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  })

  test('another window’s choice arrives by itself; a refusal is said', async () => {
    const { bridge } = await open('appearance', {
      'appearance.set': () => {
        throw new CairnError('keystore.unwritable')
      },
    })
    bridge.emit({ type: 'appearance', appearance: { theme: 'light', textSize: 150, language: 'de' } })
    await expect.poll(() => [root.dataset['theme'], root.style.fontSize, root.lang]).toEqual(['light', '150%', 'de'])
    await page.getByRole('radio', { name: 'Dunkel' }).click()
    await expect.element(page.getByText('Cairn darf nicht in seinen Ordner schreiben.')).toBeVisible()
  })
})

describe('a profile as a file', () => {
  test('what is used is said; saving asks for the passphrase of today and a new one twice', async () => {
    let wrong = true
    const { asked } = await open('data', {
      'profile.export': () => {
        if (wrong) throw new CairnError('keystore.wrong-passphrase', { details: { seconds: 2 } })
        return { path: '/export/none', name: 'Cairn Jonas.cairn-profile' }
      },
    })
    await expect.element(page.getByText('35 MB of messages and keys, 1.3 GB of files. All of it encrypted.')).toBeVisible()
    await button('Save as a file…').click()
    await page.getByLabelText('Passphrase of this profile').fill('today')
    await page.getByLabelText('Passphrase for the file').fill('copper lantern drifts')
    await expect.element(button('Save…')).toHaveAttribute('aria-disabled', 'true')
    await page.getByLabelText('The same once more').fill('copper lantern drifts')
    await button('Save…').click()
    await expect.element(page.getByText(/That passphrase doesn’t open Cairn/)).toBeVisible()
    wrong = false
    await button('Save…').click()
    await expect.element(page.getByText(/Cairn Jonas.cairn-profile is on its way/)).toBeVisible()
    expect(asked('profile.export').at(-1)).toEqual({ current: 'today', passphrase: 'copper lantern drifts' })
  })

  test('with the keychain there is no passphrase of today', async () => {
    const state = busyState()
    state.app.unlock = 'keychain'
    await open('data', {}, state)
    await button('Save as a file…').click()
    await expect.element(page.getByLabelText('Passphrase for the file')).toBeVisible()
    await expect.element(page.getByLabelText('Passphrase of this profile')).not.toBeInTheDocument()
  })

  test('a file is brought in piece by piece; after a wrong passphrase not a second time', async () => {
    let wrong = true
    const { asked, bridge } = await renderApp(emptyState('first-start'))
    const finish = bridge.answers['import.finish']
    bridge.answers['import.finish'] = (input: never) => {
      if (wrong) throw new CairnError('import.wrong-passphrase', { details: { seconds: 1 } })
      return finish ? finish(input) : { ...busyState().app }
    }
    await button('Bring a profile from a file').click()
    const content = new Uint8Array(1_200_000).map((_, i) => i % 251)
    await userEvent.upload(document.querySelector<HTMLElement>('input[type=file]')!, new File([content], 'mine.cairn-profile'))
    await expect.element(page.getByText('mine.cairn-profile (1.2 MB)')).toBeVisible()
    await page.getByLabelText('Passphrase of the file').fill('wrong one')
    await button('Bring it in').click()
    await expect.element(page.getByText('That passphrase doesn’t open the file.')).toBeVisible()
    wrong = false
    await button('Bring it in').click()
    await expect.poll(() => asked('import.finish').length).toBe(2)
    expect(asked('import.begin')).toEqual([{ size: content.length }])
    const pieces = asked('import.append') as { offset: number; data: string }[]
    expect(pieces.length).toBeGreaterThan(2)
    const joined = pieces.map(({ data }) => atob(data)).join('')
    expect(Uint8Array.from(joined, (character) => character.charCodeAt(0))).toEqual(content)
  })

  test('who goes back leaves nothing behind', async () => {
    const { asked } = await renderApp(emptyState('first-start'), {
      'import.finish': () => {
        throw new CairnError('import.wrong-passphrase')
      },
    })
    await button('Bring a profile from a file').click()
    await userEvent.upload(document.querySelector<HTMLElement>('input[type=file]')!, new File(['x'], 'mine.cairn-profile'))
    await page.getByLabelText('Passphrase of the file').fill('wrong one')
    await button('Bring it in').click()
    await expect.element(page.getByText('That passphrase doesn’t open the file.')).toBeVisible()
    await button('Back').click()
    await expect.poll(() => asked('import.cancel')).toEqual([{ id: '00'.repeat(16) }])
    await expect.element(page.getByLabelText('Your name')).toBeVisible()
  })
})

test('a conversation is saved after the window has said that the page is not encrypted', async () => {
  const { asked, pinia } = await renderApp(busyState())
  useUi(pinia).open({ kind: 'exportConversation', id: people.mira.id })
  await expect.element(page.getByText(/It is not encrypted/)).toBeVisible()
  await button('Save page…').click()
  await expect.poll(() => asked('conversations.export')).toEqual([{ id: people.mira.id, language: 'en' }])
})
