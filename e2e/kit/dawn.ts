/**
 * WebGPU in Node, for tests and measurements: Dawn, from the npm package `webgpu`, which brings the
 * same shader compiler that Chromium has.
 *
 * It finds GPUs through Vulkan. Where the system has no Vulkan, that of a Chromium nearby serves: its
 * loader and SwiftShader, a GPU in software, lie beside the program.
 */
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { findBrowser } from '../../server/setup/browser.mjs'
import { projectDir } from '../lassoSets.ts'

/** Keep the library although it is no addon of Node's. */
const RTLD_NODELETE = 0x1000

interface Dawn {
  create(options: string[]): GPU
  globals: Record<string, unknown>
}

/** Dawn ends the process when this is collected while a device of it lives. */
const kept: GPU[] = []

/** A GPU object, or why there is none: a sentence for people. */
export async function openDawn(): Promise<GPU | string> {
  let dawn: Dawn
  try {
    // By a variable, because the types of the package are not needed and the package may be missing.
    const name = 'webgpu'
    dawn = (await import(/* @vite-ignore */ name)) as Dawn
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : error
    return `the package webgpu does not load here: ${why}`
  }
  for (const [name, value] of Object.entries(dawn.globals))
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value })
  for (const prepare of [async () => {}, lendVulkan]) {
    await prepare()
    const gpu = dawn.create([])
    kept.push(gpu)
    if (await gpu.requestAdapter()) return gpu
  }
  return 'no GPU, and no Chromium with SwiftShader beside it, was found'
}

/** Chromium's own Vulkan; nothing happens when somebody has named a driver. */
async function lendVulkan(): Promise<void> {
  if (process.env.VK_ICD_FILENAMES !== undefined) return
  for (const folder of await chromiumFolders()) {
    const driver = join(folder, 'vk_swiftshader_icd.json')
    const loader = join(folder, 'libvulkan.so.1')
    if (!existsSync(driver) || !existsSync(loader)) continue
    try {
      process.dlopen({ exports: {} }, loader, constants.dlopen.RTLD_NOW | RTLD_NODELETE)
    } catch {
      // "did not self-register": it is no addon, but it is loaded now, which is all that was wanted.
    }
    process.env.VK_ICD_FILENAMES = driver
    return
  }
}

async function chromiumFolders(): Promise<string[]> {
  const program = process.env.SHOAL_BROWSER ?? (await findBrowser(projectDir))
  const beside = program ? [dirname(realpathSync(program))] : []
  // Where distributions put what a script in the path starts.
  return [...beside, '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
}
