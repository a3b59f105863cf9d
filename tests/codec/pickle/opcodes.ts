/** Opcodes, as bytes, for pickles that are made by hand. */
const of = (...bytes: number[]): Buffer => Buffer.from(bytes);

export const opcodes = {
  PROTO4: of(0x80, 4),
  STOP: of(0x2e),
  NONE: of(0x4e),
  TRUE: of(0x88),
  FALSE: of(0x89),
  EMPTY_TUPLE: of(0x29),
  TUPLE1: of(0x85),
  TUPLE2: of(0x86),
  TUPLE3: of(0x87),
  EMPTY_DICT: of(0x7d),
  SETITEM: of(0x73),
  REDUCE: of(0x52),
  NEWOBJ: of(0x81),
  NEWOBJ_EX: of(0x92),
  BUILD: of(0x62),
};
