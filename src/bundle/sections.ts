import type { Manifest } from './manifest.ts'

/** All sections of a bundle, by the names that messages have for them, and whether their steps change parameters. */
export const sectionsOf = ({ train, augment, encode, logits, validation, probes, ...others }: Manifest) => [
  { name: 'train', section: train, learns: true },
  ...(others.sharded ? [{ name: 'sharded', section: others.sharded, learns: true }] : []),
  { name: 'augment', section: augment, learns: false },
  { name: 'encode', section: encode, learns: false },
  ...(logits ? [{ name: 'logits', section: logits, learns: false }] : []),
  ...(validation ? [{ name: 'validation', section: validation, learns: false }] : []),
  ...(others.export && 'section' in others.export
    ? [{ name: 'export', section: others.export.section, learns: false }]
    : []),
  ...probes.flatMap((probe) => [
    { name: `probe ${probe.name}`, section: probe.train, learns: true },
    { name: `probe ${probe.name}`, section: probe.classify, learns: false },
    ...(probe.products ? [{ name: `probe ${probe.name}`, section: probe.products, learns: false }] : []),
  ]),
]

/** Graphs of all of them. */
export const graphsOf = (manifest: Manifest) => sectionsOf(manifest).flatMap(({ section }) => section.graphs)
