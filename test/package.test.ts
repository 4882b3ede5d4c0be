import { execFile, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { buildInstalled } from '../scripts/package/build.mjs'
import { cudaLibraries } from './support/elf.ts'
import { version } from '../src/base/version.ts'
import { stepsOf } from './support/document.ts'
import { writeFewImages } from './support/few-images.ts'
import { executable, newFolder, tinyProgram, write } from './cli/run-hebb.ts'

/** The sources as JavaScript, as a package has them: what a clone does with TypeScript, it does alike. */

const project = new URL('..', import.meta.url).pathname
/** Where what it depends on is found. */
const installed = join(project, 'node_modules/.cache', `hebb-${process.pid}`)
const folder = newFolder()
const node = async (...words: readonly string[]) =>
  (
    await promisify(execFile)(process.execPath, words, {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1' },
    })
  ).stdout
const hebb = (...words: readonly string[]) => node(join(installed, 'dist/bin/hebb.mjs'), ...words)

beforeAll(async () => {
  await buildInstalled(installed)
  write(folder, 'mine.ts', tinyProgram())
  await writeFewImages(folder, 'few', { train: 60, test: 20 })
})
afterAll(() => {
  rmSync(installed, { recursive: true, force: true })
})

test('says its version', async () => {
  expect(await hebb('--version')).toBe(`${version}\n`)
})

test('compiles a program to the same bytes, with the same lines of rules in its graphs', async () => {
  await hebb('compile', 'mine.ts', '--out', 'packaged')
  await node(executable, 'compile', 'mine.ts', '--out', 'cloned')
  const names = readdirSync(join(folder, 'cloned'))
  expect(names.length).toBeGreaterThan(3)
  expect(readdirSync(join(folder, 'packaged'))).toEqual(names)
  for (const name of names)
    expect([name, readFileSync(join(folder, 'packaged', name))]).toEqual([
      name,
      readFileSync(join(folder, 'cloned', name)),
    ])
})

test('trains, in threads too, and probes', async () => {
  const train = ['train', 'packaged', '--data', 'few', '--out', 'run', '--steps', '3', '--threads', '1']
  expect(await hebb(...train, '--workers', '2')).toMatch(/^trained 3 steps in /)
  expect(await hebb('probe', 'run', '--epochs', '1', '--labels', '1')).toMatch(/^global averages +trained /m)
})

test("is imported by its names, by Node.js alone: 'hebb/runtime' trains a bundle", async () => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(installed, join(folder, 'node_modules/hebb'))
  write(
    folder,
    'app.mjs',
    `import { train } from 'hebb/runtime'
import { program } from 'hebb'
import { clapp } from 'hebb/rules'

const { step } = await train({ bundle: 'packaged', data: 'few', out: 'alone', steps: 2, threads: 1 })
console.log(step, typeof program, typeof clapp)
`,
  )
  expect(await node('app.mjs')).toBe('2 function function\n')
})

