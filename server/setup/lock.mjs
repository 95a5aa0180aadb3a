/** One set-up at a time: two commands started together must not build into the same folder. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const waitMsMax = 15 * 60_000

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/** @param {string} path @returns {number | null} the process that holds the lock */
function holder(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    return pid > 0 && isAlive(pid) ? pid : null
  } catch {
    return null // released in the meantime
  }
}

/**
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(root, work) {
  mkdirSync(join(root, 'dist'), { recursive: true })
  const path = join(root, 'dist', '.setup-lock')
  const giveUpMs = performance.now() + waitMsMax
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    }
    const pid = holder(path)
    // The holder writes its number right after it creates the file: empty means "look again".
    if (pid === null) await settle(path)
    else if (performance.now() > giveUpMs)
      throw new Error(`process ${pid} has been setting up for 15 minutes; stop it and try again`)
    else await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Remove a lock whose process has died. @param {string} path */
async function settle(path) {
  await new Promise((resolve) => setTimeout(resolve, 50))
  if (holder(path) === null) rmSync(path, { force: true })
}
