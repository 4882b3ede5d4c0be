import { UserError } from '../../src/base/error.ts'

/** What is told of a file that does not come from a server as it was put there. */

export const gone = (name: string) =>
  new UserError('ServerError', `the server does not have the file ${name} any more`, {
    help: 'Somebody has removed it there: begin again where it came from.',
  })

export const damaged = (name: string) =>
  new UserError(
    'ServerError',
    `the file ${name} of the server is not as it was put there: its SHA-256 differs`,
    {
      help: 'The server has damaged or foreign files: look at its disk, and at who may write there.',
    },
  )
