/** Matrices as files that NumPy reads (.npy, version 1.0). */
import type { ResultFile } from './app.ts'

/** `values` is (rows, columns) f32, row after row. */
export function matrixFile(
  name: string,
  values: Float32Array,
  rows: number,
  columns: number,
): ResultFile {
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`
  // Magic, version and length take 10 bytes; the values begin at a multiple of 64.
  const headBytes = Math.ceil((10 + head.length + 1) / 64) * 64 - 10
  const text = `${head.padEnd(headBytes - 1)}\n`
  const bytes = new Uint8Array(10 + headBytes + values.byteLength)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headBytes & 255, headBytes >> 8])
  for (let i = 0; i < text.length; i++) bytes[10 + i] = text.charCodeAt(i)
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + headBytes)
  return { name, mediaType: 'application/octet-stream', text: '', bytes }
}
