import { defineConfig, globalIgnores } from 'eslint/config'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

const off = (...rules) => Object.fromEntries(rules.map((rule) => [`@typescript-eslint/${rule}`, 'off']))

/** Components alone: Oxlint, many times as fast, has every other file (.oxlintrc.json), and knows no templates. */
export default defineConfig([
  globalIgnores(['**/*.{ts,js,cjs,mjs}', 'out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/']),
  ts.configs.recommendedTypeChecked,
  vue.configs['flat/essential'], // layout is Prettier's
  {
    languageOptions: {
      parserOptions: {
        parser: ts.parser,
        project: 'src-renderer/tsconfig.json',
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-empty': 'error', // a failure is answered or passed on, never swallowed
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/multi-word-component-names': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // No classes here, so no `this` to lose; types that follow from a template are vue-tsc's to check, and the linter does not see them.
      ...off('require-await', 'unbound-method'),
      ...off('no-unsafe-argument', 'no-unsafe-assignment', 'no-unsafe-call', 'no-unsafe-member-access', 'no-unsafe-return'),
    },
  },
])
