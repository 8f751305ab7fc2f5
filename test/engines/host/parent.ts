import { EngineHost } from '../../../src/engines/host/engine-host.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { hostOptions } from './host-options.ts'

// A program with an engine. It says the engine's process id and then waits to be killed.
const host = await EngineHost.start({ ...hostOptions(process.argv[2] ?? '.'), clock: systemClock })
console.log(host.pid)
