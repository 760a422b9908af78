/** Results as terminal text and as JSON. */
export { type CastResult, castBytes, castJson, castText } from './cast.ts';
export { type Inspection, inspectionJson, inspectionText, inspectMap } from './inspect.ts';
export { type Layout, layoutOf, layoutsJson, layoutsText } from './layout.ts';
export { printable, quote } from './quote.ts';
export { casesJson, casesText } from './reproduce.ts';
export { columnsOf, type Role, type TableText, type Terminal } from './terminal.ts';