test("'hebb/runtime' is enough to train: it loads neither the compiler nor a loader of TypeScript", async () => {
  const document = readFileSync(join(project, 'docs/running.md'), 'utf8')
  const shown = stepsOf(document).find((step) => step.kind === 'file' && step.name === 'train.mjs')
  write(folder, 'train.mjs', shown?.kind === 'file' ? shown.text : '')
  cpSync(join(folder, 'packaged'), join(folder, 'bundles/mine'), { recursive: true })
  cpSync(join(folder, 'few'), join(folder, 'data/fashion-mnist'), { recursive: true })
  write(
    folder,
    'note-loads.mjs',
    `import { appendFileSync } from 'node:fs'
import { register } from 'node:module'
if (!import.meta.url.endsWith('#hooks')) register(import.meta.url + '#hooks')
export const load = (url, context, next) => {
  appendFileSync('loads.txt', url + '\\n')
  return next(url, context)
}
`,
  )
  const printed = await node('--import', './note-loads.mjs', 'train.mjs')
  // Two epochs of 60 images are 6 batches: the loop ends before it is left, and nothing is left to do.
  expect(printed).toContain('step: 6,')
  expect(printed).toContain('stopped: false')
  const loads = readFileSync(join(folder, 'loads.txt'), 'utf8').split('\n')
  expect(loads.some((url) => url.endsWith('/dist/runtime/index.js'))).toBe(true)
  const parts = loads.flatMap(
    (url) => /\/dist\/(src\/(?!base\/|bundle\/)|rules\/|bin\/).*/.exec(url)?.[0] ?? [],
  )
  expect(parts).toEqual([])
  expect(loads.filter((url) => /\/node_modules\/(tsx|esbuild|typescript|commander)\//.test(url))).toEqual([])
})

/** A gzipped tar archive of these files. */
async function archive(files: Readonly<Record<string, string | Buffer>>): Promise<Uint8Array> {
  const tar = pack()
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text)
  tar.finalize()
  return gzipSync(await buffer(tar))
}

describe('a package in a folder of its own', () => {
  const alone = newFolder()
  const modules = join(alone, 'node_modules')
  const home = join(modules, 'hebb')
  const manifest = join(home, 'package.json')
  interface Manifest {
    dependencies: Record<string, string>
    onnxruntime: { version: string; integrity: string }
  }
  const read = () => JSON.parse(readFileSync(manifest, 'utf8')) as Manifest
  /** What a command line says, in all, and how it ends. */
  const say = (...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: alone, encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  const command = (...words: readonly string[]) => say(join(home, 'dist/bin/hebb.mjs'), ...words)
  const own = join(home, 'onnxruntime-node')
  const here = `bin/napi-v6/${process.platform}/${process.arch}`

  beforeAll(async () => {
    cpSync(installed, home, { recursive: true })
    // As npm installs them: but for what is fetched, and what is bundled.
    for (const name of Object.keys(read().dependencies)) {
      mkdirSync(join(modules, name, '..'), { recursive: true })
      symlinkSync(join(project, 'node_modules', name), join(modules, name))
    }
    const { version: ofOnnxruntime } = read().onnxruntime
    writeFileSync(
      join(alone, 'onnxruntime.tgz'),
      await archive({
        'package/package.json': JSON.stringify({ version: ofOnnxruntime }),
        'package/dist/index.js': 'module.exports = { InferenceSession: "taken" }',
        'package/script/install.js': 'throw new Error()',
        [`package/${here}/libraries`]: 'of this system',
        'package/bin/napi-v6/beos/ppc/libraries': 'of another',
        'package/dist/../../../outside': 'nowhere',
      }),
    )
  })

  test('depends on few packages, on none that has to be built, and on no protobufjs but its own', () => {
    expect(Object.keys(read().dependencies).length).toBeLessThan(12)
    expect(read().dependencies).not.toHaveProperty('onnxruntime-node')
    expect(read().dependencies).not.toHaveProperty('protobufjs')
  })

  test('says the licences of what it has bundled', () => {
    const licences = readFileSync(join(home, 'dist/LICENSES.txt'), 'utf8')
    for (const name of ['protobufjs', 'onnx-proto', '@observablehq/plot', 'd3-scale', 'linkedom'])
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+`, 'm'))
  })

  test('does what needs no onnxruntime without; else it says which is missing and how to install it', () => {
    write(alone, 'mine.ts', tinyProgram())
    expect(command('compile', 'mine.ts', '--out', 'bundle').status).toBe(0)
    write(
      alone,
      'app.mjs',
      `import { Stepper, loadBundle } from 'hebb/runtime'\nawait Stepper.create(loadBundle('bundle'))`,
    )
    const { version: ofOnnxruntime } = read().onnxruntime
    expect(say('app.mjs').said).toContain(`onnxruntime-node ${ofOnnxruntime} is not installed`)
    expect(say('app.mjs').said).toContain('npx hebb install-onnxruntime')
  })

  test("a new rule's next steps are those of who has a package: no images, and Vitest is still to be installed", () => {
    const { status, said } = command('new', 'rule', 'fresh', '--out', 'rules')
    expect(status).toBe(0)
    expect(said).toContain('\n  npx hebb train rules/fresh.ts --data FOLDER --out runs/fresh --steps 100 ')
    expect(said).toContain('\n  npm install --save-dev vitest && npx vitest run rules/fresh.test.ts ')
  })

  test('takes the onnxruntime-node of the registry alone: nothing of another checksum', () => {
    const { status, said } = command('install-onnxruntime', 'onnxruntime.tgz')
    expect(status).toBe(1)
    expect(said).toContain('onnxruntime.tgz is not onnxruntime-node')
    expect(readdirSync(home).sort()).toEqual(['README.md', 'dist', 'package.json'])
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves nothing where it is ended by %s, or has it removed by the next one',
    async (signal) => {
      write(
        alone,
        'npm.mjs',
        `import { writeFileSync } from 'node:fs'
const folder = process.argv[process.argv.indexOf('--pack-destination') + 1]
writeFileSync(\`\${folder}/half.tgz\`, '')
const parent = process.ppid
setInterval(() => process.ppid !== parent && process.exit(), 100)`,
      )
      const npm = { npm_execpath: join(alone, 'npm.mjs'), npm_config_user_agent: 'npm/11' }
      const child = spawn(process.execPath, [join(home, 'dist/bin/hebb.mjs'), 'install-onnxruntime'], {
        cwd: alone,
        env: { ...process.env, ...npm },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const parts = () => readdirSync(home, { recursive: true }).filter((name) => name.includes('.part-'))
      const ended = once(child, 'exit')
      const [said] = (await once(child.stderr, 'data')) as [Buffer]
      expect(said.toString()).toMatch(/^fetching onnxruntime-node [\d.]+, \d+ MB …\n$/)
      await expect.poll(parts, { timeout: 30_000 }).toContainEqual(expect.stringMatching('half.tgz'))
      child.kill(signal)
      expect(await ended).toEqual([null, signal])
      expect(parts()).toHaveLength(signal === 'SIGKILL' ? 3 : 0)
    },
  )

  test("asks the registry that the project's .npmrc names, with its rights, wherever it is started", async () => {
    const asked: unknown[] = []
    const server = createServer(({ url, headers }, answer) => {
      asked.push([url, headers.authorization])
      answer.writeHead(404).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}/`
    write(alone, '.npmrc', `registry=http://${host}\n//${host}:_authToken=mine\n`)
    // Whoever runs these tests by npm has one.
    const env = { ...process.env, npm_config_registry: undefined }
    const words = [join(home, 'dist/bin/hebb.mjs'), 'install-onnxruntime']
    const child = spawn(process.execPath, words, { cwd: newFolder(), env, stdio: 'ignore' })
    expect(await once(child, 'exit')).toEqual([1, null])
    server.close()
    expect(asked).toContainEqual(['/onnxruntime-node', 'Bearer mine'])
  })

  test('keeps of it what this system needs, and runs no script', () => {
    const bytes = readFileSync(join(alone, 'onnxruntime.tgz'))
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    writeFileSync(manifest, JSON.stringify({ ...read(), onnxruntime: { ...read().onnxruntime, integrity } }))
    expect(command('install-onnxruntime', 'onnxruntime.tgz')).toEqual({
      status: 0,
      said: `onnxruntime-node is in ${own}\n`,
    })
    const files = readdirSync(own, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.map(({ name }) => name).sort()).toEqual(['index.js', 'libraries', 'package.json'])
    expect(readFileSync(join(own, here, 'libraries'), 'utf8')).toBe('of this system')
    expect(readdirSync(home).sort()).toEqual(['README.md', 'dist', 'onnxruntime-node', 'package.json'])
  })

  test('takes it anew where it is damaged', () => {
    write(own, 'package.json', '{')
    expect(say('app.mjs').said).toContain('is not installed')
    expect(command('install-onnxruntime', 'onnxruntime.tgz').status).toBe(0)
    expect(() => {
      JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'))
    }).not.toThrow()
  })

  describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the CUDA provider', () => {
    const names = Object.keys(cudaLibraries(''))
    const { version: wanted } = JSON.parse(
      readFileSync(join(project, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
    ) as { version: string }

    test('is taken from a folder or an archive of its very version', async () => {
      mkdirSync(join(alone, 'folder/lib'), { recursive: true })
      const zip = new ZipFile()
      for (const [name, bytes] of Object.entries(cudaLibraries(wanted))) {
        writeFileSync(join(alone, 'folder/lib', name), bytes)
        zip.addBuffer(bytes, `onnxruntime/capi/${name}`)
      }
      zip.end()
      writeFileSync(join(alone, 'right.whl'), await buffer(zip.outputStream))
      writeFileSync(join(alone, 'right.tgz'), await archive({ ...cudaLibraries(wanted), 'lib/other.so': '' }))
      for (const from of ['folder', 'right.tgz', 'right.whl']) {
        expect(command('install-cuda', from)).toEqual({
          status: 0,
          said: `the CUDA provider is in ${join(own, here)}\n`,
        })
        for (const name of names) {
          expect(readFileSync(join(own, here, name))).toEqual(cudaLibraries(wanted)[name])
          rmSync(join(own, here, name))
        }
      }
    })

    test.each([
      [
        'of another version',
        async () => await archive(cudaLibraries('1.2.3')),
        `is no CUDA provider of onnxruntime ${wanted}, but of 1.2.3`,
      ],
      ['not there', async () => await archive({ 'README.md': '' }), 'does not hold libonnxruntime_providers'],
    ])('%s is refused, and nothing is left', async (_, make, problem) => {
      writeFileSync(join(alone, 'wrong.tgz'), await make())
      const { status, said } = command('install-cuda', 'wrong.tgz')
      expect({ status, said }).toEqual({ status: 1, said: expect.stringContaining(problem) as string })
      expect(readdirSync(join(own, here))).toEqual(['libraries'])
      expect(existsSync(join(own, here, names[0] ?? ''))).toBe(false)
    })
  })
})
