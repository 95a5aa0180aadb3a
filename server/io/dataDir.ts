/** The data directory: there and ours to write in, or a sentence that says why not. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { UserError } from '../../shared/errors.ts'

/** @throws UserError when it cannot be made or written. */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code = 'an unknown fault' } = error as NodeJS.ErrnoException
    throw new UserError(
      `The data directory ${dataDir} ${words[code] ?? `cannot be used (${code})`}; ` +
        'choose another with --data-dir.',
    )
  }
}

const words: Readonly<Record<string, string>> = {
  ...{ EEXIST: 'is a file, not a folder', ENOTDIR: 'lies below a file, not a folder' },
  ...{ EROFS: 'lies on a disk that is read-only', EACCES: 'may not be written by you' },
  ...{ EPERM: 'may not be written by you', ENOSPC: 'cannot be made, for the disk is full' },
}
