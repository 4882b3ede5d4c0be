import { readFileSync, mkdirSync, writeFileSync, chmodSync, existsSync } from 'node:fs'
import { spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { hebb as commandLine } from '../src/cli/main.ts'
import { checkedWords } from '../src/cli/words.ts'
import { packaged, hebbAlone, newFolder, tinyProgram, write } from './cli/run-hebb.ts'
import { stepsOf } from './support/document.ts'
import { absent, shell } from './support/shell.ts'
import { writeFewImages } from './support/few-images.ts'
import { wantedVersion } from '../runtime/onnxruntime/wanted.ts'
import { readMetrics } from '../runtime/files/metrics.ts'

/** Scripts for schedulers, as far as they can be tried without one. */

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, 'examples', path), 'utf8')

/** The words that a shell gives to hebb, with variables in them left as they are. */
const wordsOf = (line: string): string[] => line.trim().split(/\s+/)

/** @throws Error where the command line does not take them */
async function requireParsed(words: readonly string[]): Promise<void> {
  const whole = await commandLine(words[0])
  const [command] = whole.commands
  checkedWords(whole, words)
  const { unknown } = command?.parseOptions(words.slice(1)) ?? { unknown: ['no command'] }
  expect(unknown).toEqual([])
}

describe('the Kubernetes Job', () => {
  const documents = parseAllDocuments(read('kubernetes/job.yaml'), { strict: true })
  const [claim, job] = documents.map((document) => document.toJS() as Record<string, unknown>)

  test('is YAML of a claim and a Job', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
    expect(claim).toMatchObject({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' })
  })

  test('gives hebb less time than it has itself, and fails for mistakes alone', () => {
    expect(job).toMatchObject({
      spec: {
        podFailurePolicy: {
          rules: [{ action: 'Ignore' }, { onExitCodes: { containerName: 'hebb', values: [1, 2, 70] } }],
        },
        template: {
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 180,
            containers: [{ name: 'hebb', args: [expect.stringContaining('--grace 170 ') as string] }],
          },
        },
      },
    })
  })

  test('has a command that hebb takes', async () => {
    const [, line = ''] = /exec \S+\/hebb (.*)$/m.exec(read('kubernetes/job.yaml')) ?? []
    await requireParsed(wordsOf(line))
  })
})

describe('the Kubernetes Deployment of workers', () => {
  const [document, ...others] = parseAllDocuments(read('kubernetes/workers.yaml'), { strict: true })
  const deployment = document?.toJS() as {
    spec: {
      template: {
        metadata: { labels: object }
        spec: { terminationGracePeriodSeconds: number; containers: { command: string[]; args: string[] }[] }
      }
      selector: { matchLabels: object }
    }
  }
  const { spec, metadata } = deployment.spec.template
  const [container = { command: [], args: [] }] = spec.containers

  test('is YAML of a Deployment that finds its pods', () => {
    expect(others).toEqual([])
    expect([...(document?.errors ?? []), ...(document?.warnings ?? [])]).toEqual([])
    expect(deployment).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' })
    expect(deployment.spec.selector.matchLabels).toEqual(metadata.labels)
  })

  test('has a command that hebb takes, and gives it less time than it has itself', async () => {
    expect(container.command).toEqual(['node_modules/.bin/hebb'])
    await requireParsed(container.args)
    const [, grace] = /--grace=(\d+)/.exec(container.args.join(' ')) ?? []
    expect(Number(grace)).toBeLessThan(spec.terminationGracePeriodSeconds)
  })
})

test('docs/operations.md has commands that hebb takes', async () => {
  const document = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const commands = stepsOf(document).flatMap((step) => (step.kind === 'command' ? [step.command] : []))
  expect(commands.length).toBeGreaterThanOrEqual(4)
  for (const command of commands) {
    const [, line = ''] = /^(?:npx |node_modules\/\.bin\/)?hebb (.*)$/.exec(command) ?? []
    await requireParsed(wordsOf(line))
  }
})

describe('the service of systemd', () => {
  const unit = read('systemd/hebb.service')
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''

  test('has a command that hebb takes', async () => {
    const [path, ...words] = wordsOf(value('ExecStart'))
    expect(path).toMatch(/\/node_modules\/\.bin\/hebb$/)
    await requireParsed(words)
  })

  test('gives hebb less time than it has itself, and starts no mistake again', () => {
    const [, grace] = /--grace (\d+)/.exec(unit) ?? []
    expect(Number(grace)).toBeLessThan(Number(value('TimeoutStopSec')))
    expect(value('SuccessExitStatus')).toBe('143')
    expect(value('RestartPreventExitStatus')).toBe('1 2 70')
  })
})

