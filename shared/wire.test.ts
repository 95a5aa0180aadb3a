/** Frames: what goes in comes out; whatever else goes in, the answer is a frame or a WireError. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arrays, decodeFrame, encodeFrame, WireError } from './wire.ts'

const json = fc.dictionary(
  fc.string().filter((key) => key !== 'arrays' && key !== '__proto__'),
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.integer()),
  ),
)
const array = fc.oneof(
  fc.uint8Array(),
  fc.uint16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
)
const arrays = fc.dictionary(fc.stringMatching(/^[a-zA-Z]\w{0,9}$/), array, { maxKeys: 6 })

/** A Buffer's pool hands out slices at any offset; so does this. */
function shifted(bytes: Uint8Array, offset: number): Uint8Array {
  const room = Buffer.alloc(bytes.length + offset)
  room.set(bytes, offset)
  return room.subarray(offset)
}

describe('frames', () => {
  it('come back as they went in, at any alignment', () => {
    fc.assert(
      fc.property(json, arrays, fc.nat(16), (head, given, offset) => {
        const frame = decodeFrame(shifted(encodeFrame(head, given as Arrays), offset))
        expect({ ...frame.head }).toEqual({ ...head })
        expect({ ...frame.arrays }).toEqual({ ...given })
      }),
    )
  })

  it('are views on an aligned buffer', () => {
    const bytes = encodeFrame({}, { x: Float64Array.of(1, 2) })
    expect(decodeFrame(bytes).arrays.x!.buffer).toBe(bytes.buffer)
  })

  it('survive mutation as a frame or a WireError, never anything else', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 })
    const cut = fc.option(fc.nat(), { nil: null })
    fc.assert(
      fc.property(json, arrays, edits, cut, (head, given, mutations, end) => {
        const whole = encodeFrame(head, given as Arrays)
        const bytes = end === null ? whole : whole.slice(0, end % (whole.length + 1))
        for (const [at, value] of mutations) if (bytes.length > 0) bytes[at % bytes.length] = value
        expectFrameOrWireError(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it('of random heads are a frame or a WireError', () => {
    const table = fc.array(
      fc.tuple(
        fc.oneof(fc.string(), fc.constantFrom('x', 'constructor', '__proto__')),
        fc.oneof(fc.string(), fc.constantFrom('u8', 'f64', 'toString')),
        fc.oneof(fc.double(), fc.integer(), fc.constantFrom(1e300, 2 ** 53, -1, null)),
      ),
    )
    fc.assert(
      fc.property(fc.oneof(table, fc.jsonValue()), fc.nat(64), (value, body) => {
        const text = JSON.stringify({ arrays: value })
        const bytes = encodeFrame({}, { pad: new Uint8Array(text.length + body) })
        bytes.set(Buffer.from(text, 'latin1'), 16)
        new DataView(bytes.buffer).setUint32(8, Math.min(text.length, bytes.length - 16), true)
        expectFrameOrWireError(bytes)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['nothing', new Uint8Array(0), /at least 16 bytes/],
    ['zeros', new Uint8Array(32), /wrong magic/],
    ['another version', patched(4, 9), /got a v9 frame when expected v1/],
    ['a cut frame', encodeFrame({}, { x: Float64Array.of(1, 2) }).slice(0, -8), /says \d+ bytes/],
    ['an array twice', twice(), /twice/],
  ])('refuse %s with what was expected', (_, bytes, message) => {
    expect(() => decodeFrame(bytes)).toThrow(message)
    expect(() => decodeFrame(bytes)).toThrow(WireError)
  })
})

function patched(at: number, value: number): Uint8Array {
  const bytes = encodeFrame({}, {})
  bytes[at] = value
  return bytes
}

function twice(): Uint8Array {
  const bytes = encodeFrame({}, { x: Uint8Array.of(1), y: Uint8Array.of(2) })
  bytes[bytes.indexOf('y'.charCodeAt(0), 30)] = 'x'.charCodeAt(0)
  return bytes
}

function expectFrameOrWireError(bytes: Uint8Array): void {
  try {
    const { arrays } = decodeFrame(bytes)
    for (const array of Object.values(arrays))
      expect(array.byteOffset + array.byteLength).toBeLessThanOrEqual(array.buffer.byteLength)
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
  }
}
