import { expect, test } from 'vitest'
import { preferredUrl, reachesOnlyThisMachine } from './urls.ts'

const here = 'http://127.0.0.1:7070/'
const lan = 'http://192.168.1.20:7070/'
const other = 'http://10.0.0.5:7070/'

test('loopback is for this machine only', () => {
  const urls = [here, 'http://localhost:1/', 'http://[::1]:1/', lan, 'https://shoal.example/', 'x']
  expect(urls.map(reachesOnlyThisMachine)).toEqual([true, true, true, false, false, false])
})

test('an address that others can open, the owner’s own first', () => {
  expect(preferredUrl([here, lan, other], '127.0.0.1')).toBe(lan)
  expect(preferredUrl([here, lan, other], '10.0.0.5')).toBe(other)
  expect(preferredUrl([here], 'localhost')).toBe(here)
  expect(preferredUrl([], 'localhost')).toBeNull()
})
