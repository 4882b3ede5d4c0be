import { availableParallelism } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { availableCores, coresWithin, cpuQuota } from '../../src/base/cores.ts'

/** Quotas of control groups, as systems and containers show them. */

/** A system of these files. */
const on =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string | undefined =>
    files[path]

const v2 = '35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n'
const v1 =
  '33 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n' +
  '34 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n'

describe('the quota of CPU time', () => {
  test('is none where there are no control groups, and on other systems', () => {
    expect(cpuQuota(on({}))).toBeUndefined()
    expect(cpuQuota(on({ '/proc/self/cgroup': '', '/proc/self/mountinfo': '' }))).toBeUndefined()
  })

  test('is that of the group, of a container that sees itself as the root', () => {
    const files = { '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': v2 }
    expect(cpuQuota(on({ ...files, '/sys/fs/cgroup/cpu.max': '400000 100000\n' }))).toBe(4)
    expect(cpuQuota(on({ ...files, '/sys/fs/cgroup/cpu.max': 'max 100000\n' }))).toBeUndefined()
    expect(cpuQuota(on(files))).toBeUndefined()
  })

  test('is the smallest of the groups that hold it', () => {
    const files = {
      '/proc/self/cgroup': '0::/kubepods.slice/pod1.slice/hebb.scope\n',
      '/proc/self/mountinfo': v2,
      '/sys/fs/cgroup/kubepods.slice/cpu.max': '1600000 100000\n',
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/cpu.max': '250000 100000\n',
      '/sys/fs/cgroup/kubepods.slice/pod1.slice/hebb.scope/cpu.max': 'max 100000\n',
    }
    expect(cpuQuota(on(files))).toBe(2.5)
  })

  test('is read of the first version, too, where -1 is none', () => {
    const files = {
      '/proc/self/cgroup': '5:memory:/other\n4:cpu,cpuacct:/slurm/job_7\n0::/unified\n',
      '/proc/self/mountinfo': v1,
      '/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_period_us': '50000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    }
    expect(cpuQuota(on(files))).toBe(3)
  })

  test('is found where a container sees the host’s path of its group, which is mounted as its root', () => {
    const mountinfo = '34 25 0:29 /docker/ab12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n'
    const limited = {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/proc/self/mountinfo': mountinfo,
    }
    for (const group of ['/docker/ab12', '/docker/ab12/', '/another', '/../..'])
      expect(cpuQuota(on({ ...limited, '/proc/self/cgroup': `3:cpu:${group}\n` })), group).toBe(2)
    const inner = { ...limited, '/sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us': '100000\n' }
    const files = { ...inner, '/sys/fs/cgroup/cpu/inner/cpu.cfs_period_us': '100000\n' }
    expect(cpuQuota(on({ ...files, '/proc/self/cgroup': '3:cpu:/docker/ab12/inner\n' }))).toBe(1)
  })

  test('is found in folders with blanks in their names', () => {
    const mountinfo = '35 24 0:30 / /my\\040groups rw - cgroup2 cgroup2 rw\n'
    const files = { '/proc/self/mountinfo': mountinfo, '/my groups/a b/cpu.max': '300000 100000\n' }
    expect(cpuQuota(on({ ...files, '/proc/self/cgroup': '0::/a b\n' }))).toBe(3)
  })

  test('is none, and no error, of whatever these files hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (groups, mounts, limit) => {
        const files = { '/proc/self/cgroup': groups, '/proc/self/mountinfo': mounts }
        expect(cpuQuota(on(files))).toBeUndefined()
        const sound = { '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': v2 }
        const quota = cpuQuota(on({ ...sound, '/sys/fs/cgroup/cpu.max': limit }))
        expect(quota === undefined || quota > 0).toBe(true)
      }),
    )
  })
})

describe('cores', () => {
  test('are whole, at least one, and no more than there are', () => {
    expect([0.1, 1, 1.9, 2, 7.5, 64].map((quota) => coresWithin(8, quota))).toEqual([1, 1, 1, 2, 7, 8])
    expect(coresWithin(8, undefined)).toBe(8)
  })

  test('of this machine are no more than the system says', () => {
    expect(availableCores()).toBeGreaterThanOrEqual(1)
    expect(availableCores()).toBeLessThanOrEqual(availableParallelism())
  })
})
