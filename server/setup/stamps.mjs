/**
 * Is a built part older than its sources? A part's fingerprint is the hash of the names, sizes and
 * times of every file it is made from; the fingerprint of the last good build is kept as a stamp
 * under node_modules/.shoal, so that a fresh install builds everything anew.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ name: string, sources: readonly string[], only?: RegExp, outputs: readonly string[] }} Part
 */

/** Files that no build reads. */
const ignored = /(\.test\.ts|\.md)$|^(testdata|node_modules)$/

/**
 * @param {string} root
 * @param {readonly string[]} sources files and folders, relative to the root
 * @param {RegExp} [only] of the files in folders, those whose names match
 * @returns {string}
 */
export function fingerprint(root, sources, only = /./) {
  const hash = createHash('sha256')
  /** @param {string} path */
  const visit = (path) => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stats) return
    if (!stats.isDirectory()) {
      if (!only.test(path)) return
      hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`)
      return
    }
    for (const name of readdirSync(join(root, path)).sort())
      if (!ignored.test(name)) visit(`${path}/${name}`)
  }
  for (const source of sources) visit(source)
  return hash.digest('hex')
}

/** @param {string} root @param {string} name */
const stampPath = (root, name) => join(root, 'node_modules', '.shoal', `${name}.stamp`)

/**
 * @param {string} root
 * @param {Part} part
 * @returns {boolean}
 */
export function isStale(root, part) {
  if (part.outputs.some((output) => !existsSync(join(root, output)))) return true
  const path = stampPath(root, part.name)
  return (
    !existsSync(path) || readFileSync(path, 'utf8') !== fingerprint(root, part.sources, part.only)
  )
}

/**
 * Build a part, and stamp it only when that worked. The fingerprint is taken first: a file that
 * changes during the build makes the part stale again.
 *
 * @param {string} root
 * @param {Part} part
 * @param {() => Promise<void>} build
 */
export async function buildAndStamp(root, part, build) {
  const path = stampPath(root, part.name)
  rmSync(path, { force: true })
  const before = fingerprint(root, part.sources, part.only)
  await build()
  mkdirSync(join(root, 'node_modules', '.shoal'), { recursive: true })
  writeFileSync(path, before)
}
