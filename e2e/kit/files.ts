/** Files that specs are given, and what they find in those that come out. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from '../lassoSets.ts'

/** A data set that comes with Shoal. */
export const shipped = (path: string): string => join(projectDir, 'public/data', path)

/** The cells of a CSV without quotes, its header first. */
export const csvRows = (...path: string[]): string[][] =>
  readFileSync(join(...path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
