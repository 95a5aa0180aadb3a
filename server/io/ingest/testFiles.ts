/** Writers of the formats that ingest reads, for its tests: small and plain. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Rows of a matrix. */
export type Rows = number[][]

export const DESCRS = {
  b1: [1, (view, at, x) => view.setUint8(at, x)],
  u1: [1, (view, at, x) => view.setUint8(at, x)],
  i1: [1, (view, at, x) => view.setInt8(at, x)],
  u2: [2, (view, at, x, little) => view.setUint16(at, x, little)],
  i2: [2, (view, at, x, little) => view.setInt16(at, x, little)],
  u4: [4, (view, at, x, little) => view.setUint32(at, x, little)],
  i4: [4, (view, at, x, little) => view.setInt32(at, x, little)],
  u8: [8, (view, at, x, little) => view.setBigUint64(at, BigInt(x), little)],
  i8: [8, (view, at, x, little) => view.setBigInt64(at, BigInt(x), little)],
  f4: [4, (view, at, x, little) => view.setFloat32(at, x, little)],
  f8: [8, (view, at, x, little) => view.setFloat64(at, x, little)],
} as const satisfies Record<
  string,
  [number, (view: DataView, at: number, x: number, little: boolean) => void]
>
export type Descr = keyof typeof DESCRS

export function npyHeader(descr: string, fortran: boolean, shape: string): Buffer {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }`
  const text = `${dict.padEnd(118 - 1)}\n`
  const head = Buffer.from(`\x93NUMPY\x01\x00..${text}`, 'latin1')
  head.writeUInt16LE(text.length, 8)
  return head
}

export function toNpy(rows: Rows, kind: Descr = 'f8', order = '<', fortran = false): Buffer {
  const [n, d] = [rows.length, rows[0]!.length]
  const [size, set] = DESCRS[kind]
  const view = new DataView(new ArrayBuffer(n * d * size))
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++)
      set(view, (fortran ? j * n + i : i * d + j) * size, rows[i]![j]!, order === '<')
  const header = npyHeader(`${size === 1 ? '|' : order}${kind}`, fortran, `${n}, ${d}`)
  return Buffer.concat([header, Buffer.from(view.buffer)])
}

export const toCsv = (rows: Rows, delimiter = ',', names: string[] | null = null): string =>
  [...(names ? [names] : []), ...rows].map((row) => `${row.join(delimiter)}\n`).join('')

/** The last column is written even where it is 0, so that the file tells how many there are. */
export const toLibsvm = (rows: Rows, y: number[], base = 1): string =>
  rows
    .map((row, i) => {
      const pairs = row.flatMap((x, j) =>
        x !== 0 || j === row.length - 1 || (base === 0 && j === 0) ? [`${j + base}:${x}`] : [],
      )
      return `${y[i]} ${pairs.join(' ')}\n`
    })
    .join('')

export function toCoordinate(rows: Rows, kind = 'real'): string {
  const entries = rows.flatMap((row, i) =>
    row.flatMap((x, j) =>
      x === 0 ? [] : [`${i + 1} ${j + 1}${kind === 'pattern' ? '' : ` ${x}`}`],
    ),
  )
  const size = `${rows.length} ${rows[0]!.length} ${entries.length}`
  return `%%MatrixMarket matrix coordinate ${kind} general\n% made for a test\n${size}\n${entries.join('\n')}\n`
}

export const toArray = (rows: Rows): string =>
  `%%MatrixMarket matrix array real general\n${rows.length} ${rows[0]!.length}\n${rows[0]!
    .map((_, j) => rows.map((row) => `${row[j]}\n`).join(''))
    .join('')}`

/** A temporary folder that goes away with `remove`. */
export function testFolder() {
  const path = mkdtempSync(join(tmpdir(), 'shoal-test-'))
  const write = (name: string, content: string | Uint8Array): string => {
    const file = join(path, name)
    writeFileSync(file, name.endsWith('.gz') ? gzipSync(content, { level: 1 }) : content)
    return file
  }
  return { path, write, remove: () => rmSync(path, { recursive: true }) }
}
