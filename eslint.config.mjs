/**
 * Typed linting for TypeScript, the plain rules for scripts. Two rules are left out on purpose:
 * consistent-type-imports (its fix turns the import of an injected class into a type, and the injection breaks) and
 * no-unnecessary-type-parameters (`get<T>(key)` is how a cache is asked for a value).
 * Formatting is prettier's business; who may import whom is test/architecture.test.ts's.
 */
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TYPED = [
  'lib/**/*.ts',
  'test/**/*.ts',
  'bench/**/*.ts',
  'sample/*/{src,test,infra}/**/*.ts',
  'vitest.config.mts',
];
const RELAXED = ['test/**/*.ts', 'bench/**/*.ts', 'sample/*/{src,test,infra}/**/*.ts'];
const SCRIPTS = ['**/*.js', '**/*.mjs', '**/*.cjs'];

const globalsOfNode = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']),
);

export default defineConfig(
  // test/package/.apps are applications of other Nest and TypeScript versions: their own compilers check them.
  globalIgnores([
    '**/dist/',
    '.cache/',
    '**/cdk.out/',
    '**/coverage/',
    '**/node_modules/',
    'bench/results/',
    'test/package/.apps/',
  ]),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: SCRIPTS,
    extends: [js.configs.recommended],
    languageOptions: { globals: globalsOfNode },
  },
  {
    files: TYPED,
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // Nest's modules are empty decorated classes.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // A loader's own error reaches its caller unchanged, whatever was thrown.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // `_name` says that a parameter is there for its position.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `async` without `await` turns a throw into a rejection.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    // A decorator's signature must accept every method there is.
    files: ['lib/decorators/**/*.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    // Tags are bytes until they are found in an enum, and built-in methods are kept to be called on what may hide its own.
    files: ['lib/codec/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['lib/cli/**/*.ts', 'lib/observability/logger.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: RELAXED,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      // Spies are passed unbound.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
