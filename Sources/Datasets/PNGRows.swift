/// The rows within a PNG's inflated image data: undoing filters, and taking samples out.
///
/// Each row has a filter byte in front. A filter predicts a byte from the one a pixel to the left
/// (a), the one above (b) and the one above left (c), and stores the difference.
enum PNGRows {
  /// Turns filtered rows into plain ones, in place; the filter bytes stay where they are.
  static func undoFilters(
    _ rows: inout [UInt8], header: PNG.Header, path: String
  ) throws(DatasetError) {
    let (stride, step) = (header.rowBytes + 1, header.pixelBytes)
    // The row above the first one is all zero.
    let zeros = [UInt8](repeating: 0, count: header.rowBytes)
    try rows.withUnsafeMutableBufferPointer { (rows) throws(DatasetError) in
      try zeros.withUnsafeBufferPointer { (zeros) throws(DatasetError) in
        for y in 0..<header.height {
          let row = rows.baseAddress! + y * stride + 1
          let above = y == 0 ? zeros.baseAddress! : UnsafePointer(row - stride)
          guard undo(row[-1], row, above, count: header.rowBytes, step: step) else {
            throw .corruptImage(path: path, reason: "filter \(row[-1]) in row \(y)")
          }
        }
      }
    }
  }

  /// Undoes one row's filter; false where there is no such filter.
  private static func undo(
    _ filter: UInt8, _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafePointer<UInt8>,
    count: Int, step: Int
  ) -> Bool {
    switch filter {
    case 0: break
    case 1: for i in step..<max(step, count) { row[i] &+= row[i - step] }
    case 2: for i in 0..<count { row[i] &+= above[i] }
    case 3:
      for i in 0..<count {
        let left = i < step ? 0 : Int(row[i - step])
        row[i] &+= UInt8((left + Int(above[i])) / 2)
      }
    case 4:
      for i in 0..<count {
        let left = i < step ? 0 : Int(row[i - step])
        let corner = i < step ? 0 : Int(above[i - step])
        row[i] &+= paeth(left, Int(above[i]), corner)
      }
    default: return false
    }
    return true
  }

  /// Whichever of a, b and c is nearest to a + b - c; ties go in that order.
  private static func paeth(_ a: Int, _ b: Int, _ c: Int) -> UInt8 {
    let (da, db, dc) = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
    return UInt8(da <= db && da <= dc ? a : db <= dc ? b : c)
  }

  /// Samples as stored, 0...``PNG/Header/maximum``: [height, width, channels], without transparency.
  static func pixels(
    of rows: [UInt8], header: PNG.Header, palette: [UInt8], path: String
  ) throws(DatasetError) -> [UInt16] {
    guard header.colour != .palette || !palette.isEmpty else {
      throw .badHeader(place: path, field: "palette")
    }
    var pixels: [UInt16] = []
    pixels.reserveCapacity(header.width * header.height * header.channels)
    for y in 0..<header.height {
      let start = y * (header.rowBytes + 1) + 1
      for x in 0..<header.width {
        guard header.colour == .palette else {
          for channel in 0..<header.channels {
            let value = raw(x * header.samples + channel, of: rows, start, header.depth)
            pixels.append(UInt16(value))
          }
          continue
        }
        let entry = 3 * raw(x, of: rows, start, header.depth)
        guard entry < palette.count else {
          throw .corruptImage(path: path, reason: "a colour beyond the palette in row \(y)")
        }
        pixels += palette[entry..<(entry + 3)].map(UInt16.init)
      }
    }
    return pixels
  }

  /// A sample as stored; those of less than a byte start at its high bits.
  @inline(__always)
  private static func raw(_ index: Int, of rows: [UInt8], _ start: Int, _ depth: Int) -> Int {
    switch depth {
    case 8: return Int(rows[start + index])
    case 16: return Int(rows[start + 2 * index]) << 8 | Int(rows[start + 2 * index + 1])
    default:
      let bit = index * depth
      let byte = Int(rows[start + bit / 8])
      return byte >> (8 - depth - bit % 8) & (1 << depth - 1)
    }
  }
}
