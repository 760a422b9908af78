#!/usr/bin/env node
/** The command line as a process: its streams, and a quiet end when a reader goes away. */
import { run } from './program.ts';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads the output, as `head` does, has seen enough.
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  exit: (code) => {
    process.exitCode = code;
  },
});
