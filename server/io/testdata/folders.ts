/** Folders for tests: each of its own, and gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const freshDir = (): string => mkdtempSync(join(tmpdir(), 'shoal-test-'))

export const removeDir = (dir: string): void => rmSync(dir, { recursive: true, force: true })
