/** The first line of a MatrixMarket file. */
import { UserError } from '../../../../shared/errors.ts'
import { quoteCell } from '../number.ts'
import type { Source } from '../source.ts'

export interface Banner {
  layout: 'coordinate' | 'array'
  isPattern: boolean
  symmetry: 'general' | 'symmetric' | 'skew-symmetric'
}

export function readBanner({ label, head }: Source): Banner {
  const line = head.toString('latin1').split(/\r?\n/, 1)[0]!
  const [, object, layout, field, symmetry] = line.toLowerCase().trim().split(/\s+/)
  const isLayout = layout === 'coordinate' || layout === 'array'
  const isField = field === 'real' || field === 'integer' || field === 'pattern'
  const isSymmetry =
    symmetry === 'general' || symmetry === 'symmetric' || symmetry === 'skew-symmetric'
  if (object !== 'matrix' || !isLayout || !isField || !isSymmetry)
    throw new UserError(
      `${label}, line 1: ${quoteCell(line)} cannot be read; expected "%%MatrixMarket matrix", then coordinate or array, then real, integer or pattern, then general, symmetric or skew-symmetric.`,
    )
  if (layout === 'array' && field === 'pattern')
    throw new UserError(`${label}, line 1: an array has values; "pattern" goes with coordinate.`)
  return { layout, isPattern: field === 'pattern', symmetry }
}
