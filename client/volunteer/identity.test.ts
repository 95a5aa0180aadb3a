import { expect, test } from 'vitest'
import { describeAgent } from './identity.ts'

test.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
    'Chromium 156, Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
    'Firefox 145, Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'Safari 26, macOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36 EdgA/150.0 Edg/150.0',
    'Edge 150, Android',
  ],
  ['curl/8', 'Browser, unknown system'],
])('%s', (userAgent, agent) => {
  expect(describeAgent(userAgent, null)).toBe(agent)
  expect(describeAgent(userAgent, 'lab-07')).toBe(`lab-07 (${agent})`)
})
