import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const EVERY = 200 // milliseconds

/** The memory in use on the first GPU, of all processes, asked for from outside; nothing where there is no nvidia-smi. */
export class DeviceMemory {
  private peak: number | null = null
  private readonly stop: () => void

  constructor() {
    const words = [
      '--query-gpu=memory.used',
      '--format=csv,noheader,nounits',
      '-i',
      '0',
      '-lms',
      String(EVERY),
    ]
    const asking = spawn('nvidia-smi', words, { stdio: ['ignore', 'pipe', 'ignore'] })
    asking.on('error', () => undefined)
    createInterface({ input: asking.stdout }).on('line', (line) => {
      const mebibytes = Number(line)
      if (Number.isFinite(mebibytes)) this.peak = Math.max(mebibytes, this.peak ?? 0)
    })
    this.stop = () => asking.kill()
  }

  /** The most since it was taken last, in MiB. */
  take(): number | null {
    const { peak } = this
    this.peak = null
    return peak
  }

  release(): void {
    this.stop()
  }
}
