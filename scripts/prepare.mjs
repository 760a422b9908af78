/**
 * Set-up and build, which everything that runs the project begins with.
 */
import { setup } from './setup.mjs';

/**
 * Installs what is missing and builds what is stale. Ends the process where that fails.
 *
 * @param {{ build?: boolean }} [options] `build: false` leaves the build out
 */
export async function prepare({ build: wanted = true } = {}) {
  setup();
  if (!wanted) return;
  try {
    // Imported only now: the build needs what the set-up has installed.
    const { build } = await import('./build.mjs');
    await build({ quiet: true });
  } catch (error) {
    console.error(`The build failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
