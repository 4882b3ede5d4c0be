import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { pageStyle } from '../../report/style/page.ts'
import { writeBundles } from './bundles.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const page = join(project, 'examples/browser')

/** Where `npm run browser` builds the page. */
export const defaultFolder = join(page, 'dist')

/** Builds the page into a folder, which is emptied first: static files that ask for nothing else. */
export async function buildPage(into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  await build({
    absWorkingDir: project,
    entryPoints: {
      page: join(page, 'page/page.ts'),
      worker: join(page, 'worker/worker.ts'),
      style: join(page, 'style/style.css'),
    },
    outdir: into,
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    // onnxruntime finds its WebAssembly beside the page, where its threads find it, too.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    // What draws asks for a document; in a browser there is one.
    alias: { linkedom: join(page, 'page/linkedom.ts') },
    legalComments: 'linked',
    logLevel: 'warning',
  })
  const frame = readFileSync(join(page, 'index.html'), 'utf8')
  // The look of reports; what the page has of its own comes behind.
  writeFileSync(join(into, 'index.html'), frame.replace('<!-- style -->', pageStyle.text))
  copyOnnxruntime(join(into, 'ort'))
  cpSync(join(project, 'data/fashion-mnist'), join(into, 'data'), { recursive: true })
  writeBundles(join(into, 'bundles'))
}

/** What onnxruntime-web loads when it runs: WebAssembly, and for WebGPU another one. */
const wanted = /^ort-wasm-simd-threaded(\.jsep)?\.(mjs|wasm)$/

function copyOnnxruntime(into: string): void {
  const from = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))
  mkdirSync(into)
  for (const name of readdirSync(from).filter((each) => wanted.test(each)))
    cpSync(join(from, name), join(into, name))
}
