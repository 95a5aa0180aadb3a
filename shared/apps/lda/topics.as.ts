/** B of the word at hand, s, and what follows from them: topics.ts in AssemblyScript. */
import { address, f64At, lengthOf, pad16, u32At } from '../../table.as'
import { copyPairs, endRow, mark, putMarked } from './pairs.as'
import { ALPHA, SCALARS, TOTALS, topicAt, WORD_COUNTS, WORD_TOPICS } from './rows.as'

/** Topics whose share of the prior is kept as one sum: 2^5. */
const GROUP_BITS: usize = 5

/** φ_k of the word at hand: f64 (K). */
export let phi: usize = 0
/** Σ α_k φ_k. */
export let prior: f64 = 0

let k: usize = 0
let alpha: usize = 0
let beta: f64 = 0
let betaSum: f64 = 0
let inverse: usize = 0 //   f64 (K)  1/(s_k + Vβ)
let totals: usize = 0 //    i32 (K)  s_k
let counts: usize = 0 //    i32 (K)  B_wk
let touched: usize = 0 //   u16 (K + T)  topics that the word has or had
let entered: usize = 0 //   how many
let groups: usize = 0 //    f64 (G)  α φ summed by groups of topics
let smoothGroups: usize = 0 // f64 (G)  … for a word without counts
let groupsBytes: usize = 0
let smooth: f64 = 0

/** Returns the end of its part of the scratch. */
export function layOutTopics(table: usize, work: usize, tokens: usize): usize {
  k = lengthOf(table, ALPHA)
  groupsBytes = ((k + (1 << GROUP_BITS) - 1) >> GROUP_BITS) << 3
  phi = work
  inverse = phi + pad16(k << 3)
  totals = inverse + pad16(k << 3)
  counts = totals + pad16(k << 2)
  groups = counts + pad16(k << 2)
  smoothGroups = groups + pad16(groupsBytes)
  touched = smoothGroups + pad16(groupsBytes)
  return touched + pad16((k + tokens) << 1)
}

export function openTopics(table: usize): void {
  const scalars = address(table, SCALARS)
  alpha = address(table, ALPHA)
  beta = f64At(scalars, 1)
  betaSum = f64At(scalars, 2)
  smooth = 0
  memory.fill(counts, 0, k << 2)
  memory.fill(smoothGroups, 0, groupsBytes)
  for (let id: usize = 0; id < k; id++) {
    const total = <i32>u32At(address(table, TOTALS), id)
    const inv = 1.0 / (<f64>total + betaSum)
    store<i32>(totals + (id << 2), total)
    store<f64>(inverse + (id << 3), inv)
    store<f64>(phi + (id << 3), beta * inv)
    const part = f64At(alpha, id) * (beta * inv)
    bump(smoothGroups, id, part)
    smooth += part
  }
}

function bump(sums: usize, id: usize, by: f64): void {
  const at = sums + ((id >> GROUP_BITS) << 3)
  store<f64>(at, load<f64>(at) + by)
}

function touch(id: usize): void {
  store<u16>(touched + (entered << 1), <u16>id)
  entered++
}

export function enterWord(table: usize, pair: usize, pairs: usize, bytes: usize): void {
  const ids = address(table, WORD_TOPICS)
  const given = address(table, WORD_COUNTS)
  entered = 0
  for (let p = pair; p < pair + pairs; p++) {
    const id = <usize>topicAt(ids, p, bytes)
    const at = counts + (id << 2)
    const count = load<i32>(at)
    if (count == 0) touch(id)
    store<i32>(at, count + <i32>load<u8>(given + p))
  }
  prior = smooth
  memory.copy(groups, smoothGroups, groupsBytes)
  for (let i: usize = 0; i < entered; i++) {
    const id = <usize>load<u16>(touched + (i << 1))
    const at = phi + (id << 3)
    const next = (<f64>load<i32>(counts + (id << 2)) + beta) * f64At(inverse, id)
    const by = f64At(alpha, id) * (next - load<f64>(at))
    prior += by
    bump(groups, id, by)
    store<f64>(at, next)
  }
}

/** Its pairs are written; φ is what it is for a word without counts again. */
export function leaveWord(word: usize): void {
  for (let i: usize = 0; i < entered; i++) mark(<usize>load<u16>(touched + (i << 1)))
  putMarked(counts)
  endRow(word)
  for (let i: usize = 0; i < entered; i++) {
    const id = <usize>load<u16>(touched + (i << 1))
    store<i32>(counts + (id << 2), 0)
    store<f64>(phi + (id << 3), beta * f64At(inverse, id))
  }
}

/** A word without tokens in the cell. */
export function passWord(table: usize, word: usize, pair: usize, pairs: usize): void {
  copyPairs(address(table, WORD_TOPICS), address(table, WORD_COUNTS), pair, pairs)
  endRow(word)
}

/** 1/(s_k + Vβ) with `by` tokens more. */
export function inverseWith(id: usize, by: i32): f64 {
  return 1.0 / (<f64>(load<i32>(totals + (id << 2)) + by) + betaSum)
}

/** φ_k with `by` tokens more, given the inverse. */
export function phiWith(id: usize, by: i32, inv: f64): f64 {
  return (<f64>(load<i32>(counts + (id << 2)) + by) + beta) * inv
}

/** By how much the prior grows when φ_k becomes `next`. */
export function priorStep(id: usize, from: f64, next: f64): f64 {
  return f64At(alpha, id) * (next - from)
}

/** A topic has one token of the word more or less; `by` is what that does to the prior. */
export function settle(id: usize, change: i32, inv: f64, next: f64, by: f64): void {
  const at = counts + (id << 2)
  const count = load<i32>(at)
  if (count == 0) touch(id)
  store<i32>(at, count + change)
  const total = totals + (id << 2)
  store<i32>(total, load<i32>(total) + change)
  const place = inverse + (id << 3)
  const smoother = f64At(alpha, id) * beta * (inv - load<f64>(place))
  smooth += smoother
  bump(smoothGroups, id, smoother)
  prior += by
  bump(groups, id, by)
  store<f64>(place, inv)
  store<f64>(phi + (id << 3), next)
}

/** The topic in which the prior's sum passes `draw`; `by` more lies in the group of `old`. */
export function drawFromPrior(draw: f64, old: usize, by: f64): usize {
  const at = groups + ((old >> GROUP_BITS) << 3)
  const before = load<f64>(at)
  store<f64>(at, before + by)
  const last = groupsBytes - 8
  let rest = draw
  let g: usize = 0
  while (g < last && rest >= load<f64>(groups + g)) {
    rest -= load<f64>(groups + g)
    g += 8
  }
  store<f64>(at, before)
  let id = (g >> 3) << GROUP_BITS
  const end = min(id + (1 << GROUP_BITS), k) - 1
  while (id < end) {
    rest -= f64At(alpha, id) * f64At(phi, id)
    if (rest < 0) break
    id++
  }
  return id
}
