import { execFile, spawnSync } from 'node:child_process'

/** Runs a program of the system to its end and gives what it printed. Throws with what it said when it fails. */
export function runTool(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { encoding: 'utf8' }, (error, printed, said) => {
      if (error === null) resolve(printed)
      else reject(new Error(`${file} ${args.join(' ')} failed: ${said.trim() || error.message}`, { cause: error }))
    })
  })
}

/** True when the program can be started and ends well. */
export function toolWorks(file: string, args: readonly string[]): boolean {
  return spawnSync(file, [...args], { stdio: 'ignore' }).status === 0
}
