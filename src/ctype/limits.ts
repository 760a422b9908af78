/** What a declaration may ask for. Beyond each of these is an error, so that hostile text ends soon. */

/** Characters of a source text. */
export const MAX_SOURCE = 256 * 1024;
/** How deep brackets, types and expressions may nest. */
export const MAX_DEPTH = 250;
/** Operands of an expression that stand side by side, as in `1 + 1 + 1`: they nest in the syntax tree. */
export const MAX_CHAIN = 1000;
/** Records, enums and typedefs of one text, fields of one record, constants of one enum. */
export const MAX_MEMBERS = 20_000;
/** Bytes of a type: what the address space of a Linux process on the emulated targets holds. */
export const MAX_SIZE = 2 ** 47;
/** gcc's MAX_OFILE_ALIGNMENT on ELF targets: the largest alignment in bytes that an attribute may ask for. */
export const MAX_ALIGN = 2 ** 28;
/** Steps of the evaluation of all constant expressions of a text. */
export const MAX_STEPS = 2_000_000;
/** Values that a view gives out in one go, and fields that a layout lists. */
export const MAX_LEAVES = 2 ** 20;
/** Milliseconds that the grammar may take over a text; far more than 256 KiB of any C take. */
export const MAX_PARSE_MS = 5000;
