import { createApp, type App as VueApp } from 'vue'
import App from '../../../src-renderer/App.vue'
import { createClient } from '../../../src-renderer/api.ts'
import { useAppearance } from '../../../src-renderer/stores/appearance.ts'
import { useApp } from '../../../src-renderer/stores/app.ts'
import { connectStores } from '../../../src-renderer/stores/connect.ts'
import { useConversations } from '../../../src-renderer/stores/conversations.ts'
import { createStores } from '../../../src-renderer/stores/pinia.ts'
import { useUi } from '../../../src-renderer/stores/ui.ts'
import '../../../src-renderer/styles/tokens.css'
import '../../../src-renderer/styles/app.css'
import { createFakeBridge } from '../fakeBridge.ts'
import { scenes } from './scenes.ts'

const pause = () => new Promise((resolve) => setTimeout(resolve, 10))
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))

/** Shows `?scene=NAME`, with `&language=de&size=200&theme=dark` as wanted; without a name, a list of all. */
const asked = new URLSearchParams(location.search)
let shown: VueApp | null = null

/** Nothing of the scene before is left: a page need not be loaded for each. */
function clear(): void {
  shown?.unmount()
  for (const { name } of [...document.body.attributes]) document.body.removeAttribute(name)
  for (const name of Object.keys(document.documentElement.dataset)) delete document.documentElement.dataset[name]
  document.body.replaceChildren(Object.assign(document.createElement('div'), { id: 'app' }))
  getSelection()?.removeAllRanges()
  localStorage.clear()
  sessionStorage.clear()
}

async function show(name: string): Promise<void> {
  const scene = scenes[name]
  if (!scene) throw new Error(`no scene ${name}`)
  clear()
  const bridge = createFakeBridge(scene.state(), scene.answers)
  const pinia = createStores(createClient(bridge))
  shown = createApp(App).use(pinia)
  const language = asked.get('language') === 'de' ? 'de' : 'en'
  const theme = asked.get('theme') === 'dark' ? 'dark' : 'system'
  bridge.state.appearance = { theme, textSize: Number(asked.get('size') ?? 100), language }
  await useAppearance(pinia).load()
  connectStores(bridge, pinia)
  shown.mount('#app')
  const loaded = () =>
    useApp(pinia).failure !== null ||
    (useApp(pinia).state !== null && (useApp(pinia).state?.phase !== 'open' || useConversations(pinia).loaded))
  /** Screens are fetched when they are needed. */
  const isShown = () => document.querySelector('.screens > *, .notice') !== null
  // The scene's own steps come after the first load, as a person's would.
  while ((!loaded() || !isShown()) && name !== 'starting') await pause()
  await scene.then?.(pinia, bridge)
  while (document.querySelector('.screens') && useUi(pinia).dialog && !document.querySelector('dialog[open]')) await pause()
  await drawn()
  document.body.dataset['ready'] = 'yes'
}

const name = asked.get('scene')
if (name !== null) void show(name)
else {
  document.body.append(
    ...Object.keys(scenes).map((one) => Object.assign(document.createElement('p'), { innerHTML: `<a href="?scene=${one}">${one}</a>` })),
  )
  document.body.style.overflow = 'auto'
}
Object.assign(window, { show })
