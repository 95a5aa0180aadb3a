/**
 * Starts webgpu.ts: needs Node and `npm ci`, no browser. `--pack FOLDER` instead makes a folder that needs
 * neither: the bench as one file, its kernels, Dawn for this kind of machine, and Node itself. There
 * it runs with `./node bench.mjs`.
 */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { root, setupOrExit } from '../../../server/setup/setup.mjs'

const script = join(root, 'e2e/bench/kernels/webgpu.ts')

/** @param {string} folder */
async function pack(folder) {
  const { build } = await import('vite')
  await build({
    ...{ root, configFile: false, logLevel: 'error', publicDir: false },
    ssr: { noExternal: true, external: ['webgpu', 'playwright'] },
    build: {
      ...{ ssr: script, outDir: folder, emptyOutDir: true, target: 'node20' },
      rolldownOptions: { output: { entryFileNames: 'bench.mjs', codeSplitting: false } },
    },
  })
  mkdirSync(join(folder, 'kernels'))
  for (const app of ['lasso', 'mf'])
    copyFileSync(join(root, `public/kernels/${app}.wasm`), join(folder, `kernels/${app}.wasm`))
  const dawn = 'node_modules/webgpu'
  const platform = `dist/${process.platform}-${process.platform === 'darwin' ? 'universal' : process.arch}`
  for (const part of ['package.json', 'index.js', 'LICENSE.md', platform])
    cpSync(join(root, dawn, part), join(folder, dawn, part), { recursive: true })
  copyFileSync(process.execPath, join(folder, 'node'))
  console.log(`cd ${folder} && ./node bench.mjs`)
}

await setupOrExit({ dev: true })
const at = process.argv.indexOf('--pack')
const folder = at < 0 ? undefined : process.argv[at + 1]
if (folder) await pack(resolve(folder))
else {
  const { runnerImport } = await import('vite')
  await runnerImport(script, { root, configFile: false, logLevel: 'error' })
}
