/**
 * `import … from 'node:http'` makes Node read all that this module exports; its WebSocket is among it, and so the whole of undici is loaded, 40 ms
 * of a start, which nobody here uses. Asked for by a call, the same module comes without.
 */
export const { Agent, createServer, request } = process.getBuiltinModule('node:http')
