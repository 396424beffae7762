import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const at = (path: string) => resolve(import.meta.dirname, path)

/** `#shared/*` and its like need no alias: they are `imports` of package.json, which Node, Vite and tsc all read. */
export default defineConfig({
  main: {
    build: {
      // What is in "dependencies" (the native modules alone) stays external; everything else is bundled and need not be shipped.
      rolldownOptions: {
        input: {
          electron: at('src-main/electron/main.ts'),
          host: at('src-main/node/main.ts'),
          argon2Worker: at('src-main/crypto/argon2Worker.ts'),
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false, // a sandboxed preload can require only 'electron' and a few built-ins
      rolldownOptions: {
        input: { index: at('src-preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    plugins: [vue()],
    build: {
      outDir: at('out/renderer'),
      minify: true,
      chunkSizeWarningLimit: 600, // the names of all emoji, which only a picker loads
      rolldownOptions: { input: at('src-renderer/index.html') },
    },
  },
})
