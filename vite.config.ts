import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Every program of the tree: what the command line starts, its processes and its threads. */
const PROGRAMS = ['main', 'app/control-child', 'app/edge-child', 'app/shadow', 'storage/pglite-worker'] as const

/** `new URL('./edge-child.ts', import.meta.url)`: the programs lie in one folder, whatever room they are from. */
const startsBundles: Plugin = {
  name: 'starts-bundles',
  enforce: 'pre',
  transform: (code) => ({
    code: code.replaceAll(/new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g, "new URL('./$1.js', import.meta.url)"),
    map: null,
  }),
}

/** The demo stays as it is: it needs what only an install for development has. */
const leavesTheDemo: Plugin = {
  name: 'leaves-the-demo',
  enforce: 'pre',
  resolveId: (source) => (source.endsWith('/demo/demo.ts') ? { id: '../../src/demo/demo.ts', external: true } : undefined),
}

/** Of undici its connections alone: as a whole it is a third of the text that an edge's threads would keep, and it cannot be taken apart. */
const connectsAlone: Plugin = {
  name: 'connects-alone',
  enforce: 'pre',
  resolveId: (source) => (source === 'undici' ? '\0connects-alone' : undefined),
  load: (id) => (id === '\0connects-alone' ? "export { default as buildConnector } from 'undici/lib/core/connect.js'" : undefined),
}

/**
 * The server in a few files instead of a thousand, which halves what a start costs. It is in `dist/server`, as deep as the rooms of `src`, so that paths to files of the
 * package are the same from both.
 */
export default defineConfig({
  plugins: [startsBundles, leavesTheDemo, connectsAlone],
  ssr: { noExternal: true, external: ['@electric-sql/pglite', 'pg-native'] },
  build: {
    ssr: true,
    outDir: place('dist/server'),
    emptyOutDir: true,
    target: 'node24',
    minify: false,
    rolldownOptions: {
      input: Object.fromEntries(PROGRAMS.map((path) => [path.split('/').at(-1) ?? path, place(`src/${path}.ts`)])),
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'part-[hash].js',
        // V8 keeps the text of what it runs, in each thread by itself, and two bytes a character where a single one needs them.
        charset: 'ascii',
        comments: { legal: true, annotation: false, jsdoc: false },
      },
    },
  },
})
