// Vitest runs this before every test file, also when files share their modules (isolate: false).
import { afterAll } from 'vitest';
import { runCleanups } from './after-file';

afterAll(runCleanups);
