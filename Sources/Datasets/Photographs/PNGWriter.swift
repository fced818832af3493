import CZlib
import Files

/// A writer of PNG: 8 bits, grey or colours, each row as its difference from the one above (filter 2).
package enum PNGWriter {
  /// The file of a picture.
  package static func bytes(of photograph: Photograph) -> [UInt8] {
    let stride = photograph.width * photograph.channels
    var rows: [UInt8] = []
    rows.reserveCapacity((stride + 1) * photograph.height)
    photograph.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<photograph.height {
        rows.append(2)
        for x in (y * stride)..<((y + 1) * stride) { rows.append(pixels[x] &- (y > 0 ? pixels[x - stride] : 0)) }
      }
    }
    let colour: UInt8 = photograph.channels == 1 ? 0 : 2
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += chunk("IHDR", word(photograph.width) + word(photograph.height) + [8, colour, 0, 0, 0])
    file += chunk("IDAT", deflated(rows))
    file += chunk("IEND", [])
    return file
  }

  private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    return word(content.count) + body + word(Int(CRC32.sum(body)))
  }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
      let status = compress2(buffer.baseAddress, &count, bytes, UInt(bytes.count), 6)
      precondition(status == Z_OK, "zlib does not compress: status \(status)")
      initialized = Int(count)
    }
  }
}
