import type { Service, ServiceContext } from '../service.ts'

/** The *key server* of seed 002. `validate` asks the server: in this process, or over the network. */
export const createKeyServer = (_context: ServiceContext & { serverUrl: string | null; keyServerToken: string | null }): Service => ({
  routes: [],
})
