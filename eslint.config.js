import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const message = 'Read files by src/base/regular-file.ts, and ask what is there by src/base/file-kind.ts.'
const asks = ['accessSync', 'existsSync', 'lstatSync', 'statSync', 'fstatSync']
const reads = [
  'readFileSync',
  'readSync',
  'readvSync',
  'openAsBlob',
  'createReadStream',
  'cpSync',
  'copyFileSync',
]
const later = [
  'access',
  'exists',
  'stat',
  'lstat',
  'open',
  'read',
  'readFile',
  'cp',
  'copyFile',
  'promises',
  'default',
]
const readers = [
  ...['fs', 'node:fs/promises', 'fs/promises'].map((name) => ({ name, message })),
  { name: 'node:fs', importNames: [...asks, ...reads, ...later], message },
]

export default tseslint.config(
  { ignores: ['node_modules', 'runs', 'graphs', 'coverage', 'examples/browser/dist'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and shapes are printed all over a compiler; both are meant to be interpolated.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowArray: true }],
    },
  },
  {
    // A path of a user may lead to a pipe, a device, or where nobody may look: src/base/regular-file.ts and file-kind.ts.
    files: ['src/**/*.ts', 'runtime/**/*.ts', 'theory/**/*.ts', 'report/**/*.ts'],
    // version.ts reads a file of ours, lock*.ts and system-text.ts what the system says of processes and itself, guard/ refuses calls of node:fs to
    // programs, and outputs.ts whether something can be written.
    ignores: ['base/{regular-file,file-kind,version,lock*,system-text}', 'cli/guard/*', 'cli/outputs'].map(
      (name) => `src/${name}.ts`,
    ),
    rules: { 'no-restricted-imports': ['error', { paths: readers }] },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
)
