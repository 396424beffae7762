import type { Envelope } from '../api/http.ts'
import type { Service, ServiceContext } from '../service.ts'

export const createRegistration = (_context: ServiceContext & { compatOmni: boolean }): Service & { envelope: Envelope } => ({
  routes: [],
  envelope: () => null,
})
