/**
 * WebGPU in Node, for tests and measurements: Dawn, from the npm package `webgpu`, which brings the
 * same shader compiler that Chromium has.
 *
 * It finds GPUs through Vulkan: a loader (libvulkan.so.1) and the drivers that files in known folders
 * name. Where it finds none, files in less known folders are tried, and then the Vulkan of a Chromium
 * nearby: its loader and SwiftShader, a GPU in software, lie beside the program.
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
  for (const prepare of [async () => {}, nameDriver, lendVulkan]) {
    await prepare()
    const gpu = dawn.create([])
    kept.push(gpu)
    if (await gpu.requestAdapter()) return gpu
  }
  return NONE
}

const NONE =
  'no GPU, and no Chromium with SwiftShader beside it, was found. GPUs are found through Vulkan, ' +
  'which on Linux needs libvulkan.so.1 (Debian, Ubuntu: apt-get install libvulkan1; or a copy in a ' +
  'folder that LD_LIBRARY_PATH names) and the file of the driver (VK_DRIVER_FILES=…/nvidia_icd.json ' +
  'where that lies in no usual folder).'

/** Where installers of drivers in containers put them, and loaders do not look. */
const DRIVERS = ['/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json']

async function nameDriver(): Promise<void> {
  const driver = DRIVERS.find(existsSync)
  if (isDriverNamed() || !driver) return
  process.env.VK_DRIVER_FILES = driver
  process.env.VK_ICD_FILENAMES = driver // what older loaders read
}

const isDriverNamed = (): boolean =>
  process.env.VK_DRIVER_FILES !== undefined || process.env.VK_ICD_FILENAMES !== undefined

/** Chromium's own Vulkan; nothing happens when somebody has named a driver. */
async function lendVulkan(): Promise<void> {
  if (isDriverNamed()) return
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
  // Without the project's packages there is nobody to ask for a browser.
  const program = process.env.SHOAL_BROWSER ?? (await findBrowser(projectDir).catch(() => null))
  const beside = program ? [dirname(realpathSync(program))] : []
  // Where distributions put what a script in the path starts.
  return [...beside, '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
}
