/**
 * A tab's memory of a topic model: parts of the documents, blocks of words and the topics of cells.
 *
 * A tab that stays with its documents need not be sent them again: of a lease then remain the words that
 * others have sampled since, and of all words none where one tab does everything.
 */
import { openRotationMemory } from '../../rotation/memory.ts'
import type { Memory } from '../kernel.ts'
import { delta } from './buffers.ts'

/** What is remembered together: of a part, of a block, of a cell. */
export const GROUPS = [
  ['slot', 'column', 'docPairs', 'docTopics', 'docCounts'],
  ['wordPairs', 'wordTopics', 'wordCounts'],
  ['z'],
] as const

/** Arrays of a delta that travel; the others were for this memory. */
const SENT = delta.map(({ name }) => name)

export const openMemory = (): Memory => openRotationMemory({ groups: GROUPS, sent: SENT })
