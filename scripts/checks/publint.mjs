import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ROOT } from '../project.mjs';

/** Exports, types and entry points, as publint sees them; a suggestion counts too. */
export async function check() {
  const { messages, pkg } = await publint({ pkgDir: ROOT, pack: 'npm', strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}
