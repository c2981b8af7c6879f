/** `npm run load`: fills the table. Stopped in the middle and started again, it goes on. */
import { loadTable } from './load-table';

loadTable().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
