/** Items that a model sees alike: NumPy's file of their factors, and angles between its rows. */

export interface Factors {
  readonly rows: number
  readonly columns: number
  /** (rows, columns) */
  readonly values: Float32Array
}

export interface Similar {
  readonly row: number
  /** Cosine of the angle between the two, −1 … 1. */
  readonly likeness: number
}

/** A .npy file of f32 in rows, as a job writes it. @throws Error on anything else */
export function readFactors(bytes: Uint8Array): Factors {
  const headBytes = (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0)
  // The first byte is no character in UTF-8, and in "latin1" not the same in all engines.
  const head = new TextDecoder().decode(bytes.subarray(1, 10 + headBytes))
  const shape = /^NUMPY.*'<f4'.*False.*\((\d+), (\d+)\)/s.exec(head)
  const [rows, columns] = [Number(shape?.[1]), Number(shape?.[2])]
  const data = bytes.slice(10 + headBytes)
  if (!shape || data.length !== 4 * rows * columns)
    throw new Error('The file of factors is not what a job writes: .npy, f32, row after row.')
  return { rows, columns, values: new Float32Array(data.buffer) }
}

/** The `count` rows most like one of them, best first, among those that are `eligible`. */
export function similarTo(
  { rows, columns, values }: Factors,
  row: number,
  count: number,
  eligible: (row: number) => boolean,
): Similar[] {
  const norm = (of: number): number => {
    let squares = 0
    for (let k = of * columns; k < (of + 1) * columns; k++) squares += values[k]! ** 2
    return Math.sqrt(squares)
  }
  const mine = norm(row)
  const found: Similar[] = []
  for (let other = 0; other < rows; other++) {
    if (other === row || !eligible(other)) continue
    let product = 0
    for (let k = 0; k < columns; k++)
      product += values[row * columns + k]! * values[other * columns + k]!
    const likeness = product / (mine * norm(other))
    // A row of zeros is like nothing.
    if (Number.isFinite(likeness)) found.push({ row: other, likeness })
  }
  return found.sort((a, b) => b.likeness - a.likeness).slice(0, count)
}
