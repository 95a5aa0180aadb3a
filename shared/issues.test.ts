/** What zod finds wrong is told in plain words, whatever zod calls it. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { faultsOf } from './issues.ts'

const schema = z.strictObject({
  rank: z.number().int().min(1).max(512).default(1),
  share: z.number().gt(0, 'share must be > 0').lt(1).default(0.5),
  name: z.string().min(1).max(3).default('a'),
  solver: z.enum(['als', 'ccd']).default('als'),
  spec: z.record(z.string(), z.unknown()),
})

const faults = (value: object): string =>
  faultsOf(schema.safeParse({ spec: {}, ...value }).error?.issues ?? [])

test.each([
  [{}, ''],
  [{ rank: 600 }, 'rank: must be ≤ 512'],
  [{ rank: 0 }, 'rank: must be ≥ 1'],
  [{ rank: 1.5 }, 'rank: expected a whole number'],
  [{ rank: 'many' }, 'rank: expected a number, got a string'],
  [{ share: 0, rank: 0 }, 'rank: must be ≥ 1; share: share must be > 0'],
  [{ share: 1 }, 'share: must be < 1'],
  [{ name: '' }, 'name: expected a string of ≥ 1 characters'],
  [{ name: 'long' }, 'name: expected a string of ≤ 3 characters'],
  [{ solver: 'sgd' }, 'solver: expected one of als, ccd'],
  [{ spec: undefined }, 'spec: is missing'],
  [{ spec: 3 }, 'spec: expected an object, got a number'],
  [{ tolerance: 1 }, 'there is no field "tolerance"'],
  [{ a: 1, b: 2 }, 'there is no field "a" or "b"'],
])('%j: %s', (value, sentence) => {
  expect(faults(value)).toBe(sentence)
})
