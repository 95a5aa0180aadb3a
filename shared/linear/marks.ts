/** One byte a variable: is it leased, and has a gap proved it to be zero? */
import type { Track } from './track.ts'

const LEASED = 1
const SCREENED = 2

export const isLeased = ({ marks }: Track, j: number): boolean => (marks[j]! & LEASED) !== 0
export const isScreened = ({ marks }: Track, j: number): boolean => (marks[j]! & SCREENED) !== 0

export function setLeased({ marks }: Track, index: Uint32Array, leased: boolean): void {
  for (const j of index) marks[j] = leased ? marks[j]! | LEASED : marks[j]! & ~LEASED
}

export function setScreened(track: Track, j: number): void {
  track.marks[j]! |= SCREENED
  track.screened++
}

/** Another λ: what was proved for the last one does not hold. */
export function unscreen(track: Track): void {
  for (let j = 0; j < track.marks.length; j++) track.marks[j]! &= ~SCREENED
  track.screened = 0
}
