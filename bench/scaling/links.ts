import type { Link } from './simulate.ts'

/** What is between workers, as far as it goes by its data sheets; latencies are assumptions. */
export const links = {
  /** From one GPU over the bus to the host's memory and on to another: pageable memory, as onnxruntime-node copies it. */
  bus: { name: 'PCIe, 25 GB/s', bandwidth: 25e9, latency: 20e-6 },
  tenGigabit: { name: '10 Gbit/s', bandwidth: 1.25e9, latency: 50e-6 },
  hundredGigabit: { name: '100 Gbit/s', bandwidth: 12.5e9, latency: 10e-6 },
} as const satisfies Readonly<Record<string, Link>>
