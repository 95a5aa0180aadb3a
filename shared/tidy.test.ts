/** House rules that no compiler and no linter holds: who may import whom, purity, length, leftovers. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LINES_MAX = 300

/** Tests and what they share may import anything. */
const isTest = (path: string): boolean => /\.test\.tsx?$|\/testdata\//.test(path)
const files = ['shared', 'server', 'client', 'e2e']
  .flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name))
      .map((entry) => posix.join(entry.parentPath.slice(ROOT.length), entry.name)),
  )
  .sort()
const sources = files
  .filter((path) => !isTest(path))
  .map((path) => {
    const text = readFileSync(ROOT + path, 'utf8')
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    const imports = [...code.matchAll(/(?:from|import|import\()\s*'([^']+)'/g)].map(([, name]) =>
      name!.startsWith('.') ? posix.join(posix.dirname(path), name!) : name!,
    )
    return { path, text, code, imports }
  })

/** For files in a folder: what they may import. The first rule that fits counts. */
const rules: [from: RegExp, may: RegExp][] = [
  // An app knows its own folder and what is common to all, never another app.
  [/^shared\/apps\/(\w+)\//, /^shared\/(apps\/$1\/|apps\/\w+\.ts$|(?!apps\/))|^zod$/],
  [/^shared\//, /^shared\/|^zod$/],
  [/^server\/core\//, /^(shared|server\/core)\//],
  [/^server\//, /^(?!client\/|e2e\/)/],
  [/^client\//, /^(?!server\/|e2e\/|node:)/],
]

test('imports follow the layers', () => {
  const breaches = sources.flatMap(({ path, imports }) => {
    const [from, may] = rules.find(([pattern]) => pattern.test(path)) ?? [/^/, /^/]
    const app = from.exec(path)?.[1] ?? ''
    const allowed = new RegExp(may.source.replaceAll('$1', app))
    return imports.filter((name) => !allowed.test(name)).map((name) => `${path} imports ${name}`)
  })
  expect(breaches).toEqual([])
})

test('nothing imports itself by a detour, not even types', () => {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]))
  const seen = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) circles.push([...trail.slice(at), path].join(' → '))
    if (at >= 0 || seen.has(path)) return
    for (const next of importsOf.get(path) ?? []) visit(next, [...trail, path])
    seen.add(path)
  }
  for (const { path } of sources) visit(path, [])
  expect(circles).toEqual([])
})

test('pure folders use no clock, dice, process or console', () => {
  const impure =
    /\bDate\.now|\bnew Date\b|\bMath\.random|\bperformance\.|\bprocess\.|\bconsole\.|\bsetTimeout\b/
  const breaches = sources
    .filter(({ path }) => /^(shared|server\/core)\//.test(path))
    .flatMap(({ path, code }) => (impure.exec(code) ?? []).map((use) => `${path} uses ${use}`))
  expect(breaches).toEqual([])
})

test(`files have at most ${LINES_MAX} lines`, () => {
  const long = sources
    .filter(({ path }) => !path.endsWith('.as.ts'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX)
  expect(long).toEqual([])
})

test('nothing is left to do', () => {
  const leftover = /\b(TODO|FIXME|XXX)\b/
  expect(sources.filter(({ text }) => leftover.test(text)).map((s) => s.path)).toEqual([])
})
