import FixedPoint
import Foundation
import Testing

@Suite struct ByteFunctionTests {
  /// Tests/TFLM/functions.txt: all 256 bytes of each, as the reference answers.
  @Test func functionsAnswerAsTheReference() throws {
    for line in try Self.lines() where line.fields[0] != "SOFTMAX" {
      let function = try #require(Self.functions[line.fields[0]], "\(line.fields[0])")
      let table = function.table(from: try line.encoding(1), to: try line.encoding(3))
      #expect(table == line.bytes(5), "\(line.fields.prefix(5))")
    }
  }

  @Test func softmaxAnswersAsTheReference() throws {
    let rows = try Self.lines().filter { $0.fields[0] == "SOFTMAX" }
    #expect(rows.count >= 4)
    for line in rows {
      let scale = try #require(Float(line.fields[1]))
      let softmax = try #require(ByteSoftmax(scale: scale))
      #expect(softmax.probabilities(line.bytes(2)) == line.bytes(3))
    }
  }

  private static let functions: [String: ByteFunction] = [
    "LOGISTIC": .sigmoid, "TANH": .tanh, "HARD_SWISH": .hardSwish, "RELU": .relu, "QUANTIZE": .requantize,
    "LEAKY_RELU": .leakyRelu(alpha: 0.1), "ELU": .elu(alpha: 1),
  ]

  private struct Line {
    let fields: [String]

    func encoding(_ index: Int) throws -> ByteEncoding {
      ByteEncoding(
        scale: try #require(Float(fields[index])), zeroPoint: try #require(Int32(fields[index + 1])))
    }

    func bytes(_ index: Int) -> [Int8] {
      var digits = fields[index][...]
      var bytes: [Int8] = []
      while let byte = UInt8(digits.prefix(2), radix: 16) {
        bytes.append(Int8(bitPattern: byte))
        digits = digits.dropFirst(2)
      }
      return bytes
    }
  }

  private static func lines() throws -> [Line] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: folder.appending(path: "TFLM/functions.txt"), encoding: .utf8)
      .split(separator: "\n").map { Line(fields: $0.split(separator: " ").map(String.init)) }
  }

  private static let half = ByteEncoding(scale: 0.5, zeroPoint: 10)
  private static let one = ByteEncoding(scale: 1, zeroPoint: -3)

  @Test func clipsCutBytesOff() {
    let table = ByteFunction.clip(low: -1, high: 6).table(from: Self.half, to: Self.half)
    #expect(table == (-128...127).map { min(max($0, 8), 22) })
    #expect(ByteFunction.clip(low: 0, high: 6).table(from: Self.half, to: Self.one) == nil)
  }

  /// (q - 10) / 2 - 3: halves up, cut off where negative.
  @Test func rescaling() throws {
    func expected(_ q: Int) -> Int { Int((Double(q - 10) / 2 + 0.5).rounded(.down)) - 3 }
    let plain = try #require(ByteFunction.requantize.table(from: Self.half, to: Self.one))
    #expect(plain == (-128...127).map { Int8(max(expected($0), -128)) })
    let relu = try #require(ByteFunction.relu.table(from: Self.half, to: Self.one))
    #expect(relu == (-128...127).map { Int8(max(expected($0), -3)) })
    #expect(ByteFunction.relu.table(from: Self.one, to: Self.one) == (-128...127).map { max($0, -3) })
  }

  @Test func whatTheReferenceDoesNotComputeIsNone() {
    #expect(ByteFunction.sigmoid.table(from: Self.half, to: Self.one) == nil)
    #expect(ByteFunction.tanh.table(from: Self.half, to: .probability) == nil)
    for scale in [0x1.ffp-29, 0x1p35] as [Float] {
      let x = ByteEncoding(scale: scale, zeroPoint: 0)
      #expect(ByteFunction.sigmoid.table(from: x, to: .probability) == nil)
    }
    #expect(ByteFunction.leakyRelu(alpha: -0.5).table(from: Self.half, to: Self.one) == nil)
    let fine = ByteEncoding(scale: 0x1p-8, zeroPoint: 0)
    #expect(ByteFunction.hardSwish.table(from: Self.one, to: fine) == nil)
    #expect(ByteSoftmax(scale: 0x1p-27) == nil && ByteSoftmax(scale: 1, beta: 0) == nil)
  }

  /// Within a step of the real functions, whatever the scale, but that the coarsest give no more than the
  /// sign, and that of zero is negative.
  @Test(arguments: [0x1p-28, 0.001, 0.05, 0.9, 7, 4000] as [Float])
  func nearRealFunctions(scale: Float) throws {
    let x = ByteEncoding(scale: scale, zeroPoint: -9)
    let sigmoid = try #require(ByteFunction.sigmoid.table(from: x, to: .probability))
    let tanh = try #require(ByteFunction.tanh.table(from: x, to: .symmetricUnit))
    let swish = scale < 4000 ? ByteFunction.hardSwish.table(from: x, to: x) : nil
    for q in -128...127 {
      let real = scale == 4000 && q == -9 ? -100 : Double(x.number(Int8(q)))
      #expect(abs(Double(sigmoid[q + 128]) - min(256 / (1 + exp(-real)) - 128, 127)) < 0.6)
      #expect(abs(Double(tanh[q + 128]) - min(128 * Foundation.tanh(real), 127)) < 0.6)
      guard let swish, scale > 1e-6 else { continue }
      let exact = real * min(max(real / 6 + 0.5, 0), 1) / Double(scale) - 9
      #expect(abs(Double(swish[q + 128]) - min(max(exact, -128), 127)) < 1.1, "\(q)")
    }
  }

  @Test func softmaxOfExtremes() throws {
    let softmax = try #require(ByteSoftmax(scale: 0.25))
    #expect(softmax.probabilities([-5]) == [127])
    #expect(softmax.probabilities([9, 9]) == [0, 0])
    #expect(softmax.probabilities([127, -128, 127, 127]) == [-43, -128, -43, -43])
    // So many that a share is below half a step: all are 0.
    #expect(softmax.probabilities([Int8](repeating: 3, count: 4095)) == [Int8](repeating: -128, count: 4095))
    let coarse = try #require(ByteSoftmax(scale: 1e30))
    #expect(coarse.probabilities([3, 2, 3]) == [0, -128, 0])
  }
}
