import { expect, it } from 'vitest';
import { InMemoryStore } from '../../lib/testing';
import { composeStore } from '../../lib/core/compose-store';
import { resolveOptions } from '../../lib/core/resolve-options';
import { mapKeyv } from './fleet';

it('loads what the table works with before the budget begins, with tiers before it, too', () => {
  const table = new InMemoryStore();
  const connecting = Promise.resolve();
  const connectable = Object.assign(table, { connect: () => connecting });
  const store = composeStore(connectable, resolveOptions({ table: 'menus', tiers: [mapKeyv()] }));
  expect(store.connect?.()).toBe(connecting);
});
