/** Every bad file is refused with one sentence that says where and what to do, and leaves nothing. */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import type { Store } from '../store/store.ts'
import { type IngestInput, ingest } from './ingest.ts'
import { testFolder, toCsv, toNpy } from './testFiles.ts'
import { countingStore, refusal } from './testKit.ts'

const folder = testFolder()
afterAll(folder.remove)

const good = toNpy([
  [1, 2],
  [3, 4],
])

type Case = [file: string, content: string | Uint8Array, sentence: string, Partial<IngestInput>?]
const cases: Case[] = [
  ['empty.csv', '', 'empty.csv is empty; expected a matrix.'],
  ['empty.csv.gz', '', 'empty.csv.gz unpacks to nothing; expected a matrix.'],
  ['blank.csv', '\n\n', 'blank.csv has only blank lines; expected a row for each sample.'],
  ['head.csv', 'a,b\n', 'head.csv has a header but no rows; add the data.'],
  [
    'ragged.csv',
    'a,b\n1,2\n3\n',
    'ragged.csv, line 3 has 1 field, expected 2 as in the first row; check its delimiters and quotes.',
  ],
  [
    'wide.csv',
    '1,2\n3,4,5\n',
    'wide.csv, line 2 has 3 fields, expected 2 as in the first row; check its delimiters and quotes.',
  ],
  [
    'text.csv',
    'age,height\n1,2\n3,tall\n',
    'text.csv, line 3, column "height": "tall" is not a number; every value must be a decimal number such as -1.5e3, so write text as numbers, or leave its column out.',
  ],
  [
    'comma.csv',
    'age;height\n1;2\n3;1,75\n',
    'comma.csv, line 3, column "height": "1,75" has a decimal comma; write all numbers with a point, such as 1.5.',
  ],
  [
    'missing.csv',
    'age,height\n1,\n',
    'missing.csv, line 2, column "height": the value is missing; fill it in, remove the row, or ask for the column\'s mean with --impute mean.',
  ],
  [
    'y.csv',
    'age,y\n1,2\n3,NA\n',
    'y.csv, line 3, column "y": the value is missing; fill it in, remove the row, or ask for the column\'s mean with --impute mean.',
    { target: 'y', impute: 'mean' },
  ],
  [
    'hole.csv',
    'a,b\n1,\n2,\n',
    'hole.csv, column "b" has no value in any row, so there is no mean to impute; remove the column.',
    { impute: 'mean' },
  ],
  [
    'inf.csv',
    'a,b\n1,-Inf\n',
    'inf.csv, line 2, column "b": "-Inf" is not finite; replace it by a finite number or remove the row.',
  ],
  [
    'huge.csv',
    '1,2\n3,1e999\n',
    'huge.csv, line 2, column "x2": "1e999" is not finite; replace it by a finite number or remove the row.',
  ],
  ['middle.csv', '1\n\n2\n', 'middle.csv, line 2 is blank; remove it, or give its values.'],
  [
    'quote.csv',
    'a,b\n1,"2\n',
    'quote.csv, line 2, column "b": the quoted field is never closed; add a quote (").',
  ],
  [
    'after.csv',
    'a,b\n1,"2"3\n',
    'after.csv, line 2, column "b": text follows a closing quote; double the quotes inside a quoted field.',
  ],
  [
    'target.csv',
    'a,b\n1,2\n',
    'target.csv has no column "y" for the target; its columns are a, b.',
    { target: 'y' },
  ],
  [
    'two.csv',
    'y,y\n1,2\n',
    'two.csv has two columns named "y"; rename the one that is not the target.',
    { target: 'y' },
  ],
  [
    'only.csv',
    'y\n1\n2\n',
    'only.csv has no column besides its target; add the columns of X.',
    { target: 'y' },
  ],
  [
    'constant.csv',
    'a,y\n1,7\n2,7\n',
    'The target is constant: all 2 values of y in constant.csv are 7; choose a target that varies.',
    { target: 'y' },
  ],
  [
    'npyTarget.npy',
    good,
    'The target "y" is neither a file nor a column, because npyTarget.npy has no named columns; pass a file with y as the target.',
    { target: 'y' },
  ],
  [
    'order.svm',
    '1 1:2\n-1 3:1 2:1\n',
    'order.svm, line 2: index 2 follows 3; sort the indices of each line in ascending order.',
  ],
  [
    'twice.svm',
    '1 2:2 2:3\n-1 3:1\n',
    'twice.svm, line 1: index 2 stands twice; keep one value for each index.',
  ],
  [
    'label.svm',
    '1 1:2\n1:2 2:1\n',
    'label.svm, line 2: "1:2" stands where the label should; start every line with the value of y.',
  ],
  [
    'labels.svm',
    '1,3 1:2\n2 2:1\n',
    'labels.svm, line 1: "1,3" is a list of labels; expected one number, so keep one label a row.',
  ],
  [
    'pair.svm',
    '1 1:2\n2 x:1\n',
    'pair.svm, line 2: "x:1" is not index:value with a whole index; correct the line.',
  ],
  [
    'value.svm',
    '1 1:2\n2 4:one\n',
    'value.svm, line 2, index 4: "one" is not a number; every value must be a decimal number such as -1.5e3, so write text as numbers, or leave its column out.',
  ],
  [
    'index.svm',
    '1 1:2\n2 50000000:1\n',
    'index.svm claims 2 × 50,000,001 but holds only 2 entries; correct the size or the largest index.',
  ],
  [
    'indexes.svm',
    '1 1:2\n2 5000000000:1\n',
    'indexes.svm, line 2 has 5,000,000,000 columns; the limit is 67,108,864, so hash or select features first.',
  ],
  [
    'same.svm',
    '1 1:2\n1 4:1\n',
    'The target is constant: all 2 values of y in same.svm are 1; choose a target that varies.',
  ],
  [
    'none.svm',
    '1\n2\n',
    'none.svm holds a matrix of 2 × 0; expected at least one row and one column.',
  ],
  [
    'x.npz',
    Buffer.from('PK\x03\x04....'),
    'x.npz is a zip archive (.zip, .npz or .xlsx); extract it and pass one file.',
  ],
  [
    'noise.csv',
    Buffer.from([1, 0, 2, 0]),
    'noise.csv is not a .npy file, nor text; expected LIBSVM, CSV, TSV, MatrixMarket or .npy, each possibly gzipped.',
  ],
  ['twice.csv.gz', gzipSync('1,2\n'), 'twice.csv.gz was compressed twice; unpack it once.'],
  [
    'name.csv',
    '1,2\n',
    "A dataset's name has 1 to 100 printable characters; choose another with --name.",
    { name: ' ' },
  ],
]

