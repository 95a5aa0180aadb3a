/**
 * Genotypes 0/1/2 of unrelated people, with the correlation between neighbours that real ones have:
 * every chromosome is a mosaic of a few ancestral ones (Li and Stephens 2003). Written as .npy, u8,
 * column after column.
 */
import { seededRandom } from '../../../shared/random.ts'
import { columnFile, writeTarget } from './columnFile.ts'
import { Target } from './target.ts'

export interface GenotypeOptions {
  path: string
  targetPath: string
  /** People. */
  rows: number
  /** Variants. */
  columns: number
  seed: number
}

const ANCESTORS = 32
/** Chance that a chromosome goes over to another ancestor between two variants: blocks of 100. */
const SWITCH = 0.01
const FREQUENCY_MIN = 0.05
const FREQUENCY_MAX = 0.5
/** Noise over signal: half of the variance is heritable. */
const NOISE = 1

export async function writeGenotypes(options: GenotypeOptions): Promise<void> {
  const { path, targetPath, rows, columns, seed } = options
  const random = seededRandom(seed)
  const target = new Target(random, rows, columns)
  const chromosomes = 2 * rows
  const ancestor = Uint8Array.from({ length: chromosomes }, () => random.below(ANCESTORS))
  // Variants until the next switch: drawn once per switch, not once per variant.
  const untilSwitch = (): number =>
    1 + Math.floor(Math.log(1 - random.next()) / Math.log(1 - SWITCH))
  const left = Int32Array.from({ length: chromosomes }, untilSwitch)
  const alleles = new Uint8Array(ANCESTORS)
  const file = columnFile(path)
  await file.write(npyHeader(rows, columns))
  for (let j = 0; j < columns; j++) {
    drawAlleles(alleles, random)
    const column = new Uint8Array(rows)
    for (let c = 0; c < chromosomes; c++) {
      if (--left[c]! <= 0) {
        ancestor[c] = random.below(ANCESTORS)
        left[c] = untilSwitch()
      }
      column[c >> 1]! += alleles[ancestor[c]!]!
    }
    if (target.has(j)) target.add(j, (i) => column[i]!)
    const full = file.write(column)
    if (full) await full
  }
  await file.close()
  writeTarget(targetPath, target.finish(random, NOISE))
}

/** Which ancestors carry the variant: some do, and some do not. */
function drawAlleles(alleles: Uint8Array, random: { next(): number }): void {
  const frequency = FREQUENCY_MIN + (FREQUENCY_MAX - FREQUENCY_MIN) * random.next()
  let carriers = 0
  while (carriers === 0 || carriers === ANCESTORS) {
    carriers = 0
    for (let a = 0; a < ANCESTORS; a++) {
      alleles[a] = random.next() < frequency ? 1 : 0
      carriers += alleles[a]!
    }
  }
}

/** Version 1: magic, length of the text, the text padded so that cells begin at a multiple of 64. */
function npyHeader(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': True, 'shape': (${rows}, ${columns}), }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const bytes = new Uint8Array(10 + length).fill(0x20)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8])
  bytes.set(new TextEncoder().encode(text), 10)
  bytes[10 + length - 1] = 0x0a
  return bytes
}
