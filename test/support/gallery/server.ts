import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { createServer } from 'vite'

/** Serves the gallery on a free loopback port; `npx vite test/support/gallery` would do for looking at it by hand. */
export async function serveGallery(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = await createServer({
    configFile: false,
    root: resolve(import.meta.dirname),
    logLevel: 'error',
    plugins: [vue()],
    cacheDir: resolve(import.meta.dirname, '../../../node_modules/.vite-gallery'),
    optimizeDeps: {
      include: ['vue', 'pinia', 'valibot', '@noble/hashes/sha2.js', '@noble/hashes/utils.js', '@scure/base', 'qr', 'qr/decode.js'],
    },
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null, fs: { allow: [resolve(import.meta.dirname, '../../..')] } },
  })
  await server.listen()
  const address = server.httpServer?.address()
  if (address === null || typeof address !== 'object') throw new Error('the gallery is not listening')
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() }
}
