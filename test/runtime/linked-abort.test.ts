import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { linkedAbort } from '../../src/base/linked-abort.ts'

it('is aborted where one of several signals is, for its reason, then or before', () => {
  const [one, two] = [new AbortController(), new AbortController()]
  const { controller } = linkedAbort([one.signal, two.signal])
  two.abort(new Error('told to stop'))
  expect(controller.signal.reason).toEqual(new Error('told to stop'))
  expect(linkedAbort([one.signal, two.signal]).controller.signal.aborted).toBe(true)
})

it('leaves nothing at signals that are there for longer', () => {
  const long = new AbortController()
  for (let task = 0; task < 100; task++) linkedAbort([long.signal, new AbortController().signal]).unlink()
  expect(getEventListeners(long.signal, 'abort')).toEqual([])
})
