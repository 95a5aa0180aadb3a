/** Files of text, as far as they are regular: one module, one function a format. */
export { heapBase } from '../../../../shared/table.as'
export { cells, column, readCells, rowsEnded } from './cells.as'
export {
  entries,
  hasLabel,
  inComment,
  indexMax,
  indexMin,
  labels,
  lastIndex,
  line,
  readLibsvm,
  rows,
} from './libsvm.as'
export { readEntries, readRatings, stored, taken } from './lines.as'
export { powers, readNumber, value } from './number.as'
