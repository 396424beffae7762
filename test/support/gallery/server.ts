import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { build, preview, type InlineConfig } from 'vite'

/**
 * Builds the gallery as the window itself is built and serves it on a free loopback port: a scene is there in a fraction of the time
 * that hundreds of single modules take. `npx vite test/support/gallery` would do for looking at it by hand.
 */
export async function serveGallery(): Promise<{ url: string; close: () => Promise<void> }> {
  const outDir = mkdtempSync(join(tmpdir(), 'cairn-gallery-'))
  const config: InlineConfig = {
    ...{ configFile: false, root: resolve(import.meta.dirname), logLevel: 'error', plugins: [vue()] },
    build: { outDir, emptyOutDir: false, target: 'esnext' },
    preview: { port: 0, host: '127.0.0.1' },
  }
  await build(config)
  const server = await preview(config)
  const address = server.httpServer.address()
  if (address === null || typeof address !== 'object') throw new Error('the gallery is not listening')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async close() {
      await server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
  }
}
