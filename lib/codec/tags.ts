/**
 * The bytes of format 1. A value is one tag byte and its payload; numbers in payloads are LEB128 varints. Tags and the
 * order of the lists below are stored in tables: append, never renumber. test/codec/fixtures/format-1.json holds them.
 *
 * `0x00-0x3f` are the integers 0 to 63, `0x40-0x4c` latin1 strings of 0 to 12 characters, `0x80-0xbf` plain objects of
 * shape 0 to 63.
 */
export const enum Tag {
  ShortString = 0x40,
  Undefined = 0x50,
  Null = 0x51,
  True = 0x52,
  False = 0x53,
  /** zigzag varint, 32 bits */
  Int = 0x54,
  Float = 0x55,
  /** 8 bytes, signed */
  BigInt64 = 0x56,
  /** sign byte, length, big-endian magnitude */
  BigInt = 0x57,
  Latin1 = 0x58,
  Utf8 = 0x59,
  Utf16 = 0x5a,
  /** index of an object begun earlier, counted in the order in which objects begin */
  Reference = 0x5b,
  /** a shape definition, then its values */
  NewObject = 0x60,
  /** a shape index, then its values */
  Object = 0x61,
  NullObject = 0x62,
  Instance = 0x63,
  Array = 0x64,
  /** length, count, then index and value of each element */
  SparseArray = 0x65,
  Map = 0x66,
  Set = 0x67,
  Date = 0x68,
  RegExp = 0x69,
  Error = 0x6a,
  Boxed = 0x6b,
  Buffer = 0x6c,
  ArrayBuffer = 0x6d,
  DataView = 0x6e,
  /** kind byte (see VIEWS), byte length, bytes */
  TypedArray = 0x6f,
  /** another object, then a shape and the values of its extra own properties */
  WithProperties = 0x70,
  /** a class, then what its `serialize` gave; the object begins before that, and nothing in there refers to it */
  Serialized = 0x71,
  ShapedObject = 0x80,
}

export const FORMAT_STRUCTURED = 1;
export const FORMAT_KEYV_TEXT = 2;
// 3 is an error that was kept: engine/outcome.ts.
/** UTF-8 of a JSON text behind the header; in the table the text alone, as a String. */
export const FORMAT_JSON = 4;

export const SMALL_INTS = 0x40;
export const TAGGED_SHAPES = 0x40;

// V8 copies substrings of up to 12 characters; a longer one would keep the whole text it was cut from in memory.
export const SHORT_STRING = 12;

/** How long the source of a RegExp may be, in both directions: its parser is not ours to bound. */
export const REGEXP_LENGTH = 65_536;

/** What may have properties of its own behind it, by `WithProperties`. */
export const EXTENSIBLE: ReadonlySet<Tag> = new Set<Tag>([
  Tag.Array,
  Tag.SparseArray,
  Tag.Map,
  Tag.Set,
  Tag.Date,
  Tag.RegExp,
  Tag.Error,
  Tag.Boxed,
  Tag.ArrayBuffer,
  Tag.DataView,
]);

export const VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

export const VIEW_NAMES: readonly string[] = VIEWS.map((view) => view.name);

export const ERRORS = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
] as const;

export const ERROR_NAMES: readonly string[] = ERRORS.map((error) => error.name);

/** Properties an error keeps hidden from enumeration; bit i of its flags tells whether it has the i-th. */
export const HIDDEN_ERROR_PROPERTIES = ['message', 'stack', 'cause', 'errors', 'name'] as const;
