/**
 * B of the word at hand, s, and what follows from them: topics.ts in AssemblyScript.
 *
 * Sums over documents read φ alone, so it lies by itself; all else of a topic lies together, because a
 * token that changes its topic needs all of it, at two topics. Both have room for every topic there can
 * be, at addresses known to the compiler.
 */
import { address, f64At, lengthOf, pad16, u32At } from '../../table.as'
import { copyPairs, endRow, mark, putMarked } from './pairs.as'
import { ALPHA, SCALARS, TOTALS, topicAt, WORD_COUNTS, WORD_TOPICS } from './rows.as'

/** Topics whose share of the prior is kept as one sum: 2^5. */
const GROUP_BITS: usize = 5

/** f64 (65 536): φ_k of the word at hand. */
export const PHI: usize = memory.data(65536 * 8, 64)
/** (65 536) of 32 bytes: the fields below. */
const STATE: usize = memory.data(65536 * 32, 64)
const STRIDE: usize = 5
const INVERSE: usize = 0 //     f64  1/(s_k + Vβ)
const LESS: usize = 8 //        f64  … with one token less
const ALPHA_K: usize = 16 //    f64  α_k
const TOTAL: usize = 24 //      i32  s_k
const COUNT: usize = 28 //      i32  B_wk

/** Σ α_k φ_k. */
export let prior: f64 = 0

let k: usize = 0
let beta: f64 = 0
let betaSum: f64 = 0
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
  groups = work
  smoothGroups = groups + pad16(groupsBytes)
  touched = smoothGroups + pad16(groupsBytes)
  return touched + pad16((k + tokens) << 1)
}

export function phiOf(id: usize): f64 {
  return load<f64>(id << 3, PHI)
}

export function setPhi(id: usize, phi: f64): void {
  store<f64>(id << 3, phi, PHI)
}

function countOf(id: usize): i32 {
  return load<i32>(id << STRIDE, STATE + COUNT)
}

function setCount(id: usize, count: i32): void {
  store<i32>(id << STRIDE, count, STATE + COUNT)
}

function totalOf(id: usize): i32 {
  return load<i32>(id << STRIDE, STATE + TOTAL)
}

function inverseOf(id: usize): f64 {
  return load<f64>(id << STRIDE, STATE + INVERSE)
}

function alphaOf(id: usize): f64 {
  return load<f64>(id << STRIDE, STATE + ALPHA_K)
}

export function openTopics(table: usize): void {
  const scalars = address(table, SCALARS)
  beta = f64At(scalars, 1)
  betaSum = f64At(scalars, 2)
  smooth = 0
  memory.fill(smoothGroups, 0, groupsBytes)
  for (let id: usize = 0; id < k; id++) {
    const total = <i32>u32At(address(table, TOTALS), id)
    const inv = inverseOfTotal(total)
    const alpha = f64At(address(table, ALPHA), id)
    const at = id << STRIDE
    store<f64>(at, inv, STATE + INVERSE)
    store<f64>(at, inverseOfTotal(total - 1), STATE + LESS)
    store<f64>(at, alpha, STATE + ALPHA_K)
    store<i32>(at, total, STATE + TOTAL)
    store<i32>(at, 0, STATE + COUNT)
    setPhi(id, beta * inv)
    const part = alpha * (beta * inv)
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
    const count = countOf(id)
    if (count == 0) touch(id)
    setCount(id, count + <i32>load<u8>(given + p))
  }
  prior = smooth
  memory.copy(groups, smoothGroups, groupsBytes)
  for (let i: usize = 0; i < entered; i++) {
    const id = <usize>load<u16>(touched + (i << 1))
    const next = (<f64>countOf(id) + beta) * inverseOf(id)
    const by = priorStep(id, phiOf(id), next)
    prior += by
    bump(groups, id, by)
    setPhi(id, next)
  }
}

/** Its pairs are written; φ is what it is for a word without counts again. */
export function leaveWord(word: usize): void {
  for (let i: usize = 0; i < entered; i++) mark(<usize>load<u16>(touched + (i << 1)))
  putMarked(STATE + COUNT, STRIDE)
  endRow(word)
  for (let i: usize = 0; i < entered; i++) {
    const id = <usize>load<u16>(touched + (i << 1))
    setCount(id, 0)
    setPhi(id, beta * inverseOf(id))
  }
}

/** A word without tokens in the cell. */
export function passWord(table: usize, word: usize, pair: usize, pairs: usize): void {
  copyPairs(address(table, WORD_TOPICS), address(table, WORD_COUNTS), pair, pairs)
  endRow(word)
}

/** 1/(s_k + Vβ): divided when a total changes, so that no draw has to wait for it. */
function inverseOfTotal(total: i32): f64 {
  return 1.0 / (<f64>total + betaSum)
}

/** φ_k with one token less. */
export function phiLess(id: usize): f64 {
  return (<f64>(countOf(id) - 1) + beta) * load<f64>(id << STRIDE, STATE + LESS)
}

/** By how much the prior grows when φ_k becomes `next`. */
export function priorStep(id: usize, from: f64, next: f64): f64 {
  return alphaOf(id) * (next - from)
}

/** A token of the word leaves a topic; then φ is `phi`, and `by` is what that does to the prior. */
export function leaveTopic(id: usize, phi: f64, by: f64): void {
  const total = totalOf(id) - 1
  const inverse = load<f64>(id << STRIDE, STATE + LESS)
  settle(id, total, countOf(id) - 1, inverse, phi, by)
  store<f64>(id << STRIDE, inverseOfTotal(total - 1), STATE + LESS)
}

/** A token of the word joins a topic. */
export function joinTopic(id: usize): void {
  const total = totalOf(id) + 1
  const count = countOf(id)
  if (count == 0) touch(id)
  const inverse = inverseOfTotal(total)
  const phi = (<f64>(count + 1) + beta) * inverse
  store<f64>(id << STRIDE, inverseOf(id), STATE + LESS)
  settle(id, total, count + 1, inverse, phi, priorStep(id, phiOf(id), phi))
}

function settle(id: usize, total: i32, count: i32, inverse: f64, phi: f64, by: f64): void {
  store<i32>(id << STRIDE, total, STATE + TOTAL)
  setCount(id, count)
  const smoother = alphaOf(id) * beta * (inverse - inverseOf(id))
  smooth += smoother
  bump(smoothGroups, id, smoother)
  prior += by
  bump(groups, id, by)
  store<f64>(id << STRIDE, inverse, STATE + INVERSE)
  setPhi(id, phi)
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
    rest -= alphaOf(id) * phiOf(id)
    if (rest < 0) break
    id++
  }
  return id
}
