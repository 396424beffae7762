import type { Service, ServiceContext } from '../service.ts'

export const createDirectory = (_context: ServiceContext): Service => ({ routes: [] })
