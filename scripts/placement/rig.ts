import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

/** Runs place.mjs in a rig: the real CUDA provider on stub libraries. */

export interface Copy {
  readonly way: 'H2D' | 'D2H' | 'D2D'
  readonly bytes: number
}

export interface Placement {
  /** What onnxruntime says as it places nodes; undefined where it made no session. */
  readonly log: string | undefined
  readonly problem: string
  /** What one run copied, or why there was none. */
  readonly copies: readonly Copy[] | string
}

/** @param steps how many steps the graph is run for; without it, it is only placed */
export function place(rig: string, file: string, steps?: number): Placement {
  const given = steps === undefined ? [] : [String(steps)]
  const child = spawnSync(process.execPath, ['place.mjs', resolve(file), ...given], {
    cwd: rig,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, LD_LIBRARY_PATH: join(rig, 'stubs'), STUBLOG: join(rig, 'copies.log') },
  })
  const { copies, notRun = 'no run was asked for' } = JSON.parse(child.stdout || '{}') as {
    copies?: Copy[]
    notRun?: string
  }
  return {
    log: child.status === 0 ? child.stderr : undefined,
    problem: child.stderr.trim().slice(-300),
    copies: copies ?? notRun,
  }
}

export const overTheBus = (copies: readonly Copy[]): readonly Copy[] =>
  copies.filter(({ way }) => way !== 'D2D')
