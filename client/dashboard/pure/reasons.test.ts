import { expect, test } from 'vitest'
import { NOTICES, readySchema } from '../../../shared/protocol.ts'
import { describeReason } from './reasons.ts'

test('every code has words, and words pass as they are', () => {
  const codes = [...NOTICES, ...readySchema.shape.paused.unwrap().options]
  for (const code of codes) expect(describeReason(code)).not.toBe(code)
  expect(describeReason('something new')).toBe('something new')
})
