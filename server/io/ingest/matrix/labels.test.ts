/** Two words as a target: in a column or a file of their own. */
import { describe, expect, it } from 'vitest'
import { formatSummary } from '../summary.ts'
import { testFolder } from '../testFiles.ts'
import { ingestOne, refusal, targetOf } from '../testKit.ts'

const folder = testFolder()

describe('a target of two words', () => {
  it('in a column becomes 0 and 1 by the alphabet, and the words are kept', async () => {
    const path = folder.write('c.csv', 'a,kind,b\n1,spam,2\n3," ham",4\n5,"spam",6\n')
    const { store, manifest } = await ingestOne(path, { target: 'kind' })
    expect(targetOf(store, manifest)).toEqual([1, 0, 1])
    expect(manifest).toMatchObject({ targetName: 'kind', targetLabels: ['ham', 'spam'] })
    expect(formatSummary(manifest)).toMatch(/target +kind: ham = 0, spam = 1\n/)
  })

  it.each([
    ['y1.csv', 'AML\nALL\nAML\n', null],
    ['y2.csv', 'type\nAML\nALL\r\n"AML"', 'type'],
  ])('in a file of its own, with a header or without: %s', async (name, text, targetName) => {
    const path = folder.write('m.csv', '1,2\n3,4\n5,7\n')
    const targetPath = folder.write(name, text)
    const { store, manifest } = await ingestOne(path, { targetPath })
    expect(targetOf(store, manifest)).toEqual([1, 0, 1])
    expect(manifest).toMatchObject({ targetName, targetLabels: ['ALL', 'AML'] })
  })

  it('makes another dataset than other words', async () => {
    const ids = ['yes', 'oui'].map(async (word) => {
      const path = folder.write(`${word}.csv`, `x,y\n1,${word}\n2,n\n`)
      return (await ingestOne(path, { target: 'y' })).manifest.id
    })
    expect(new Set(await Promise.all(ids)).size).toBe(2)
  })

  it.each([
    ['a,b\n1,x\n2,y\n3,z\n', 'line 4, column "b": "z" is a third class beside "x" and "y"'],
    ['a,b\n1,x\n2,y\n3,\n', 'line 4, column "b": the class is missing'],
    ['a,b\n1,x\n2,y\n3,1\n', '"1" is a third class'],
    ['a,b\n1,1\n2,y\n', 'line 3, column "b": "y" is not a number'],
    ['a,b\n1,x\n2,x\n', 'all 2 values of y in bad.csv are x'],
  ])('is refused in a sentence: %j', async (text, sentence) => {
    const path = folder.write('bad.csv', text)
    expect(await refusal(path, { target: 'b' })).toContain(sentence)
  })
})
