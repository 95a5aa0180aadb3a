import { expect, test } from 'vitest'
import type { RunLine } from '../../../shared/protocol.ts'
import {
  findUsers,
  readCounts,
  readItems,
  readRecommendations,
  readTitles,
  topItems,
} from './ratings.ts'
import { bySweep } from './sweeps.ts'
import { readTopics, topicsWith, topWords } from './topics.ts'

const TOPICS = `topic,rank,word,probability,lift
1,1,sea,0.04,3
1,2,ship,0.02,9
2,1,"a,b",0.5,2
`
const DOCUMENTS = 'topic,rank,document,share\n2,1,Ps 1,0.5\n'
const SUMMARY = 'topic,share,alpha,coherence,words\n1,0.25,0.1,,sea ship\n2,0.75,0.1,0.3,x\n'

test('topics come largest first, their words by what one asks for', () => {
  const topics = readTopics(TOPICS, SUMMARY, DOCUMENTS)
  expect(topics.map(({ id, share, coherence }) => [id, share, coherence])).toEqual([
    ['2', 0.75, 0.3],
    ['1', 0.25, null],
  ])
  expect(topics[0]!.words[0]!.word).toBe('a,b')
  expect(topics.map(({ documents }) => documents)).toEqual([[{ name: 'Ps 1', share: 0.5 }], []])
  const words = (order: 'probability' | 'lift') =>
    topWords(topics[1]!, order, 5).map(({ word, bar }) => [word.word, Number(bar.toFixed(2))])
  expect(words('probability')).toEqual([
    ['sea', 1],
    ['ship', 0.5],
  ])
  expect(words('lift')).toEqual([
    ['ship', 1],
    ['sea', 0.33],
  ])
  expect(topicsWith(topics, ' SHI').map(({ id }) => id)).toEqual(['1'])
  expect(topicsWith(topics, 'hip')).toEqual([])
  expect(readTopics(TOPICS, undefined, undefined).map(({ id, share }) => [id, share])).toEqual([
    ['1', null],
    ['2', null],
  ])
})

const LISTS = 'user,rank,item,score\nann,1,tea,4.5\nann,2,rye,4\nbob,1,tea,5\n'

test('recommendations by user; the last list of a text cut short may be a part', () => {
  const lists = readRecommendations(LISTS, false)
  expect([...lists.keys()]).toEqual(['ann', 'bob'])
  expect(lists.get('ann')).toEqual([
    { item: 'tea', score: 4.5 },
    { item: 'rye', score: 4 },
  ])
  expect([...readRecommendations(LISTS, true).keys()]).toEqual(['ann'])
})

test('items with their bias and how often they are recommended', () => {
  const biases = 'kind,id,bias\nmean,,3.5\nuser,tea,9\nitem,tea,-0.5\n'
  const counts = 'row,id,ratings\n0,tea,2\n1,rye,7\n'
  const items = readItems(counts, biases, readRecommendations(LISTS, false))
  expect(items).toEqual([
    { id: 'tea', ratings: 2, bias: -0.5, recommended: 2 },
    { id: 'rye', ratings: 7, bias: null, recommended: 1 },
  ])
  expect(topItems(items, 'ratings', 1)[0]!.id).toBe('rye')
  expect(topItems(items, 'recommended', 1)[0]!.id).toBe('tea')
  expect(readCounts(counts).get('rye')).toBe(7)
})

test('titles of items, however they are parted', () => {
  const wanted = [['0111161', 'Up (2009)']]
  const texts = ['0111161::Up (2009)::Film|Two', '0111161\tUp (2009)\r\n', '0111161,"Up (2009)"\n']
  expect(texts.map((text) => [...readTitles(text)])).toEqual([wanted, wanted, wanted])
  expect([...readTitles('1,"a, b",c\n\n2\n')]).toEqual([['1', 'a, b']])
})

test('users are found by a part of their id', () => {
  const users = ['10', '21', '1', '31']
  expect(findUsers(users, '1', 3)).toEqual(['10', '1', '21'])
  expect(findUsers(users, '', 2)).toEqual(['10', '21'])
  expect(findUsers(users, 'x', 2)).toEqual([])
})

test('the first line that knows a sweep stands for it', () => {
  const lines = [[], [1], [1], [2], [2], [4]].map(
    ([sweep], i) =>
      ({ atMs: i, values: sweep === undefined ? {} : { sweep } }) as unknown as RunLine,
  )
  const { sweeps, lines: kept } = bySweep(lines, ({ values }) => values.sweep ?? null)
  expect(sweeps).toEqual([1, 2, 4])
  expect(kept.map(({ atMs }) => atMs)).toEqual([1, 3, 5])
})
