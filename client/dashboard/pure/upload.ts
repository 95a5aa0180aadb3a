/** The upload form: what kind of data it is, what a file name tells, and the query of the request. */
import { type DatasetKind, isTable } from '../../../shared/dataset.ts'

/** Where the target y is. */
export type TargetPlace = 'file' | 'column' | 'second' | 'none'

export interface UploadDraft {
  kind: DatasetKind
  name: string
  place: TargetPlace
  column: string
  impute: boolean
  /** Ratings: the shares set apart for the test and for deciding when to stop, as typed; empty: none. */
  holdout: string
  validation: string
}

/** The shares of ratings one may set apart, by the names the server knows. */
const SHARES = ['holdout', 'validation'] as const

export type UploadErrors = Partial<
  Record<'file' | 'name' | 'column' | 'second' | (typeof SHARES)[number], string>
>

interface NamedFile {
  readonly name: string
  readonly size: number
}

const FORMATS = [
  { endings: ['.svm', '.libsvm', '.svmlight'], place: 'file' },
  { endings: ['.csv', '.tsv', '.txt'], place: 'column' },
  { endings: ['.npy', '.mtx', '.mm'], place: 'second' },
] as const

const TABLES = FORMATS.flatMap(({ endings }) => endings)
  .join(',')
  .concat(',.gz')

/** What the file picker offers first; the server decides by content and name. */
export const ACCEPT: Readonly<Record<DatasetKind, string>> = {
  matrix: TABLES,
  examples: TABLES,
  ratings: '.csv,.tsv,.txt,.dat,.mtx,.mm,.gz',
  corpus: '.txt,.dat,.svm,.libsvm,.gz',
}

/** What the usual names of data sets say about them; null for a name that says nothing. */
export function guessKind(filename: string): DatasetKind | null {
  const name = filename.toLowerCase()
  if (/^(docword|corpus)|\.ldac\b|lda-?c/.test(name)) return 'corpus'
  if (/rating|^u\.data$/.test(name)) return 'ratings'
  return guessPlace(filename) === 'file' || /\.npy(\.gz)?$/.test(name) ? 'matrix' : null
}

/** The usual place of y in a file of this name, or null for a name that tells nothing. */
export function guessPlace(filename: string): TargetPlace | null {
  const plain = filename.toLowerCase().replace(/\.gz$/, '')
  const found = FORMATS.find(({ endings }) => endings.some((ending) => plain.endsWith(ending)))
  return found?.place ?? null
}

/** A dataset name from a file name: no folder, no endings. */
export function guessName(filename: string): string {
  const base = filename.split(/[\\/]/).at(-1) ?? filename
  const plain = base.replace(/\.gz$/i, '').replace(/\.[a-z0-9]{1,8}$/i, '')
  return (plain === '' ? base : plain).slice(0, 100)
}

export function checkUpload(
  draft: UploadDraft,
  file: NamedFile | null,
  second: NamedFile | null,
): UploadErrors {
  const errors: UploadErrors = {}
  if (file === null) errors.file = 'Choose a file, or drop one here.'
  else if (file.size === 0) errors.file = `${file.name} is empty.`
  if (draft.name.trim() === '') errors.name = 'Give the dataset a name.'
  else if (draft.name.trim().length > 100) errors.name = 'At most 100 characters.'
  if (draft.kind === 'ratings')
    for (const name of SHARES.filter((each) => draft[each].trim() !== '')) {
      const share = Number(draft[name])
      if (!(share > 0 && share < 1)) errors[name] = 'Give a share between 0 and 1, or nothing.'
    }
  if (draft.kind === 'corpus' && second?.size === 0) errors.second = `${second.name} is empty.`
  if (!isTable(draft.kind)) return errors
  if (draft.place === 'column' && draft.column.trim() === '') {
    errors.column = 'Name the column that holds y, as it stands in the header.'
  }
  if (draft.place === 'second') {
    if (second === null) errors.second = 'Choose the file that holds y, one value a row.'
    else if (second.size === 0) errors.second = `${second.name} is empty.`
  }
  return errors
}

/** Whether a second file goes with the first: y of a table, the words of a corpus. */
export const takesSecond = ({ kind, place }: UploadDraft): boolean =>
  kind === 'corpus' || (isTable(kind) && place === 'second')

/** The query of POST /api/datasets; `second` is what the server called the second file. */
export function uploadQuery(
  draft: UploadDraft,
  filename: string,
  second: string | null,
): URLSearchParams {
  const query = new URLSearchParams({ filename, name: draft.name.trim() })
  switch (draft.kind) {
    case 'matrix':
    case 'examples':
      if (draft.kind === 'examples') query.set('kind', 'examples')
      if (draft.place === 'column') query.set('target', draft.column.trim())
      if (draft.impute) query.set('impute', 'mean')
      if (second !== null) query.set('targetUpload', second)
      break
    case 'ratings':
      query.set('kind', 'ratings')
      for (const name of SHARES) if (draft[name].trim() !== '') query.set(name, draft[name].trim())
      break
    case 'corpus':
      query.set('kind', 'corpus')
      if (second !== null) query.set('vocabUpload', second)
  }
  return query
}
