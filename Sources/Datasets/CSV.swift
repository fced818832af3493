/// CSV, text of numbers: a line a sample, its numbers separated by semicolons, commas, tabs or spaces, whichever of these the first
/// line has first in this order. Numbers have a decimal point.
///
/// A first line that is not all numbers names the columns. One that is called `label`, `labels`, `class`, `target` or `y` holds
/// class numbers, and is no part of a sample. Quotes around a cell, empty lines and lines that begin with `#` do not count. Numbers
/// are taken as they are (scale 1). A network whose input has as many elements as a line has numbers takes them in the
/// input's own order.
struct CSV {
  /// Whether a file starts as a text.
  static func matches(_ prefix: [UInt8]) -> Bool {
    !prefix.isEmpty && prefix.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }

  /// All samples of a text; memory is bounded by what it holds.
  static func read(_ stream: ByteStream) throws(DatasetError) -> SampleArray {
    var reader = CSV(place: stream.place)
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var count = block.count
    while count == block.count {
      count = try block.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in try stream.read(into: bytes) }
      if reader.separator == nil { reader.separator = separator(of: block[..<count]) }
      for byte in block[..<count] { try reader.take(byte) }
    }
    try stream.finish()
    return try reader.finish()
  }

  /// The longest text of a number; names of columns may be longer, and what is longer is cut.
  private static let longestCell = 256

  private static let labelNames: Set = ["label", "labels", "class", "target", "y"]

  private let place: String
  /// What separates cells; a space stands for any number of spaces and tabs.
  private var separator: UInt8?
  /// The cell at hand, the cells of the line that may name columns, and where we are, from 1.
  private var cell: [UInt8] = []
  private var first: [String]? = []
  private var line = 1
  private var column = 0
  private var isComment = false
  private var hasText = false
  /// Of every line, once known; and which of them are labels.
  private var columns = 0
  private var labelColumn: Int?
  private var values: [Float] = []
  private var labels: [Int] = []
  private var samples = 0

  private init(place: String) { self.place = place }

  private static func separator(of block: ArraySlice<UInt8>) -> UInt8 {
    let line = block.split(separator: UInt8(ascii: "\n")).first { $0.first != UInt8(ascii: "#") } ?? block
    return [";", ",", "\t"].map { UInt8(ascii: $0) }.first(where: line.contains) ?? UInt8(ascii: " ")
  }

  private mutating func take(_ byte: UInt8) throws(DatasetError) {
    if byte == UInt8(ascii: "\n") {
      try endLine()
    } else if byte == UInt8(ascii: "#"), !hasText {
      isComment = true
    } else if !isComment, byte != UInt8(ascii: "\r") {
      let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      if byte == separator, !isSpace || byte == UInt8(ascii: "\t") {
        hasText = true
        try endCell()
      } else if isSpace {
        if separator == UInt8(ascii: " "), !cell.isEmpty { try endCell() }
      } else {
        hasText = true
        if cell.count <= Self.longestCell { cell.append(byte) }
      }
    }
  }

  private mutating func endLine() throws(DatasetError) {
    if hasText {
      if separator != UInt8(ascii: " ") || !cell.isEmpty { try endCell() }
      if let names = first {
        try begin(names)
      } else if column != columns {
        throw .lineLength(place: place, line: line, cells: column, columns: columns)
      } else {
        samples += 1
      }
    }
    (column, isComment, hasText) = (0, false, false)
    line += 1
  }

  private mutating func endCell() throws(DatasetError) {
    if cell.count > 1, cell.first == UInt8(ascii: "\""), cell.last == UInt8(ascii: "\"") {
      cell = Array(cell[1..<(cell.count - 1)])
    }
    let mark = line == 1 && column == 0 && cell.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = String(decoding: cell.dropFirst(mark), as: UTF8.self)
    cell.removeAll(keepingCapacity: true)
    column += 1
    if first != nil {
      first?.append(text)
    } else {
      try append(text)
    }
  }

  /// The first line: names, or the first sample.
  private mutating func begin(_ cells: [String]) throws(DatasetError) {
    (first, columns) = (nil, cells.count)
    if cells.allSatisfy({ Float($0) != nil }) {
      column = 0
      for text in cells {
        column += 1
        try append(text)
      }
      samples = 1
      return
    }
    let found = cells.indices.filter { Self.labelNames.contains(cells[$0].lowercased()) }
    guard found.count <= 1 else { throw .badHeader(place: place, field: "one column of labels") }
    labelColumn = found.first
  }

  /// A number of the line at hand.
  private mutating func append(_ text: String) throws(DatasetError) {
    guard column <= columns else {
      throw .lineLength(place: place, line: line, cells: column, columns: columns)
    }
    if column - 1 == labelColumn {
      guard let label = Int(text), (0...Labels.largest).contains(label) else {
        throw .badLabel(place: place, index: samples)
      }
      labels.append(label)
      return
    }
    guard let value = Float(text) else { throw .noNumber(place: place, line: line, column: column, text: text) }
    guard value.isFinite else { throw .notFinite(place: place, element: values.count) }
    guard 4 * values.count < Dataset.maximumBytes else {
      throw .tooLarge(place: place, bytes: 4 * (values.count + 1), limit: Dataset.maximumBytes)
    }
    values.append(value)
  }

  private mutating func finish() throws(DatasetError) -> SampleArray {
    try endLine()
    guard samples > 0 else { throw .unknownFormat(place: place) }
    let width = columns - (labelColumn == nil ? 0 : 1)
    guard width > 0 else { throw .noSamples(place: place) }
    return SampleArray(
      count: samples, shape: [width], storage: .floats(values), isImage: false, defaultScale: 1,
      labels: labelColumn == nil ? nil : labels)
  }
}
