import { expect, it } from 'vitest'
import { createEdgeMetrics } from '../../src/edge/metrics.ts'

it('the metrics of an edge count repeated requests that joined an answer', async () => {
  const metrics = createEdgeMetrics({ link: () => ({ state: 'up' }) })
  expect(await metrics.text()).toContain('edgewise_joined_requests_total 0')
  metrics.joined()
  metrics.joined()
  expect(await metrics.text()).toContain('edgewise_joined_requests_total 2')
})
