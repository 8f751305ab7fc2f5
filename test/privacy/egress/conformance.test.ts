import * as tools from 'vitest'
import { conformOpenConnection } from '../../../src/testing/conformance/open-connection.ts'
import { egressSubject } from './egress-subject.ts'

conformOpenConnection({ tools, name: 'egress over plain http', setUp: egressSubject({ secure: false }) })
conformOpenConnection({ tools, name: 'egress over pinned TLS', setUp: egressSubject({ secure: true }) })
conformOpenConnection({
  tools,
  name: 'egress over plain http through a link of 20 ms',
  setUp: egressSubject({ secure: false, link: 'dssd-100' }),
})
conformOpenConnection({
  tools,
  name: 'egress over pinned TLS through a link of 5 ms',
  setUp: egressSubject({ secure: true, link: 'petals-b' }),
})
