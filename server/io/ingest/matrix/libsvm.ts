/**
 * LIBSVM / SVMlight: `label index:value index:value … # comment`, one row a line.
 *
 * Indices must ascend in a row, as the format says. They count from 1; a file that uses index 0
 * anywhere counts from 0 (as scikit-learn writes by default), and then all of its columns do.
 * `qid:` pairs are queries, not values, and are passed over.
 */
import { UserError } from '../../../../shared/errors.ts'
import { Growing } from '../growing.ts'
import { COLUMNS_MAX, checkFilling, checkShape, count, ROWS_MAX } from '../limits.ts'
import { cellValue, parseIndex, parseNumber, quoteCell } from '../number.ts'
import { parseText, type Source, type TextParser } from '../source.ts'
import type { TextKernel } from '../text/kernel.ts'
import { EntryRuns } from './entries.ts'
import type { Matrix, ReadOptions } from './matrix.ts'
import { ColumnStats } from './stats.ts'

/** Above every index. */
const INDEX_NONE = 2 ** 31 - 1
const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const TAB = 9
const HASH = 35
const COLON = 58

const isBreak = (c: number): boolean => c === SPACE || c === NEWLINE || c === TAB || c === RETURN

class LibsvmParser implements TextParser {
  line = 1
  rows = 0
  /** The smallest index of the file: 0 or more. */
  indexMin = Number.POSITIVE_INFINITY
  readonly labels = new Growing()
  readonly #label: string
  readonly #entries: EntryRuns
  readonly #imputes: boolean
  readonly #kernel: TextKernel | null
  #hasLabel = false
  #inComment = false
  #lastIndex = -1

  constructor(label: string, entries: EntryRuns, imputes: boolean, kernel: TextKernel | null) {
    this.#label = label
    this.#entries = entries
    this.#imputes = imputes
    this.#kernel = kernel
  }

  consume(b: Buffer, isLast: boolean): number {
    let end = b.length
    if (!isLast) while (end > 0 && !isBreak(b[end - 1]!)) end--
    this.#kernel?.load(b.subarray(0, end))
    for (let i = 0; i < end; ) {
      if (this.#kernel) i = this.#takeRegular(this.#kernel, i)
      if (i < end) i = this.#takeOne(b, i, end)
    }
    if (isLast) this.#endLine()
    return end
  }

  /** Everything from i on up to a token that is not plain; returns where that is. */
  #takeRegular({ exports, from, end, a, b, x, y }: TextKernel, i: number): number {
    exports.line.value = this.line
    exports.rows.value = this.rows
    exports.indexMin.value = INDEX_NONE
    exports.indexMax.value = -1
    exports.lastIndex.value = this.#lastIndex
    exports.hasLabel.value = Number(this.#hasLabel)
    exports.inComment.value = Number(this.#inComment)
    const at = { y: y.byteOffset, row: a.byteOffset, column: b.byteOffset, x: x.byteOffset }
    const to = exports.readLibsvm(from + i, end, at.y, at.row, at.column, at.x)
    this.line = exports.line.value
    this.rows = exports.rows.value
    this.#lastIndex = exports.lastIndex.value
    this.#hasLabel = exports.hasLabel.value === 1
    this.#inComment = exports.inComment.value === 1
    if (exports.indexMax.value >= 0) {
      this.indexMin = Math.min(this.indexMin, exports.indexMin.value)
      this.#entries.widen(exports.indexMax.value)
    }
    this.labels.pushAll(y.subarray(0, exports.labels.value))
    const entries = exports.entries.value
    this.#entries.addAll(a.subarray(0, entries), b.subarray(0, entries), x.subarray(0, entries))
    if (this.rows > ROWS_MAX) checkShape(this.#label, this.rows, 1)
    return to - from
  }

  /** One token, blank or line break. */
  #takeOne(b: Buffer, i: number, end: number): number {
    const c = b[i]!
    if (c === NEWLINE) this.#endLine()
    else if (c === HASH) this.#inComment = true
    if (this.#inComment || isBreak(c)) return i + 1
    let to = i + 1
    while (to < end && !isBreak(b[to]!)) to++
    if (this.#hasLabel) this.#pair(b, i, to)
    else this.#readLabel(b, i, to)
    return to
  }

  #endLine(): void {
    this.line++
    this.#inComment = false
    if (!this.#hasLabel) return
    this.#hasLabel = false
    this.#lastIndex = -1
    this.rows++
    if (this.rows > ROWS_MAX) checkShape(this.#label, this.rows, 1)
  }

  readonly #where = (): string => `${this.#label}, line ${count(this.line)}`

  #readLabel(b: Buffer, from: number, to: number): void {
    const text = b.toString('utf8', from, Math.min(to, from + 100))
    if (text.includes(':'))
      throw new UserError(
        `${this.#where()}: ${quoteCell(text)} stands where the label should; start every line with the value of y.`,
      )
    if (text.includes(','))
      throw new UserError(
        `${this.#where()}: ${quoteCell(text)} is a list of labels; expected one number, so keep one label a row.`,
      )
    this.labels.push(cellValue(b, from, to, false, () => `${this.#where()}, label`))
    this.#hasLabel = true
  }

  #pair(b: Buffer, from: number, to: number): void {
    let colon = from
    while (colon < to && b[colon] !== COLON) colon++
    const index = parseIndex(b, from, colon)
    if (index < 0 || colon === to) {
      if (b.toString('latin1', from, from + 4) === 'qid:') return
      const text = quoteCell(b.toString('utf8', from, Math.min(to, from + 100)))
      throw new UserError(
        `${this.#where()}: ${text} is not index:value with a whole index; correct the line.`,
      )
    }
    if (index <= this.#lastIndex)
      throw new UserError(
        index === this.#lastIndex
          ? `${this.#where()}: index ${index} stands twice; keep one value for each index.`
          : `${this.#where()}: index ${index} follows ${this.#lastIndex}; sort the indices of each line in ascending order.`,
      )
    if (index > COLUMNS_MAX) checkShape(`${this.#where()}`, 1, index)
    this.#lastIndex = index
    if (index < this.indexMin) this.indexMin = index
    const x = parseNumber(b, colon + 1, to)
    // A stored zero still tells how many columns there are.
    if (x === 0) this.#entries.widen(index)
    else if (x - x === 0) this.#entries.add(this.rows, index, x)
    else this.#unusual(b, colon + 1, to, index)
  }

  #unusual(b: Buffer, from: number, to: number, index: number): void {
    const where = (): string => `${this.#where()}, index ${index}`
    this.#entries.add(this.rows, index, cellValue(b, from, to, this.#imputes, where))
  }
}

export async function readLibsvm(
  source: Source,
  options: ReadOptions,
  onRead: (fraction: number) => void,
): Promise<Matrix> {
  const { label } = source
  const stats = new ColumnStats(0, options.imputes)
  const entries = new EntryRuns(label, options.spill, stats)
  const parser = new LibsvmParser(label, entries, options.imputes, options.kernel)
  await parseText(source, parser, onRead)
  const { rows, indexMin } = parser
  checkFilling(label, rows, stats.columns, entries.total)
  if (indexMin > 0 && stats.columns > 0) entries.dropFirst()
  entries.finish()
  checkShape(label, rows, stats.columns)
  return {
    rows,
    columns: stats.columns,
    stats,
    constantColumns: stats.settle(rows, (j) => `${label}, index ${j + Math.min(1, indexMin)}`),
    reader: entries,
    names: null,
    target: { values: parser.labels.finish(), name: null },
    format: indexMin === 0 ? 'LIBSVM, indices from 0' : 'LIBSVM',
  }
}
