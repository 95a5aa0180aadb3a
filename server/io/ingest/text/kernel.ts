/**
 * The regular part of a text file, read in WebAssembly (text.as.ts): 430 MB/s of LIBSVM on a core that
 * reads 110 in JavaScript.
 *
 * A parser gives its bytes to the kernel first, which takes tokens as long as it finds plain ones. At
 * the first other one – a mistake, a quote, a missing value – it stops, the parser reads that one,
 * and the kernel goes on. So parsers are complete without it, and every message is theirs.
 */
import { existsSync, readFileSync } from 'node:fs'
import { kernelFile } from '../../kernelFile.ts'
import { growTo } from '../../linearMemory.ts'

export interface TextExports {
  readonly memory: WebAssembly.Memory
  heapBase(): number
  powers(): number
  /** Where the number at p ends, 0 if it is none of those that it reads; it is in `value` then. */
  readNumber(p: number): number
  readonly value: WebAssembly.Global
  /** libsvm.as.ts */
  readLibsvm(p: number, end: number, y: number, row: number, column: number, x: number): number
  readonly line: WebAssembly.Global
  readonly rows: WebAssembly.Global
  readonly indexMin: WebAssembly.Global
  readonly indexMax: WebAssembly.Global
  readonly lastIndex: WebAssembly.Global
  readonly hasLabel: WebAssembly.Global
  readonly inComment: WebAssembly.Global
  readonly labels: WebAssembly.Global
  readonly entries: WebAssembly.Global
  /** lines.as.ts */
  readEntries(
    ...args: [
      ...[p: number, end: number, limit: number, rows: number, columns: number],
      ...[hasValues: number, row: number, column: number, x: number],
    ]
  ): number
  readRatings(
    ...args: [
      ...[p: number, end: number, separator: number, width: number, fields: number],
      ...[user: number, item: number, rating: number],
    ]
  ): number
  readonly taken: WebAssembly.Global
  readonly stored: WebAssembly.Global
  /** cells.as.ts */
  readCells(
    ...args: [
      ...[p: number, end: number, delimiter: number, fields: number],
      ...[words: number, x: number],
    ]
  ): number
  readonly cells: WebAssembly.Global
  readonly column: WebAssembly.Global
  readonly rowsEnded: WebAssembly.Global
}

const NEWLINE = 10
/** The kernel reads words of 8 bytes, which may begin at the last one. */
const BEYOND_BYTES = 16
/** Powers of five that number.as.ts knows. */
const POWER_MIN = -64
const POWER_MAX = 55

let opened: TextKernel | null | undefined

/**
 * That of this thread: parsers put a chunk into it, take what it finds, and leave nothing behind. Null
 * where it was not built: parsers do without.
 */
export function textKernel(): TextKernel | null {
  if (opened !== undefined) return opened
  const path = kernelFile('text')
  opened = existsSync(path) ? openTextKernel(path) : null
  return opened
}

export function openTextKernel(path: string): TextKernel {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)))
  return new TextKernel(exports as unknown as TextExports)
}

/** One chunk of a file in the module's memory, and room for what is found in it. */
export class TextKernel {
  readonly exports: TextExports
  /** Where the chunk lies, and where its last byte was. */
  readonly from: number
  end = 0
  /** Room for one record each two bytes: four arrays. */
  #capacity = 0
  a = new Uint32Array(0)
  b = new Uint32Array(0)
  x = new Float64Array(0)
  y = new Float64Array(0)

  constructor(exports: TextExports) {
    this.exports = exports
    this.from = Math.ceil(exports.heapBase() / 16) * 16
    writePowers(new DataView(exports.memory.buffer, exports.powers()))
  }

  /** Put a chunk into memory, a line break behind it. */
  load(bytes: Uint8Array): void {
    if (bytes.length > 2 * this.#capacity) this.#grow(bytes.length)
    const memory = new Uint8Array(this.exports.memory.buffer)
    memory.set(bytes, this.from)
    this.end = this.from + bytes.length
    memory[this.end] = NEWLINE
  }

  #grow(chunkBytes: number): void {
    const { memory } = this.exports
    this.#capacity = Math.ceil(chunkBytes / 16) * 8
    const at = this.from + 2 * this.#capacity + BEYOND_BYTES
    growTo(memory, at + 24 * this.#capacity)
    const { buffer } = memory
    this.x = new Float64Array(buffer, at, this.#capacity)
    this.y = new Float64Array(buffer, at + 8 * this.#capacity, this.#capacity)
    this.a = new Uint32Array(buffer, at + 16 * this.#capacity, this.#capacity)
    this.b = new Uint32Array(buffer, at + 20 * this.#capacity, this.#capacity)
  }
}

/**
 * The upper 128 bits of 5^q. Cut off, they are too small by less than one; for the powers that can
 * take part in an exact half (q ≥ −27) they are rounded up, so that a half is not taken for less.
 */
function writePowers(view: DataView): void {
  for (let q = POWER_MIN; q <= POWER_MAX; q++) {
    const power = q < 0 ? (1n << 400n) / 5n ** BigInt(-q) : (5n ** BigInt(q)) << 128n
    const bits = power.toString(2).length
    const upper = (power >> BigInt(bits - 128)) + (q < 0 && q >= -27 ? 1n : 0n)
    view.setBigUint64(16 * (q - POWER_MIN), upper & 0xffff_ffff_ffff_ffffn, true)
    view.setBigUint64(16 * (q - POWER_MIN) + 8, upper >> 64n, true)
  }
}
