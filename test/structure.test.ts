import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf as allImportsOf, root } from './support/imports.ts'

/** Imports point one way, and files are short. */

/** What other tests make beside them goes while this one reads. */
const isOfOthers = (folder: string, name: string) => folder === 'test' && /-\w+$/.test(name)

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !isOfOthers(folder, name))
    .map((entry) => ({ entry, path: `${folder}/${entry.name}` }))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? sources(path) : [path]))
    .filter((file) => file.endsWith('.ts'))

/** Names that Node.js and a browser resolve in their own ways: here as in Node.js. */
const seams: Readonly<Record<string, string>> = {
  '#here': 'src/base/here/node.ts',
  '#platform': 'runtime/platform/node.ts',
}
const importsOf = (file: string): string[] => allImportsOf(file).map((name) => seams[name] ?? name)

/** What compiler and runtime share: the base knows nothing of bundles. */
const shared = ['src/base/', 'src/bundle/']
const isShared = (name: string): boolean => shared.some((prefix) => name.startsWith(prefix))
const stages = ['ir', 'ops', 'grad', 'lang', 'cut', 'passes', 'onnx', 'sections']

describe('imports', () => {
  test.each(stages.map((stage, rank) => [stage, rank] as const))(
    'of src/%s reach no later stage',
    (stage, rank) => {
      const allowed = stages.slice(0, rank + 1).map((name) => `src/${name}/`)
      for (const file of sources(`src/${stage}`))
        for (const wanted of importsOf(file).filter((name) => name.startsWith('src/') && !isShared(name)))
          expect(
            allowed.some((prefix) => wanted.startsWith(prefix)),
            `${file} imports ${wanted}`,
          ).toBe(true)
    },
  )

  test.each(shared.map((folder, rank) => [folder, rank] as const))(
    'of %s reach nothing later',
    (folder, rank) => {
      const allowed = shared.slice(0, rank + 1)
      for (const file of sources(folder.replace(/\/$/, '')))
        for (const wanted of importsOf(file).filter((name) =>
          /^(src|runtime|rules|theory|report)\//.test(name),
        ))
          expect(
            allowed.some((prefix) => wanted.startsWith(prefix)),
            `${file} imports ${wanted}`,
          ).toBe(true)
    },
  )

  test('of the runtime and the report reach the compiler nowhere', () => {
    for (const file of ['runtime', 'report'].flatMap(sources))
      for (const wanted of importsOf(file).filter((name) => /^(src|rules|theory)\/|^hebb/.test(name)))
        expect(isShared(wanted), `${file} imports ${wanted}`).toBe(true)
  })

  test('of theory and report are only in what the command line shows, and in what measures', () => {
    for (const file of ['src', 'runtime', 'rules', 'testing'].flatMap(sources))
      for (const wanted of importsOf(file))
        expect(
          /^(theory|report)\//.test(wanted) && !file.startsWith('src/cli/'),
          `${file} imports ${wanted}`,
        ).toBe(false)
  })

  test('of the rules are the public names', () => {
    for (const file of sources('rules').filter((name) => !name.endsWith('.test.ts')))
      for (const wanted of importsOf(file))
        expect(
          wanted === 'hebb' || wanted.startsWith('rules/') || wanted === 'hebb/rules',
          `${file} imports ${wanted}`,
        ).toBe(true)
  })

  test('of the compiler reach neither the rules nor, below the command line, the runtime', () => {
    for (const file of sources('src').filter((name) => !name.startsWith('src/cli/')))
      for (const wanted of importsOf(file))
        expect(/^(rules|runtime)\//.test(wanted), `${file} imports ${wanted}`).toBe(false)
  })

  test('of onnxruntime-node are in one module, which keeps it from leaving files elsewhere', () => {
    for (const file of ['src', 'runtime', 'rules', 'testing', 'test', 'bench'].flatMap(sources))
      if (file !== 'runtime/session/onnxruntime.ts')
        expect(importsOf(file), `${file} imports onnxruntime-node`).not.toContain('onnxruntime-node')
  })

  test('of what draws are loaded where something is drawn: a command starts without', () => {
    const loaded = (file: string): string[] =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /^(?:import|export) (?!type\b)[^;]*? from '(.*)'$/gm,
        ),
      ].map(([, wanted = '']) =>
        wanted.startsWith('.') ? relative(root, resolve(root, dirname(file), wanted)) : wanted,
      )
    const reached = new Set(sources('src/cli'))
    for (const file of reached)
      for (const wanted of loaded(file).filter(
        (name) => !name.endsWith('.ts') || existsSync(join(root, name)),
      ))
        if (wanted.endsWith('.ts')) reached.add(wanted)
        else expect(wanted, file).not.toMatch(/^(@observablehq\/plot|linkedom)$/)
    expect([...reached]).toContain('report/index.ts')
  })

  test('lead in no circle, types included', () => {
    const files = ['src', 'runtime', 'theory', 'report', 'rules', 'testing', 'reproduction', 'bench'].flatMap(
      sources,
    )
    const left = new Map(files.map((file) => [file, importsOf(file).filter((name) => files.includes(name))]))
    // What imports nothing that is left is in no circle, nor is what imports only such files.
    for (let size = Infinity; left.size < size;) {
      size = left.size
      for (const [file, wanted] of left) if (wanted.every((name) => !left.has(name))) left.delete(file)
    }
    expect([...left.keys()]).toEqual([])
  })

  test('of what rules are tested with come from nowhere else than tests and hebb check', () => {
    for (const file of ['src', 'runtime', 'rules']
      .flatMap(sources)
      // The command that checks a program is such a test.
      .filter((name) => !name.endsWith('.test.ts') && name !== 'src/cli/check.ts'))
      for (const wanted of importsOf(file))
        expect(/^(testing|test)\//.test(wanted), `${file} imports ${wanted}`).toBe(false)
    for (const file of sources('testing'))
      for (const wanted of importsOf(file))
        expect(/^(rules|test|src\/cli)\//.test(wanted), `${file} imports ${wanted}`).toBe(false)
  })
})

describe('files', () => {
  test('have at most 200 lines', () => {
    const long = ['src', 'runtime', 'theory', 'report', 'rules', 'testing']
      .flatMap(sources)
      .flatMap((file) => {
        const count = readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length
        return count > 200 ? [`${file}: ${count}`] : []
      })
    expect(long).toEqual([])
  })
})

/** Lines of the compiler, with their place, in which a pattern stands. */
const lines = (folders: readonly string[], pattern: RegExp): string[] =>
  folders.flatMap(sources).flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? `${file}:${i + 1}: ${line.trim()}` : [])),
  )

