import Foundation

// A blob put together by hand, field by field, with nothing of the writer but the checksum's
// definition: as it stands it is Formats/Vectors/valid/small.kgl, and a test sets one field wrong
// to reach one check of a reader. All checksums are sealed again unless they are what is wrong.

/// Fields of a blob with one step, each as the bytes it has in the file.
struct HandMade {
  // Header and section table.
  var magic: [UInt8] = [0x4B, 0x47, 0x4C, 0x1A]
  var version = 2
  var headerReserved: UInt8 = 0
  var arenaBytes = 24
  var extraSections: [HandMadeSection] = []
  var editSections: (inout [HandMadeSection]) -> Void = { _ in }
  /// Added to the sizes that the section table gives.
  var sectionBytesError: [Int: Int] = [:]
  /// Checksums to spoil: -1 for the header's, else an entry of the section table.
  var spoiledChecksums: [Int] = []

  // Plan.
  /// Before all else: of a network that keeps state.
  var states: [UInt8] = []
  var inputCount = varint(1)
  var input = tensor(0, [4])
  var transform: [UInt8] = [0, 0]
  var outputs = varint(1) + tensor(4, [2])
  var stepCount = varint(1)
  var opcode: UInt8 = 2
  var fields = varints([0, 4, 1, 4, 2])
  var activation: [UInt8] = [1]
  var weights = HandMadeWeights()
  var planTail: [UInt8] = []
  var cutPlan = 0

  // Parameters: levels -0.5, 0.25, 1.5 and biases 0.5, -1 in binary16.
  var parameters: [UInt8] = [0x00, 0xB8, 0x00, 0x34, 0x00, 0x3E, 0x00, 0x38, 0x00, 0xBC]
  var lane: [UInt8] = [0x15, 0x6D]
  var pad = [UInt8](repeating: 0xFF, count: 5)

  var plan: [UInt8] {
    let interface = states + inputCount + input + transform + outputs + stepCount
    let step = [opcode] + fields + activation + weights.bytes
    return (interface + step + planTail).dropLast(cutPlan)
  }

  var bytes: [UInt8] {
    var sections = [
      HandMadeSection(kind: 1, bytes: plan), HandMadeSection(kind: 2, bytes: parameters),
      HandMadeSection(kind: 3, bytes: lane + pad),
    ]
    sections += extraSections
    editSections(&sections)
    var table: [UInt8] = []
    for (index, section) in sections.enumerated() {
      let spoil: UInt32 = spoiledChecksums.contains(index) ? 1 : 0
      table += [section.kind, section.index] + little(section.reserved, 2)
      table += little(section.bytes.count + (sectionBytesError[index] ?? 0), 4)
      table += little(Int(crc32(section.bytes) ^ spoil), 4)
    }
    let total = sections.reduce(20 + table.count) { $0 + $1.bytes.count }
    let start =
      magic + little(version, 2) + [UInt8(sections.count), headerReserved] + little(total, 4)
      + little(arenaBytes, 4)
    let seal = crc32(start + table) ^ (spoiledChecksums.contains(-1) ? 1 : 0)
    return start + little(Int(seal), 4) + table + sections.flatMap(\.bytes)
  }

  /// Changed as `edit` says.
  func with(_ edit: (inout HandMade) -> Void) -> HandMade {
    var copy = self
    edit(&copy)
    return copy
  }

  /// Another step, without weights, in an arena of 1000 words.
  static func step(_ opcode: UInt8, _ fields: [UInt8]) -> HandMade {
    HandMade().with {
      $0.arenaBytes = 4000
      ($0.opcode, $0.fields, $0.activation) = (opcode, fields, [])
      $0.weights = .none
      ($0.lane, $0.pad) = ([], [])
    }
  }
}

struct HandMadeSection {
  var kind: UInt8
  var index: UInt8 = 0
  var reserved = 0
  var bytes: [UInt8]
}

/// Fields of a layer's weights.
struct HandMadeWeights {
  var kinds: [UInt8] = [1, 1]
  /// K = 2; lengths 1, 2, 2.
  var gaps: [UInt8] = [2] + bits("1000 10 0")
  /// Three levels; lengths 1, 2, 2.
  var codes: [UInt8] = [3] + bits("1000 10 0")
  var table: [UInt8] = [1, 0]
  var scales: [UInt8] = [0]
  var biases: [UInt8] = [1, 6]
  /// One lane: bank 0, offset 0, 15 bits, 2 rows.
  var lanes: [UInt8] = [1, 0, 0, 15, 2]

  /// For steps that have none.
  static let none = HandMadeWeights(
    kinds: [], gaps: [], codes: [], table: [], scales: [], biases: [], lanes: [])

  var bytes: [UInt8] { kinds + gaps + codes + table + scales + biases + lanes }
}

// MARK: Pieces

func varint(_ value: Int) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(value % 128 + 128)] + varint(value / 128)
}

func varints(_ values: [Int]) -> [UInt8] { values.flatMap(varint) }

func little(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(value >> (8 * $0) & 0xFF) }
}

/// Bits in the order of the stream, as whole bytes.
func bits(_ text: String) -> [UInt8] {
  let all = text.filter { $0 != " " }.map { UInt8($0 == "1" ? 1 : 0) }
  return stride(from: 0, to: all.count, by: 8).map { start in
    all[start..<min(start + 8, all.count)].enumerated().reduce(0) { $0 | $1.element << $1.offset }
  }
}

func float(_ value: Float) -> [UInt8] { little(Int(value.bitPattern), 4) }

func tensor(_ place: Int, _ sizes: [Int]) -> [UInt8] { varints([place, sizes.count] + sizes) }

/// CRC-32 bit by bit, from its definition.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  var register: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return ~register
}
