/**
 * Ratings in: from a file of user, item, rating to a stored dataset of kind 'ratings', stored by
 * items and again by users, with ratings set apart for a test.
 *
 * Users and items are numbered as they first appear, those of a test file after those of the training
 * file. MatrixMarket numbers them itself. Ratings are kept in memory, 16 bytes each, and a 0 is one.
 */
import { basename } from 'node:path'
import type { Manifest } from '../../../../shared/dataset.ts'
import { UserError } from '../../../../shared/errors.ts'
import { type Random, seededRandom } from '../../../../shared/random.ts'
import type { BlobBatch } from '../blobBatch.ts'
import type { Tell } from '../progress.ts'
import { checkName, defaultName, type Format } from '../sniff.ts'
import { openSource, parseText } from '../source.ts'
import { type TextKernel, textKernel } from '../text/kernel.ts'
import { readCoordinates } from './coordinates.ts'
import { RatingLines, SEPARATOR_NAMES, SEPARATORS, type Separator, separatorOf } from './lines.ts'
import { RatingsParser } from './parser.ts'
import { divide, Ids, type Ratings, RatingTable } from './table.ts'
import { type RatingsRead, writeRatings } from './write.ts'

export interface RatingsInput {
  path: string
  fileName?: string
  name?: string
  format?: Format
  /** A file of test ratings, in any of the formats. */
  testPath?: string
  testFileName?: string
  /** Share of the ratings to set apart for the test instead, drawn with `seed` (1). */
  holdout?: number
  /** Share of the training ratings to set apart for deciding when to stop, drawn with `seed` too. */
  validation?: number
  seed?: number
  isPlain?: boolean
}

/** Read the ratings and store them; the manifest is the caller's to publish. */
export async function ingestRatings(
  input: RatingsInput,
  blobs: BlobBatch,
  tell: Tell,
): Promise<Manifest> {
  const fileName = input.fileName ?? input.path
  const name = input.name === undefined ? defaultName(fileName) : checkName(input.name)
  const { holdout, validation } = input
  if (holdout !== undefined && input.testPath !== undefined)
    throw new UserError('The test set is given twice, as a file and as a share; keep one of them.')
  for (const share of [holdout, validation])
    if (share !== undefined && !(share > 0 && share < 1))
      throw new UserError(`A share of ${share} cannot be set apart; choose one between 0 and 1.`)
  return writeRatings(name, await readAll(input, fileName, tell.read), blobs, tell.write)
}

async function readAll(
  input: RatingsInput,
  fileName: string,
  onRead: (fraction: number) => void,
): Promise<RatingsRead> {
  const [users, items] = [new Ids(), new Ids()]
  const into = { users, items, kernel: input.isPlain ? null : textKernel() }
  const given = await readFile(input.path, fileName, input.format, into, onRead)
  const { testPath, testFileName = testPath } = input
  const other =
    testPath === undefined
      ? null
      : await readFile(testPath, testFileName!, undefined, into, () => {})
  onRead(1)
  const { ratings, duplicates } = given.table.finish(users.names.length, items.names.length)
  const tested = other?.table.finish(users.names.length, items.names.length)
  const { seed = 1 } = input
  const [known, test] = tested
    ? [ratings, tested.ratings]
    : holdout(ratings, input.holdout, seededRandom(seed))
  // A generator of its own: the test set is the same with and without a validation set.
  const [training, validation] = holdout(known, input.validation, seededRandom(seed ^ 0xa11da7e))
  const label = basename(fileName)
  if (training.user.length === 0)
    throw new UserError(
      `${label} has no ratings${ratings.user.length > 0 ? ' left to learn from; set less apart' : '; expected lines of user, item, rating'}.`,
    )
  if (validation?.user.length === 0)
    throw new UserError('The validation set has no ratings: set a larger share apart.')
  if (test?.user.length === 0)
    throw new UserError(
      `The test set has no ratings: ${tested ? 'pass a file with some' : 'set a larger share apart'}.`,
    )
  const facts = {
    ratings: training.user.length,
    duplicates: duplicates + (tested?.duplicates ?? 0),
  }
  return {
    ...{ users: users.names, items: items.names, training, test, validation },
    facts: {
      ...facts,
      ...(validation && { validationRatings: validation.user.length }),
      ...(test && testFacts(training, test)),
    },
    source: other ? `${given.source}; test: ${other.source}` : given.source,
  }
}

async function readFile(
  path: string,
  fileName: string,
  format: Format | undefined,
  into: { users: Ids; items: Ids; kernel: TextKernel | null },
  onRead: (fraction: number) => void,
): Promise<{ table: RatingTable; source: string }> {
  const source = await openSource(path, basename(fileName))
  const { label, head } = source
  if (format === 'libsvm' || format === 'npy' || head.includes(0))
    throw new UserError(
      `${label} is no text of ratings; expected CSV, TSV, user::item::rating or MatrixMarket, each possibly gzipped.`,
    )
  const packing = source.isGzip ? ', gzip' : ''
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  const table = new RatingTable()
  if (/^%%MatrixMarket/i.test(text) || format === 'matrixmarket') {
    await readCoordinates(source, table, into.users, into.items, onRead)
    return { table, source: `${label} (MatrixMarket coordinate${packing})` }
  }
  const separator = separatorFor(format, text)
  const lines = new RatingLines(label, separator)
  await parseText(source, new RatingsParser(label, lines, { ...into, table }), onRead)
  return { table, source: `${label} (ratings, ${SEPARATOR_NAMES[separator]}${packing})` }
}

function separatorFor(format: Format | undefined, head: string): Separator {
  if (format === 'tsv') return '\t'
  if (format !== 'csv') return separatorOf(head)
  return SEPARATORS.find((separator) => separator === separatorOf(head) && separator !== ' ') ?? ','
}

/** Each rating is set apart by itself, so that the share holds for users and items alike. */
function holdout(
  ratings: Ratings,
  share: number | undefined,
  random: Random,
): [Ratings, Ratings | null] {
  if (share === undefined) return [ratings, null]
  return divide(ratings, () => random.next() < share)
}

/** Test ratings of which part can be known: users or items without training ratings are told apart. */
function testFacts(training: Ratings, test: Ratings): Record<string, number> {
  const [users, items] = [new Set(training.user), new Set(training.item)]
  const countOf = (isCounted: (k: number) => boolean): number =>
    test.user.reduce((sum, _, k) => sum + Number(isCounted(k)), 0)
  return {
    testRatings: test.user.length,
    testRatingsOfNewUsers: countOf((k) => !users.has(test.user[k]!)),
    testRatingsOfNewItems: countOf((k) => !items.has(test.item[k]!)),
  }
}
