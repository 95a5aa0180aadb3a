import { expect, test } from 'vitest'
import {
  checkUpload,
  guessKind,
  guessName,
  guessPlace,
  takesSecond,
  type UploadDraft,
  uploadQuery,
} from './upload.ts'

const draft: UploadDraft = {
  ...{ kind: 'matrix', name: 'mice', place: 'none', column: '', impute: false, holdout: '' },
  validation: '',
}
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

test('a file name may tell the kind', () => {
  const names = ['ratings.dat', 'u.data', 'docword.nips.txt.gz', 'X.npy', 'a.svm.gz', 'words.txt']
  const kinds = ['ratings', 'ratings', 'corpus', 'matrix', 'matrix', null]
  expect(names.map(guessKind)).toEqual(kinds)
})

test('ratings and corpora ask for what they need, and for nothing of a table', () => {
  const ratings: UploadDraft = { ...draft, kind: 'ratings', place: 'column', impute: true }
  expect(checkUpload(ratings, file, null)).toEqual({})
  expect(checkUpload({ ...ratings, holdout: '1' }, file, null).holdout).toMatch(/between 0 and 1/)
  expect(uploadQuery(ratings, 'r.csv', null).toString()).toBe(
    'filename=r.csv&name=mice&kind=ratings',
  )
  expect(uploadQuery({ ...ratings, holdout: '0.1' }, 'r.csv', null).get('holdout')).toBe('0.1')
  expect(checkUpload({ ...ratings, validation: 'some' }, file, null).validation).toMatch(/0 and 1/)
  expect(uploadQuery({ ...ratings, validation: '0.05' }, 'r.csv', null).get('validation')).toBe(
    '0.05',
  )
  const corpus: UploadDraft = { ...ratings, kind: 'corpus' }
  expect([takesSecond(ratings), takesSecond(corpus)]).toEqual([false, true])
  expect(uploadQuery(corpus, 'c.txt', 'v1').toString()).toBe(
    'filename=c.txt&name=mice&kind=corpus&vocabUpload=v1',
  )
})
