import { readdirSync, type Dirent } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UserError } from '../../src/base/error.ts'
import { kindOf, stampOf } from '../../src/base/file-kind.ts'
import { openFor } from '../batches/open-for.ts'
import { fingerprint } from '../data/cache/fingerprint.ts'
import { findAny, findData } from '../data/open.ts'
import { ownPath } from '../data/own-dataset.ts'
import type { Manifest } from '../../src/bundle/manifest.ts'
import type { OpenOptions } from '../data/format.ts'
import type { RunJob } from './run-job.ts'

/**
 * The data sets below a folder of a worker's, known by what they hold: paths mean nothing on another host. A module is never
 * loaded: whoever writes records would choose which code runs here.
 */

interface Candidate {
  /** As `--data` takes it. */
  readonly spec: string
  readonly place: string
  readonly kind: string
  /** One of its files: where that is another one, it is looked at again. */
  readonly evidence: string
}

/** Kinds whose rows lie as they are trained on. Others are decoded first, which takes long, and only where the name is right. */
const plainKinds = [...['idx', 'cifar10', 'cifar100', 'cifar10-python', 'cifar100-python', 'stl10', 'numpy']]
const LEVELS = 2
/** With more names than this, a folder holds samples of a data set and not data sets. */
const MOST_NAMES = 1000

export class ImageRoot {
  private readonly root: string
  /** The SHA-256 of the images of a split as a program's input, by all that it depends on. */
  private readonly known = new Map<string, string>()

  constructor(root: string) {
    this.root = root
  }

  /**
   * Where those images are, as `--data` takes it; undefined where they are not here.
   *
   * @param options its signal stops the search
   */
  async find(
    wanted: RunJob['data'],
    manifest: Pick<Manifest, 'program'>,
    options: Pick<OpenOptions, 'signal'>,
  ): Promise<string | undefined> {
    const all = (await this.candidates()).filter((each) => mayBe(each, wanted.name))
    const likely = (each: Candidate) => Number(isCalled(each, wanted.name))
    for (const candidate of all.toSorted((a, b) => likely(b) - likely(a)))
      if ((await this.imagesOf(candidate, wanted.split, manifest, options)) === wanted.images)
        return candidate.spec
    return undefined
  }

  private async candidates(): Promise<Candidate[]> {
    const found = new Map<string, Candidate>()
    for (const path of pathsBelow(this.root, LEVELS))
      for (const each of await candidatesAt(path))
        if (!found.has(`${each.kind}:${each.place}`)) found.set(`${each.kind}:${each.place}`, each)
    return [...found.values()]
  }

  /** Undefined where it is nothing that the program could be trained on. */
  private async imagesOf(
    { spec, kind, evidence }: Candidate,
    split: RunJob['data']['split'],
    manifest: Pick<Manifest, 'program'>,
    { signal }: Pick<OpenOptions, 'signal'>,
  ): Promise<string | undefined> {
    try {
      const stamp = kindOf(evidence) === 'file' ? stampOf(evidence).text : evidence
      const key = JSON.stringify([spec, kind, stamp, split, manifest.program.input])
      const before = this.known.get(key)
      if (before !== undefined) return before
      const source = await findData(spec)
      if (!source.splits.includes(split)) return undefined
      const options = { signal, onNotice: () => undefined }
      const images = await fingerprint(await openFor(manifest, source, split, options), options)
      this.known.set(key, images)
      return images
    } catch (error) {
      // Of another shape, damaged, or none of our business.
      if (error instanceof UserError) return undefined
      throw error
    }
  }
}

const stem = (path: string): string => basename(path).replace(/\.\w+$/, '')
const isCalled = ({ place, kind }: Candidate, name: string): boolean =>
  [basename(place), stem(place), kind].includes(name)
const mayBe = (candidate: Candidate, name: string): boolean =>
  plainKinds.includes(candidate.kind) || isCalled(candidate, name)

/** What lies at a path, as data sets; names of files alone are looked at. */
async function candidatesAt(path: string): Promise<Candidate[]> {
  try {
    const found = await findAny(path)
    return found.map(({ place, kind, evidence }) => ({
      ...{ place: resolve(place), kind, evidence },
      spec: found.length === 1 ? path : `${kind}:${resolve(place)}`,
    }))
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

function pathsBelow(folder: string, levels: number): string[] {
  const names = levels === 0 ? [] : namesIn(folder)
  return [folder, ...names.flatMap((name) => pathsBelow(join(folder, name), levels - 1))]
}

function namesIn(folder: string): string[] {
  if (kindOf(folder) !== 'folder') return []
  const entries = entriesOf(folder)
  if (entries.length > MOST_NAMES) return []
  return entries
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && ownPath(name) === undefined)
    .toSorted()
}

/** A folder that may not be read holds nothing for us. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
