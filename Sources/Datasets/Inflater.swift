import CZlib

/// zlib's decompressor and CRC-32, behind Swift types.
///
/// One `Inflater` reads one compressed stream, piece by piece: the caller brings the input in
/// whatever chunks it has and says where the output goes, so no size is ever guessed. zlib checks
/// the checksums that gzip (CRC-32 and length) and zlib (Adler-32) streams end with; a raw stream
/// has none.
package final class Inflater {
  /// What stands around the deflate data (RFC 1951).
  package enum Wrapping: Sendable {
    /// Nothing: the entries of a zip file.
    case raw
    /// RFC 1950: the image data of a PNG.
    case zlib
    /// RFC 1952: `.gz` files. One member at a time; see ``restart()``.
    case gzip

    fileprivate var windowBits: Int32 {
      switch self {
      case .raw: -15
      case .zlib: 15
      case .gzip: 15 + 16
      }
    }
  }

  /// What one call did.
  package struct Step {
    /// Input bytes taken.
    package let consumed: Int
    /// Output bytes written.
    package let produced: Int
    /// Whether the stream, checksum included, is over.
    package let isAtEnd: Bool
  }

  /// Deflate's best case: a match of 258 bytes coded in 2 bits.
  package static let largestRatio = 1032

  /// On the heap and never moved: zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>

  package init(_ wrapping: Wrapping) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, wrapping.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: status \(status)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Decompresses as much of `input` as `output` has room for.
  ///
  /// - Parameter place: names the stream in errors.
  /// - Throws: ``DatasetError/corruptCompression(place:reason:)``.
  package func inflate(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    place: String
  ) throws(DatasetError) -> Step {
    let given = min(input.count, Int(UInt32.max))
    let room = min(output.count, Int(UInt32.max))
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(room)
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      let reason = stream.pointee.msg.map { String(cString: $0) }
      throw .corruptCompression(place: place, reason: reason ?? "zlib status \(status)")
    }
    return Step(
      consumed: given - Int(stream.pointee.avail_in),
      produced: room - Int(stream.pointee.avail_out), isAtEnd: status == Z_STREAM_END)
  }

  /// Makes ready for another stream of the same wrapping (the next member of a gzip file).
  package func restart() { inflateReset(stream) }

  /// Decompresses a stream that is in memory and must hold exactly `count` bytes.
  ///
  /// Nothing is allocated before `count` is known to be within deflate's reach.
  package static func inflate(
    _ bytes: [UInt8], _ wrapping: Wrapping, count: Int, place: String
  ) throws(DatasetError) -> [UInt8] {
    let possible = bytes.count * largestRatio
    guard count <= possible else {
      throw .promiseExceedsFile(place: place, promisedBytes: count, possibleBytes: possible)
    }
    // One byte more than wanted, so that a longer stream shows itself.
    let output = try [UInt8](unsafeUninitializedCapacity: count + 1) {
      (buffer, initialized) throws(DatasetError) in
      initialized = try bytes.withUnsafeBufferPointer { (input) throws(DatasetError) in
        try Inflater(wrapping).inflateAll(input, into: buffer, place: place)
      }
    }
    guard output.count >= count else {
      throw .endsEarly(place: place, missingBytes: count - output.count)
    }
    guard output.count == count else { throw .trailingBytes(place: place) }
    return output
  }

  /// Fills `output` or reaches the end of the stream; the input must end where the stream does.
  private func inflateAll(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>,
    place: String
  ) throws(DatasetError) -> Int {
    var (read, written) = (0, 0)
    while true {
      let step = try inflate(
        .init(rebasing: input[read...]), into: .init(rebasing: output[written...]), place: place)
      read += step.consumed
      written += step.produced
      if step.isAtEnd {
        guard read == input.count else { throw .trailingBytes(place: place) }
        return written
      }
      if written == output.count { return written }
      guard step.consumed > 0 || step.produced > 0 else {
        throw .endsEarly(place: place, missingBytes: max(1, output.count - 1 - written))
      }
    }
  }
}
