import { expect, test } from 'vitest'
import { checkUpload, guessName, guessPlace, uploadQuery } from './upload.ts'

const draft = { name: 'mice', place: 'none', column: '', impute: false } as const
const file = { name: 'X.npy.gz', size: 10 }

test('a file name tells the name and the usual place of y', () => {
  expect(['a/train.svm.gz', 'X.npy.gz', 'C:\\data\\my.table.csv', '.csv'].map(guessName)).toEqual([
    'train',
    'X',
    'my.table',
    '.csv',
  ])
  expect(['train.svm.gz', 'X.NPY', 'table.tsv', 'm.mtx.gz', 'blob'].map(guessPlace)).toEqual([
    'file',
    'second',
    'column',
    'second',
    null,
  ])
})

test('what is missing is said beside its field', () => {
  expect(checkUpload(draft, file, null)).toEqual({})
  expect(Object.keys(checkUpload({ ...draft, name: ' ' }, null, null))).toEqual(['file', 'name'])
  expect(checkUpload(draft, { name: 'x.csv', size: 0 }, null).file).toBe('x.csv is empty.')
  expect(checkUpload({ ...draft, place: 'column' }, file, null).column).toMatch(/header/)
  expect(checkUpload({ ...draft, place: 'second' }, file, null).second).toMatch(/one value a row/)
  expect(checkUpload({ ...draft, place: 'second' }, file, file)).toEqual({})
})

test('the query carries what was chosen and nothing left over', () => {
  const query = (change: object, upload: string | null = null) =>
    uploadQuery({ ...draft, column: 'y', ...change }, 'a b.csv', upload).toString()
  expect(query({})).toBe('filename=a+b.csv&name=mice')
  expect(query({ place: 'column', impute: true })).toBe(
    'filename=a+b.csv&name=mice&target=y&impute=mean',
  )
  expect(query({ place: 'second' }, 'u1')).toBe('filename=a+b.csv&name=mice&targetUpload=u1')
})
