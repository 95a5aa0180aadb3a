/** The owner token: made once per data directory, kept in a file that only its owner reads. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../../shared/errors.ts'

export function ownerToken(dataDir: string): { token: string; path: string } {
  const path = join(dataDir, 'owner-token')
  try {
    const token = randomBytes(24).toString('base64url')
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
    return { token, path }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const token = readFileSync(path, 'utf8').trim()
  if (token.length >= 16) return { token, path }
  throw new UserError(
    `${path} holds no owner token; delete the file and start again for a new one.`,
  )
}

/** Compares in constant time; hashing first makes the lengths equal. */
export function tokenCheck(token: string): (given: unknown) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const right = digest(token)
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), right)
}
