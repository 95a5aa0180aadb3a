/** A tab's memory of a factorisation: parts of the users and blocks of the items, with their states. */
import { openRotationMemory } from '../../rotation/memory.ts'
import type { Memory } from '../kernel.ts'

/** What is remembered together: of a part, of a block. */
export const GROUPS = [
  ['slot', 'column', 'columns', 'users', 'userState'],
  ['items', 'itemState'],
] as const

export const openMemory = (): Memory => openRotationMemory({ groups: GROUPS })
