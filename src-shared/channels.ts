/** The two names that the preload and the Electron host have in common. */
export const channels = { call: 'cairn:call', event: 'cairn:event' } as const
