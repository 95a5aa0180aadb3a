/**
 * One config, three uses: `vite build` makes the pages (dist/client), `vite build --mode server`
 * makes the server (dist/server; npm packages stay outside but for two), `vitest` runs the tests.
 */
/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const pages = {
  root: at('client'),
  publicDir: at('public'),
  base: './',
  oxc: { jsx: { runtime: 'automatic' as const, importSource: 'preact' } },
  worker: { format: 'es' as const },
  build: {
    outDir: at('dist/client'),
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      input: { volunteer: at('client/index.html'), dashboard: at('client/dashboard.html') },
    },
  },
}

const server = {
  root: at('.'),
  publicDir: false as const,
  // All commands need these two, a hundred small files: 165 ms of a core to start became 115.
  ssr: { noExternal: ['zod', 'commander'] },
  build: {
    ssr: true,
    outDir: at('dist/server'),
    emptyOutDir: true,
    target: 'node20',
    rolldownOptions: {
      input: {
        cli: at('server/cli.ts'),
        engineThread: at('server/io/engine/engineThread.ts'),
        ingestThread: at('server/io/ingest/ingestThread.ts'),
      },
      // All in one folder: import.meta.url of a chunk has the same neighbours as that of the entry.
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' },
    },
  },
}

const tests = {
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules', 'dist'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
}

export default defineConfig(({ mode }) =>
  mode === 'server' ? server : mode === 'test' ? tests : pages,
)
