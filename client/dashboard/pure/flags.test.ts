import { describe, expect, test } from 'vitest'
import type { AppView } from '../../../shared/app.ts'
import { apps } from '../../../shared/apps/registry.ts'
import { checkFlags, type FlagDraft, type FlagField, fieldsOf, valuesOf } from './flags.ts'

function viewOf(name: string): AppView {
  const { title, purpose, dataset, summaryLine, flags, spec } = apps[name]!
  const defaults = (spec.safeParse({}).data ?? {}) as Record<string, unknown>
  return { name, title, purpose, dataset, summaryLine, flags, defaults }
}

const app: AppView = {
  ...{ name: 'tea', title: 'Tea', purpose: 'Brews.', dataset: 'matrix', summaryLine: '' },
  flags: [
    { flag: '--steep <s>', text: 'seconds (default: 180)', field: 'steep' },
    { flag: '--kind <black|green>', text: 'leaves', field: 'kind', values: 'text' },
    { flag: '--power <1|2>', text: 'exponent', field: 'power' },
    { flag: '--milk', text: 'with --cold-milk', field: 'milk' },
    { flag: '--no-lid', text: 'leave it open', field: 'pot.lid' },
    { flag: '--lease-ms <ms>', text: 'length of a lease', field: 'schedule.leaseMs' },
  ],
  defaults: { steep: 180, milk: false, pot: { lid: true }, power: 1 },
}
const fields = fieldsOf(app)
const empty: FlagDraft = {
  ...{ dataset: 'd', name: '', purpose: '', seed: '' },
  values: valuesOf(fields, app.defaults),
}
const check = (values: FlagDraft['values'], rest: Partial<FlagDraft> = {}) =>
  checkFlags(app, fields, { ...empty, ...rest, values: { ...empty.values, ...values } })

test('flags become fields', () => {
  const brief = ({ label, control, help, fallback, isTuning }: FlagField) =>
    [label, control, help, fallback, isTuning] as const
  expect(fields.map(brief)).toEqual([
    ['Steep', 'number', 'Seconds.', '180', false],
    ['Kind', 'choice', 'Leaves.', '', false],
    ['Power', 'choice', 'Exponent.', '1', false],
    ['Milk', 'check', 'With cold milk.', '', false],
    ['No lid', 'check', 'Leave it open.', '', false],
    ['Lease ms', 'number', 'Length of a lease.', '', true],
  ])
})

describe('the spec', () => {
  test('has only what differs from the defaults, at its place and of its type', () => {
    expect(check({}).submit).toEqual({ app: 'tea', dataset: 'd', spec: {} })
    const given = { steep: ' 9 ', kind: 'green', power: '2', milk: true, 'no-lid': true }
    expect(check({ ...given, 'lease-ms': '1e2' }, { name: ' a ', seed: '7' }).submit).toEqual({
      ...{ app: 'tea', dataset: 'd', name: 'a', seed: 7 },
      spec: {
        ...{ steep: 9, kind: 'green', power: 2, milk: true },
        ...{ pot: { lid: false }, schedule: { leaseMs: 100 } },
      },
    })
  })

  test('what cannot be read is said beside its field', () => {
    const { errors } = check({ steep: '1,5', 'lease-ms': 'x' }, { seed: '-1', dataset: '' })
    expect(errors).toEqual({
      steep: 'Write 1.5 with a point.',
      'lease-ms': 'Give a number.',
      seed: 'Give a whole number from 0 to 4294967295, or nothing.',
      dataset: 'Choose the dataset.',
    })
    expect(check({ steep: 'x' }).errors?.steep).toBe('Give a number, or nothing for 180.')
  })

  test('a default of true can be set to false and back', () => {
    const made = check({ 'no-lid': true }).submit!.spec
    expect(valuesOf(fields, { ...app.defaults, ...made })['no-lid']).toBe(true)
    expect(check({ 'no-lid': false }).submit!.spec).toEqual({})
  })
})

test.each(Object.keys(apps).filter((name) => name !== 'lasso'))(
  'every app can be launched by its own flags: %s',
  (name) => {
    const view = viewOf(name)
    const own = fieldsOf(view)
    const draft: FlagDraft = { ...empty, values: valuesOf(own, view.defaults) }
    expect(checkFlags(view, own, draft).submit?.spec).toEqual({})
    expect(new Set(own.map(({ key }) => key)).size).toBe(own.length)
    // Each field by itself, set to what holds anyway, is a spec that the app takes.
    for (const field of own.filter(({ fallback }) => fallback !== '')) {
      const values = { ...draft.values, [field.key]: field.fallback }
      const { submit } = checkFlags(view, own, { ...draft, values })
      expect(apps[name]!.spec.safeParse(submit?.spec).success).toBe(true)
    }
  },
)
