/** Flags and specs of all apps: what a flag says of its field is so. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { apps } from './registry.ts'

/** The least that is a spec: of most apps nothing, of linear models a λ. */
function leastSpec(name: string): unknown {
  const { spec } = apps[name]!
  const least = [{}, { lambdaRatio: 0.1 }].find((candidate) => spec.safeParse(candidate).success)
  return spec.parse(least)
}

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight((inner, key) => ({ [key]: inner }), value)

describe.each(Object.keys(apps))('%s', (name) => {
  const { flags, spec } = apps[name]!

  test.each(flags.map(({ flag, field }) => [flag, field]))('%s sets a field: %s', (_, field) => {
    const { error } = spec.safeParse(nested(field.split('.'), Symbol('no value')))
    expect(error?.issues.map(({ code }) => code)).not.toContain('unrecognized_keys')
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(field)
  })

  test('defaults that flags tell are those of the spec', () => {
    const told = flags.flatMap(({ text, field }) => {
      const number = /\(default: ([\d.e-]+)\)/.exec(text)?.[1]
      return number === undefined ? [] : [[field, Number(number)] as const]
    })
    const least = z.record(z.string(), z.unknown()).parse(leastSpec(name))
    const inSpec = (field: string): unknown =>
      field.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], least)
    expect(told.map(([field]) => [field, inSpec(field)])).toEqual(told)
  })
})
