import { createApp } from 'vue'
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

/** Shows `?scene=NAME`, with `&language=de&size=200&theme=dark` as wanted; without a name, a list of all. */
const asked = new URLSearchParams(location.search)
const name = asked.get('scene') ?? ''
const scene = scenes[name]
if (scene) {
  const bridge = createFakeBridge(scene.state(), scene.answers)
  const pinia = createStores(createClient(bridge))
  const app = createApp(App).use(pinia)
  const language = asked.get('language') === 'de' ? 'de' : 'en'
  const theme = asked.get('theme') === 'dark' ? 'dark' : 'system'
  bridge.state.appearance = { theme, textSize: Number(asked.get('size') ?? 100), language }
  await useAppearance(pinia).load()
  connectStores(bridge, pinia)
  app.mount('#app')
  const loaded = () =>
    useApp(pinia).failure !== null ||
    (useApp(pinia).state !== null && (useApp(pinia).state?.phase !== 'open' || useConversations(pinia).loaded))
  /** Screens are fetched when they are needed. */
  const shown = () => document.querySelector('.screens > *, .notice') !== null
  // The scene's own steps come after the first load, as a person's would.
  const waitFor = async () => {
    while ((!loaded() || !shown()) && name !== 'starting') await pause()
    await scene.then?.(pinia, bridge)
    while (document.querySelector('.screens') && useUi(pinia).dialog && !document.querySelector('dialog[open]')) await pause()
    requestAnimationFrame(() => requestAnimationFrame(() => (document.body.dataset['ready'] = 'yes'))) // drawn
  }
  void waitFor()
} else {
  document.body.append(
    ...Object.keys(scenes).map((one) => Object.assign(document.createElement('p'), { innerHTML: `<a href="?scene=${one}">${one}</a>` })),
  )
  document.body.style.overflow = 'auto'
}
