/** One server per data directory, also after one that died without a word. */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDataDir, socketPath } from './instanceLock.ts'
import { freshDir, removeDir } from './testdata/folders.ts'

let dir: string
beforeEach(() => {
  dir = freshDir()
})
afterEach(() => removeDir(dir))

test('a second one is told who has the directory, until that one lets it go', async () => {
  const unlock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toThrow(/just starting\) has the data directory/)
  writeFileSync(join(dir, 'server.json'), JSON.stringify({ pid: 42, url: 'http://x' }))
  await expect(lockDataDir(dir)).rejects.toThrow(/\(process 42, http:\/\/x\).*--data-dir/)
  const other = freshDir()
  await (await lockDataDir(other))()
  removeDir(other)
  await unlock()
  await (await lockDataDir(dir))()
})

test.skipIf(process.platform === 'win32')(
  'a socket that nobody answers on is no lock',
  async () => {
    // What kill -9 leaves: the socket's file, and no process behind it.
    const path = JSON.stringify(socketPath(dir))
    const listen = `require('node:net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`
    expect(spawnSync(process.execPath, ['-e', listen]).signal).toBe('SIGKILL')
    expect(existsSync(socketPath(dir))).toBe(true)
    const unlock = await lockDataDir(dir)
    await expect(lockDataDir(dir)).rejects.toThrow(/Another server/)
    await unlock()
  },
)
