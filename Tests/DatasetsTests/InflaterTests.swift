import Datasets
import Tensors
import Testing

@Suite struct InflaterTests {
  @Test(arguments: [0, 1, 2, 15, 16, 17, 300, 70_000])
  func whatIsDeflatedComesBack(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8(generator.next() >> 60) }
    for (wrapping, data) in [
      (Inflater.Wrapping.raw, Compression.raw(bytes)), (.zlib, Compression.zlib(bytes)),
      (.gzip, Compression.gzip(bytes)),
    ] {
      #expect(try Inflater.inflate(data, wrapping, count: count, place: "") == bytes)
      func error(_ data: [UInt8], _ count: Int) -> DatasetError? {
        failure(try Inflater.inflate(data, wrapping, count: count, place: "p"))
      }
      #expect(error(data, count + 1) == .endsEarly(place: "p", missingBytes: 1))
      #expect(error(data + [0], count) == .trailingBytes(place: "p"))
      if count > 0 { #expect(error(data, count - 1) == .trailingBytes(place: "p")) }
    }
  }

  /// Every chunk size on either side: no byte is lost where input or output runs out.
  @Test func piecesOfAnySizeGiveTheSame() throws {
    let bytes = (0..<600).map { UInt8($0 % 7 * 30) }
    let data = Compression.raw(bytes)
    for (inputSize, outputSize) in [(1, 1), (1, 600), (7, 3), (data.count, 1), (2, 255)] {
      let inflater = Inflater(.raw)
      var (result, position, isAtEnd) = ([UInt8](), 0, false)
      var piece = [UInt8](repeating: 0, count: outputSize)
      for _ in 0..<10_000 where !isAtEnd {
        let input = Array(data[position..<min(position + inputSize, data.count)])
        let step = try input.withUnsafeBufferPointer { input in
          try piece.withUnsafeMutableBufferPointer {
            try inflater.inflate(input, into: $0, place: "")
          }
        }
        result += piece[..<step.produced]
        position += step.consumed
        isAtEnd = step.isAtEnd
      }
      #expect(isAtEnd && result == bytes && position == data.count)
    }
  }
}