describe('passes', () => {
  test('ask for ops by identity, not by name', () => {
    const compared =
      /op\??\.name (===|!==)|\w\[[\w.]*\bop\.name\]|\.(has|includes|startsWith)\([\w.]*\bop\.name/
    expect(lines(['src', 'testing'], compared)).toEqual([])
  })

  test('put nothing else in the place of a node, a shape or a name that is missing', () => {
    const fallback = /\?\? (node|input|each|shape|name|parameter|parameter\.node|of\.node)(?![.(\w])/
    expect(lines(['src/passes', 'src/cut', 'src/grad', 'src/sections'], fallback)).toEqual([])
  })

  test('put no number in the place of one that is missing', () => {
    const folders = ['base', 'bundle', 'ir', 'ops', 'lang', 'grad', 'cut', 'passes', 'onnx', 'sections']
    const fallback = /\?\? *-?\d|\[[^\]{}()]*\b\w+ = -?\d/
    const meant = new Map([
      ['src/base/lists.ts', 'a map of counts does not have what nobody has counted'],
      ['src/onnx/text-values.ts', 'protobuf leaves out zeros'],
      ['src/ir/call-sites.ts', 'V8 does not know where code stands that was made while it ran'],
    ])
    const found = lines(
      folders.map((folder) => `src/${folder}`),
      fallback,
    )
    expect(found.filter((line) => !meant.has(line.replace(/:.*/, '')))).toEqual([])
    for (const file of meant.keys())
      expect(
        found.filter((line) => line.startsWith(`${file}:`)),
        file,
      ).toHaveLength(1)
  })
})
