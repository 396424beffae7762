import type { Service, ServiceContext } from '../service.ts'

/** The *server* of seed 002: accounts, access tokens, session challenges. */
export const createAccountServer = (_context: ServiceContext & { keyServerToken: string | null }): Service => ({ routes: [] })
