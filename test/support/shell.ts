import { exec } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeTests, keepingTranslations } from './before-tests.ts'

/** Commands of documents, in a shell as a reader has it. */

const project = fileURLToPath(new URL('../..', import.meta.url))

export interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Those of these programs that are not on this machine. */
export const absent = (...programs: readonly string[]): readonly string[] =>
  programs.filter(
    (program) =>
      !(process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))),
  )

/** What a reader has: not this test run, which the commands must not think themselves in. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$|^HEBB_/.test(name)),
  ),
  ...{ NO_COLOR: '1', FORCE_COLOR: '0', npm_config_update_notifier: 'false' },
  ...keepingTranslations(),
})

/** The same without npx, which takes longer to find hebb than hebb to start: that it does is tested by the README's commands. */
export const shellWithoutNpx = (command: string, folder: string): Promise<Printed> =>
  shell(command.replace(/\bnpx (?=hebb )/g, 'node_modules/.bin/'), folder)

export const shell = (command: string, folder: string): Promise<Printed> =>
  new Promise((resolve) => {
    exec(command, { cwd: folder, env: environment() }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? -1), stdout, stderr })
    })
  })

/** What `npm install` of the package leaves in a folder: npx finds hebb here. */
export function linkHebb(folder: string): void {
  link(folder, beforeTests().hebb, 'dist/bin/hebb.mjs')
}

/** A folder that looks like a clone to commands that read it: what they write stays out of ours. */
export function likeClone(folder: string): void {
  link(folder, project, 'bin/hebb.mjs')
  for (const name of ['data', 'rules', 'docs']) symlinkSync(join(project, name), join(folder, name))
}

function link(folder: string, hebb: string, executable: string): void {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(hebb, join(folder, 'node_modules/hebb'))
  symlinkSync(`../hebb/${executable}`, join(folder, 'node_modules/.bin/hebb'))
}
