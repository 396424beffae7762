import { createApp } from 'vue'
import App from './App.vue'
import { createClient } from './api.ts'
import { createHttpBridge } from './httpBridge.ts'
import { useAppearance } from './stores/appearance.ts'
import { connectStores } from './stores/connect.ts'
import { createStores } from './stores/pinia.ts'
import './styles/tokens.css'
import './styles/app.css'

const bridge = globalThis.cairn ?? createHttpBridge({ origin: location.origin })
const pinia = createStores(createClient(bridge))
const app = createApp(App).use(pinia) // before the first store is used: only then do stores get their api
// Before anything is shown, so that nothing is shown in another language or light first.
await useAppearance(pinia).load()
connectStores(bridge, pinia)
app.mount('#app')