describe('a bad file', () => {
  it.each(cases)('%s', async (file, content, sentence, more) => {
    expect(await refusal(folder.write(file, content), more)).toContain(sentence)
  })

  it('that is truncated or damaged gzip', async () => {
    const path = folder.write('cut.csv.gz', toCsv(Array(900).fill([1.5, 2, 3.25])))
    const packed = gzipSync(toCsv(Array.from({ length: 999 }, (_, i) => [i, Math.sin(i)])))
    for (const length of [30, 1000, packed.length - 3]) {
      writeFileSync(path, packed.subarray(0, length))
      expect(await refusal(path)).toBe(
        'cut.csv.gz is a truncated gzip file; download or compress it again.',
      )
    }
    packed.fill(77, 500, 600)
    writeFileSync(path, packed)
    expect(await refusal(path)).toMatch(/is a damaged gzip file|is not a number/)
  })

  it('that does not exist, or is a folder', async () => {
    expect(await refusal('/nowhere/x.csv')).toBe('There is no file /nowhere/x.csv; check the path.')
    expect(await refusal(folder.path)).toMatch(/is not a regular file; pass the path of one/)
  })
})

describe('a bad target file', () => {
  const path = folder.write('m.csv', '1,2\n3,4\n5,6\n')
  it.each<[string, string | Uint8Array, string]>([
    [
      'y1.csv',
      'y\n1\n2\n',
      'The target y1.csv has 2 values, but m.csv has 3 rows; both must list the same samples in the same order.',
    ],
    ['y2.csv', '1\n2\n3\n4\n', 'The target y2.csv has 4 values, but m.csv has 3 rows;'],
    [
      'y3.csv',
      'y\n4\n4\n4\n',
      'The target is constant: all 3 values of y in y3.csv are 4; choose a target that varies.',
    ],
    ['y4.csv', '1,2\n3,4\n5,6\n', 'The target file y4.csv has 2 columns, expected one;'],
    ['y5.csv', 'y\n1\nx\n3\n', 'y5.csv, line 3, column "y": "x" is not a number;'],
    ['y6.npy', good, 'The target file y6.npy has 2 columns, expected one;'],
  ])('%s', async (file, content, sentence) => {
    const targetPath = folder.write(file, content)
    expect(await refusal(path, { targetPath })).toContain(sentence)
  })

  it('is not given twice', async () => {
    expect(await refusal(path, { targetPath: path, target: 'y' })).toBe(
      'The target is given twice, as a column and as a file; keep one of them.',
    )
  })
})

describe('a store that fails', () => {
  it('keeps nothing new, and everything that was there', async () => {
    const { store, blobs } = countingStore()
    const rows = Array.from({ length: 4000 }, (_, i) =>
      Array.from({ length: 150 }, (_, j) => Math.sin(i * 150 + j)),
    )
    const path = folder.write('large.npy', toNpy(rows))
    const shared = folder.write('shared.csv', 'y\n1\n2\n')
    await ingest({ path: shared, name: 'kept' }, store)
    const before = [...blobs]
    let puts = 0
    const broken: Store = {
      ...store,
      putBlob: (bytes) =>
        ++puts === 4 ? Promise.reject(new Error('disk full')) : store.putBlob(bytes),
    }
    await expect(ingest({ path }, broken)).rejects.toThrow('disk full')
    expect(puts).toBe(5)
    expect([...blobs]).toEqual(before)
    const unpublished = { ...store, putDataset: () => Promise.reject(new Error('no')) }
    await expect(ingest({ path }, unpublished)).rejects.toThrow('no')
    expect([...blobs]).toEqual(before)
    expect(store.datasets().map(({ manifest }) => manifest.name)).toEqual(['kept'])
  })

  it('says what to do when the temporary folder does not take the data', async () => {
    const path = folder.write('spill.csv', toCsv([[1, 2]]))
    expect(await refusal(path, { tempDir: `${folder.path}/none` })).toMatch(
      /^The temporary folder .*none cannot take .* set TMPDIR to another folder\.$/,
    )
  })
})
