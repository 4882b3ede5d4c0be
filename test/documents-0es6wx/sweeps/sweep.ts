import { sweep } from 'hebb'

export default sweep({
  programs: ['mine.ts', 'other.ts'],
  over: { lr: [1e-4, 2e-4] },
  seeds: 3,
  data: 'data/fashion-mnist',
  epochs: 2,
  jobs: 2,
  flags: { align: true, 'checkpoint-every': 100 },
})
