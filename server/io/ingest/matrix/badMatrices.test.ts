/** Bad MatrixMarket and .npy files; the other formats are in badInputs.test.ts. */
import { truncateSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { npyHeader, testFolder, toNpy } from '../testFiles.ts'
import { refusal } from '../testKit.ts'

const folder = testFolder()
afterAll(folder.remove)

const MM = '%%MatrixMarket matrix'
const good = toNpy([
  [1, 2],
  [3, 4],
])
const replaced = (from: string, to: string): Buffer =>
  Buffer.from(good.toString('latin1').replace(from, to.padEnd(from.length)), 'latin1')

type Case = [file: string, content: string | Uint8Array, sentence: string]
const cases: Case[] = [
  [
    'zero.mtx',
    `${MM} coordinate real general\n2 2 1\n0 1 5\n`,
    'zero.mtx, line 3: row 0 is outside 1 … 2; MatrixMarket counts from 1, so add 1 to every index.',
  ],
  [
    'outside.mtx',
    `${MM} coordinate real general\n%\n2 2 1\n1 3 5\n`,
    'outside.mtx, line 4: column 3 is outside 1 … 2; MatrixMarket counts from 1.',
  ],
  [
    'twice.mtx',
    `${MM} coordinate real general\n2 2 3\n2 1 5\n1 1 3\n2 1 4\n`,
    'twice.mtx gives row 2, column 1 twice; keep one entry for each place.',
  ],
  [
    'short.mtx',
    `${MM} coordinate real general\n2 2 2\n1 1 5.0000000000000\n`,
    'short.mtx has only 1 entry, but its size line says 2; the file seems cut off, so copy it again.',
  ],
  [
    'long.mtx',
    `${MM} array real general\n1 2\n1\n2\n3\n`,
    'long.mtx has more entries, but its size line says 2; correct the size line.',
  ],
  [
    'claim.mtx',
    `${MM} array real general\n100000 100000\n1\n`,
    'claim.mtx claims 10,000,000,000 entries, more than its 57 bytes can hold; correct the size line or copy the file again.',
  ],
  [
    'claims.mtx',
    `${MM} coordinate real general\n60000000 60000000 1\n1 1 1\n`,
    'claims.mtx claims 60,000,000 × 60,000,000 but holds only 1 entry; correct the size or the largest index.',
  ],
  [
    'rows.mtx',
    `${MM} coordinate real general\n5000000000 2 1\n1 1 1\n`,
    'rows.mtx, line 2 has 5,000,000,000 rows; the limit is 4,294,967,295, so take a sample of the rows.',
  ],
  [
    'columns.mtx',
    `${MM} coordinate real general\n2 5000000000 1\n1 1 1\n`,
    'columns.mtx, line 2 has 5,000,000,000 columns; the limit is 67,108,864, so hash or select features first.',
  ],
  [
    'complex.mtx',
    `${MM} coordinate complex general\n1 1 1\n1 1 1 1\n`,
    'complex.mtx, line 1: "%%MatrixMarket matrix coordinate complex…" cannot be read; expected "%%MatrixMarket matrix", then coordinate or array, then real, integer or pattern, then general, symmetric or skew-symmetric.',
  ],
  [
    'fields.mtx',
    `${MM} coordinate real general\n2 2 1\n1 1\n`,
    'fields.mtx, line 3 has 2 fields, expected 3; correct the line.',
  ],
  [
    'square.mtx',
    `${MM} coordinate real symmetric\n2 3 1\n1 1 1\n`,
    'square.mtx, line 2: a symmetric matrix is square, this one is 2 × 3; correct the banner or the size.',
  ],
  [
    'banner.mtx',
    '2 2 1\n1 1 1\n',
    'banner.mtx does not start with %%MatrixMarket, as a MatrixMarket file must; add the banner or rename the file.',
  ],
  [
    'nan.npy',
    toNpy([
      [1, 2],
      [3, Number.NaN],
    ]),
    'nan.npy: the value in row 2, column 2 is NaN, which is not finite; replace it, or ask for the column’s mean with --impute mean.',
  ],
  [
    'inf.npy',
    toNpy([[1, Number.POSITIVE_INFINITY]], 'f4', '>', true),
    'inf.npy: the value in row 1, column 2 is Infinity, which is not finite; replace it.',
  ],
  [
    'wide.npy',
    toNpy([[1, 2 ** 60]], 'i8'),
    "wide.npy holds an integer near 1152921504606847000, beyond ±2^53, which a 64-bit float cannot hold exactly; rescale it or save X.astype('f8').",
  ],
  [
    'claim.npy',
    Buffer.concat([npyHeader('<f8', false, '50000, 25000'), Buffer.alloc(64)]),
    'claim.npy claims 50,000 × 25,000 cells (10,000,000,128 bytes), but the file has 192 bytes; it seems cut off, so copy it again.',
  ],
  [
    'claim.npy.gz',
    Buffer.concat([npyHeader('<f8', true, '2000, 10'), Buffer.alloc(64)]),
    'claim.npy.gz claims 2,000 × 10 cells (160,128 bytes), but the file has',
  ],
  [
    'cut.npy.gz',
    toNpy([[1, 2, 3, 4]]).subarray(0, -5),
    'cut.npy.gz ends 1 cell before the 1 × 4 that its header claims; copy the file again.',
  ],
  [
    'tail.npy',
    Buffer.concat([good, good]),
    'tail.npy goes on after its array; save one array in one file.',
  ],
  [
    'vector.npy',
    replaced('(2, 2)', '(4,)'),
    'vector.npy has the shape (4); expected two dimensions, rows × columns, so save X.reshape(-1, 1) if it is one column.',
  ],
  [
    'type.npy',
    replaced("'<f8'", "'<c8'"),
    "type.npy holds cells of type \"'<c8'\"; expected bool, integers or 32- or 64-bit floats, so save X.astype('f4') or X.toarray().",
  ],
  [
    'header.npy',
    replaced('fortran', 'fortune'),
    'header.npy: the header lacks fortran_order or shape; write the file again with numpy.save(path, X).',
  ],
]

describe('a bad matrix', () => {
  it.each(cases)('%s', async (file, content, sentence) => {
    expect(await refusal(folder.write(file, content))).toContain(sentence)
  })

  it('that is a sparse file of zeros with a huge header', async () => {
    const path = folder.write('zeros.npy', npyHeader('<f8', false, '1000000, 1000000'))
    truncateSync(path, 1e6)
    expect(await refusal(path)).toMatch(/claims 1,000,000 × 1,000,000 cells/)
  })
})