describe('the Dockerfile', () => {
  const text = read('docker/Dockerfile')

  test('has commands that hebb takes', async () => {
    const run = [...text.matchAll(/\.bin\/hebb (install-\w+)/g)].map(([, words = '']) => words)
    expect(run).toEqual(['install-onnxruntime', 'install-cuda'])
    for (const words of run) await requireParsed(wordsOf(words))
    const [, start = ''] = /docker run [^]*? hebb \\\n# (.*)$/m.exec(text) ?? []
    await requireParsed(wordsOf(start))
  })

  test('carries the versions that hebb is made for', () => {
    const wanted = wantedVersion()
    expect(text).toContain(`onnxruntime-node-${wanted}.tgz`)
    expect(text).toContain(`microsoft.ml.onnxruntime.gpu.linux.${wanted}.nupkg`)
    expect(readFileSync(join(root, 'docs/gpu-server.md'), 'utf8')).toContain(
      `microsoft.ml.onnxruntime.gpu.linux/${wanted}/`,
    )
  })

  test('has hebb as process 1, and not as root', () => {
    expect(text).toMatch(/^ENTRYPOINT \["\/opt\/hebb\/node_modules\/\.bin\/hebb"\]$/m)
    expect(text).toMatch(/^USER ubuntu$/m)
  })
})

test('the script for Slurm has a command that hebb takes', async () => {
  const [, line = ''] = /^"\$hebb" (.*) &$/m.exec(read('slurm/train.sbatch')) ?? []
  await requireParsed(wordsOf(line.replaceAll('"', '')))
})

test('the script for Slurm that starts workers has a command that hebb takes, in time before the limit', async () => {
  const text = read('slurm/work.sbatch')
  const [, line = ''] = /^exec "\$hebb" (.*) \$\{FLAGS:-\}$/m.exec(text) ?? []
  await requireParsed(wordsOf(line.replaceAll('"', '')))
  const [grace, signal] = [/--grace (\d+)/, /--signal=B:USR1@(\d+)/].map((each) =>
    Number(each.exec(text)?.[1]),
  )
  expect(grace).toBeLessThan(signal ?? 0)
})

const missing = absent('bash')
const title = `the script for Slurm${missing.length > 0 ? ', which needs bash' : ''}`

describe.skipIf(missing.length > 0)(title, () => {
  const folder = newFolder()
  const script = join(root, 'examples/slurm/train.sbatch')
  const [out, data] = ['run', 'few']
  const groups: number[] = []
  afterAll(() => {
    for (const group of groups)
      try {
        process.kill(-group, 'SIGKILL')
      } catch {
        // It has ended.
      }
  })

  beforeAll(async () => {
    write(folder, 'mine.ts', `${tinyProgram()}\n`)
    await writeFewImages(folder, data, { train: 200, test: 40 })
    // Enough to be stopped in.
    const hebb = `#!/bin/sh\nexec ${process.execPath} ${packaged} "$@" --steps 100 --probe-epochs 1 --labels 1 --no-report\n`
    for (const [name, text] of [
      ['hebb', hebb],
      ['bin/scontrol', '#!/bin/sh\necho "$@" >> requeued.txt\n'],
    ] as const) {
      write(folder, name, text)
      chmodSync(join(folder, name), 0o755)
    }
  })

  /** As slurmd starts it. */
  const start = (restarts: number) => {
    const env = {
      ...process.env,
      ...{ NO_COLOR: '1', PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` },
      ...{ SLURM_JOB_ID: '42', SLURM_RESTART_COUNT: String(restarts), SLURM_CPUS_PER_TASK: '1' },
      ...{ HEBB: './hebb', DATA: data, OUT: out },
    }
    // A group of its own, which ends with the tests, whatever became of them.
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
    const child = spawn('bash', [script], { cwd: folder, env, stdio, detached: true })
    const { pid } = child
    if (pid !== undefined) groups.push(pid)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (said += text.toString()))
    const ended = once(child, 'exit').then(([code]: unknown[]) => ({ code, said }))
    return { child, ended }
  }

  test('is bash', async () => {
    expect(await shell(`bash -n ${script}`, folder)).toMatchObject({ code: 0, stderr: '' })
  })

  test(
    'requeues what its time limit stops, and the next goes on to the same bits',
    { timeout: 240_000 },
    async () => {
      const first = start(0)
      const metrics = join(folder, out, 'metrics.jsonl')
      while (!existsSync(metrics) || readMetrics(metrics).length < 1) await setTimeout(20)
      first.child.kill('SIGUSR1')
      const stopped = await first.ended
      expect(stopped.code, stopped.said).toBe(138)
      expect(readFileSync(join(folder, 'requeued.txt'), 'utf8')).toBe('requeue 42\n')
      // As a host leaves it that is lost.
      mkdirSync(join(folder, out), { recursive: true })
      writeFileSync(join(folder, out, 'lock'), 'of a host that is gone')
      const second = start(1)
      const done = await second.ended
      expect(done.code, done.said).toBe(0)
      expect(readFileSync(join(folder, 'requeued.txt'), 'utf8')).toBe('requeue 42\n')
      const whole = ['train', 'mine.ts', '--data', data, '--out', 'whole', '--steps', '100', '--threads', '1']
      expect(await hebbAlone(whole, folder)).toMatchObject({ code: 0 })
      const checkpoint = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'))
      expect(checkpoint(out).equals(checkpoint('whole'))).toBe(true)
    },
  )
})
