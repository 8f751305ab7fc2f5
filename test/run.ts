import { startVitest, type TestCase, type TestModule } from 'vitest/node'

/**
 * Runs the tests (all, or the files whose path holds one of the arguments) and ends with one line, `N passed, N failed`, followed by
 * `, N skipped` where there are any. Exits with 1 after a failure, an error outside of any test, or when there was nothing to run.
 */
const vitest = await startVitest(process.argv.slice(2), { watch: false, run: true, passWithNoTests: false })
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()])
const passed = tests.filter((test) => test.result().state === 'passed').length
const skipped = tests.filter((test) => test.result().state === 'skipped')
const strayErrors = modules.flatMap(errorsOutsideTests).length + vitest.state.getUnhandledErrors().length
const failed = tests.length - passed - skipped.length + strayErrors
await vitest.close()

for (const [reason, names] of Map.groupBy(skipped, reasonOf)) {
  console.log(
    `skipped: ${reason}\n${names.map((test) => `  ${test.module.relativeModuleId} > ${test.fullName}`).join('\n')}`,
  )
}
if (tests.length === 0) console.log('There was no test to run.')
if (strayErrors > 0) console.log(`${strayErrors} of the failures happened outside of any test; see above.`)
console.log(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
process.exit(failed > 0 || tests.length === 0 ? 1 : 0)

function errorsOutsideTests(module: TestModule): readonly unknown[] {
  return [module, ...module.children.allSuites()].flatMap((suite) => suite.errors())
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return note ?? (test.options.mode === 'todo' ? 'not written yet' : 'its file prints why')
}
