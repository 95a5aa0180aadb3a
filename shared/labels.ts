/** The target of a dataset: numbers, or two classes, whatever stands for them in the data: 0 and 1, −1 and 1, 1 and 2, or two words. */
import type { Dataset } from './app.ts'
import { UserError } from './errors.ts'

export interface Classes {
  /** −1 or 1 for every example (n); the larger value of y, or the later word by the alphabet, is 1. */
  readonly sign: Float64Array
  /** What −1 and 1 stand for, as people wrote it. */
  readonly names: readonly [negative: string, positive: string]
}

/** y (rows; of examples: columns). @throws UserError when the dataset has none. */
export function targetOf({ target, manifest }: Dataset): Float64Array {
  if (!target)
    throw new UserError(
      `Dataset ${manifest.name} has no target: name its column or file with --target when the data are read, or choose another.`,
    )
  return target
}

/** Values that an error message lists. */
const LISTED = 5

/**
 * @param method what needs two classes, as the beginning of a sentence
 * @throws UserError unless y has two values
 */
export function twoClasses(dataset: Dataset, method: string): Classes {
  const { manifest } = dataset
  const target = targetOf(dataset)
  const values = [...new Set(target)].sort((a, b) => a - b)
  const [negative, positive] = values
  if (values.length === 2) {
    const nameOf = (value: number): string => manifest.targetLabels?.[value] ?? String(value)
    return {
      sign: target.map((y) => (y === positive ? 1 : -1)),
      names: [nameOf(negative!), nameOf(positive!)],
    }
  }
  const what = `${manifest.targetName ?? 'y'} of dataset ${manifest.name}`
  const list = values.slice(0, LISTED).join(', ') + (values.length > LISTED ? ', …' : '')
  throw new UserError(
    values.length === 1
      ? `${method} tells two classes apart, but every example has the same ${what}: ${list}.`
      : `${method} tells two classes apart, but ${what} has ${values.length} values (${list}). ` +
          'Keep the examples of two classes, or make it one class against the rest.',
  )
}
