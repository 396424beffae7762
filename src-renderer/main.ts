import { createApp } from 'vue'
import App from './App.vue'
import { createClient } from './api.ts'
import { createHttpBridge } from './httpBridge.ts'
import { connectStores } from './stores/connect.ts'
import { createStores } from './stores/pinia.ts'
import './styles/tokens.css'
import './styles/app.css'

const bridge = globalThis.cairn ?? createHttpBridge({ origin: location.origin })
const pinia = createStores(createClient(bridge))
connectStores(bridge, pinia)
createApp(App).use(pinia).mount('#app')
