import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    // The policy of the page allows no `data:` addresses, and its one module needs no preloading.
    assetsInlineLimit: 0,
    modulePreload: false,
    // The first versions that know `light-dark()`.
    target: ['chrome123', 'firefox120', 'safari17.5'],
  },
})
