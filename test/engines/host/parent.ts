import { EngineHost } from '../../../src/engines/host/engine-host.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { someRequest } from '../some-request.ts'
import { hostOptions } from './host-options.ts'

// A program with an engine at work. It says the engine's process id and then waits to be killed.
const host = await EngineHost.start({ ...hostOptions(process.argv[2] ?? '.'), clock: systemClock })
await host.generate(someRequest('endless', { id: 'busy' }), new AbortController().signal).next()
console.log(host.pid)
