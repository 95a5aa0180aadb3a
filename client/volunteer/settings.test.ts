import { describe, expect, test } from 'vitest'
import { defaults, launchOf, parse, serialise } from './settings.ts'

const place = { cores: 8, framed: false }
const at = (rest: string): URL => new URL(`http://192.168.1.5:7070/${rest}`)

describe('settings', () => {
  test('default to half the cores, at least one, at half duty', () => {
    expect(defaults(8)).toEqual({ workers: 4, duty: 50, pinned: false })
    expect(defaults(1).workers).toBe(1)
  })

  test('come back as they were stored', () => {
    const settings = { workers: 3, duty: 80, pinned: true }
    expect(parse(serialise(settings), 8)).toEqual(settings)
  })

  test.each([null, '', 'not json', '[]', '{"workers":"many","duty":null}', '7'])(
    'fall back to the defaults on %j',
    (stored) => {
      expect(parse(stored, 8)).toEqual(defaults(8))
    },
  )

  test('stay within what this machine has', () => {
    expect(parse('{"workers":64,"duty":1}', 8)).toMatchObject({ workers: 8, duty: 10 })
  })
})

describe('launch', () => {
  test('a plain URL starts nothing', () => {
    expect(launchOf(at(''), null, place)).toEqual({
      settings: defaults(8),
      start: false,
      name: null,
      backend: 'auto',
    })
    expect(launchOf(at('?start=0&starting=1#started'), null, place).start).toBe(false)
  })

  test('the URL presets a headless tab', () => {
    const url = at('?start=1&workers=2&duty=100&pinned=1&name=lab-07&backend=webgpu')
    expect(launchOf(url, '{"duty":20}', place)).toEqual({
      settings: { workers: 2, duty: 100, pinned: true },
      start: true,
      name: 'lab-07',
      backend: 'webgpu',
    })
  })

  test('a fragment starts too, but never inside a frame', () => {
    expect(launchOf(at('#start'), null, place).start).toBe(true)
    expect(launchOf(at('#start'), null, { ...place, framed: true }).start).toBe(false)
  })

  test('nonsense in the URL leaves the stored settings', () => {
    const url = at('?workers=lots&duty=NaN')
    expect(launchOf(url, '{"workers":3,"duty":70}', place).settings).toMatchObject({
      workers: 3,
      duty: 70,
    })
  })
})
