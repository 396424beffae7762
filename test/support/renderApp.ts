import { vi } from 'vitest'
import { page } from 'vitest/browser'
import { render } from 'vitest-browser-vue'
import App from '../../src-renderer/App.vue'
import { createClient } from '../../src-renderer/api.ts'
import { connectStores } from '../../src-renderer/stores/connect.ts'
import { createStores } from '../../src-renderer/stores/pinia.ts'
import '../../src-renderer/components/DialogHost.vue'
import '../../src-renderer/views/FirstStart.vue'
import '../../src-renderer/views/MainView.vue'
import '../../src-renderer/styles/tokens.css'
import '../../src-renderer/styles/app.css'
import { createFakeBridge, type FakeBridge } from './fakeBridge.ts'
import type { FakeState } from './fakeModel.ts'

/** The whole window over a scripted app, wired as `main.ts` wires it; wide enough for three columns unless told otherwise. */
export async function renderApp(state: FakeState, answers: FakeBridge['answers'] = {}, width = 1200, height = 800) {
  await page.viewport(width, height)
  const bridge = createFakeBridge(state, answers)
  const pinia = createStores(createClient(bridge))
  const install = { install: () => void connectStores(bridge, pinia) }
  const screen = await render(App, { global: { plugins: [pinia, install] } })
  await vi.waitUntil(isThere, { timeout: 1_000 }).catch(() => undefined) // some tests are about an app that never answers
  /** What the window asked of a method, oldest first. */
  const asked = (method: string) => bridge.calls.filter((call) => call.method === method).map(({ input }) => input)
  return { bridge, pinia, screen, asked }
}

/** Screens are fetched when they are needed; a person presses no keys before they see one. */
const isThere = () => document.querySelector('.screens > *, .notice [role=alert]')
