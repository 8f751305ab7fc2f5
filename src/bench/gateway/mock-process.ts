import { startMockUpstream } from '../../testing/mock-upstream.ts'

const mock = await startMockUpstream({ record: false })
process.once('disconnect', () => process.exit(0))
process.send?.({ origin: new URL(mock.baseUrl).origin })
