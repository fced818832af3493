import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors
import Testing

/// Convolution and dense as sums over every tap, looked up one by one.
@Suite struct LayerTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let input: [Int]
    let rows: Int
    let window: Window
    var groups = 1
    var rowScales = true
    var hasBias = true
  }

  private static let cases = [
    Case(testDescription: "one tap", input: [3, 2, 2], rows: 4, window: Window(kernel: [1, 1])),
    Case(
      testDescription: "a border", input: [2, 5, 4], rows: 3,
      window: Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])),
    Case(
      testDescription: "strides and an odd border", input: [2, 6, 7], rows: 3,
      window: Window(kernel: [3, 2], strides: [2, 3], padBefore: [0, 1], padAfter: [1, 2])),
    Case(
      testDescription: "dilation", input: [1, 7, 8], rows: 2,
      window: Window(kernel: [2, 3], dilations: [3, 2], padBefore: [1, 0], padAfter: [1, 2])),
    Case(
      testDescription: "depthwise", input: [4, 5, 5], rows: 4,
      window: Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]), groups: 4),
    Case(
      testDescription: "depthwise with a multiplier, one scale", input: [2, 4, 4], rows: 6,
      window: Window(kernel: [2, 2], strides: [2, 2]), groups: 2, rowScales: false),
    Case(
      testDescription: "groups, no bias", input: [6, 3, 3], rows: 4,
      window: Window(kernel: [2, 2]), groups: 2, hasBias: false),
    Case(testDescription: "the whole plane", input: [3, 4, 3], rows: 5, window: Window(kernel: [4, 3])),
  ]

  @Test(arguments: cases) func convolution(_ example: Case) throws {
    var net = ByteNet(seed: UInt64(example.rows * 100 + example.input[1]))
    let (x, y) = (ByteNet.encoding(0.05, -7), ByteNet.encoding(0.4, 12))
    let perGroup = example.input[0] / example.groups
    let weight = net.weights([example.rows, perGroup] + example.window.kernel, rowScales: example.rowScales)
    let bias = example.hasBias ? net.biases(example.rows) : nil
    let input = net.input(example.input, x)
    let output = try net.node(
      .convolution(
        Convolution(weight: weight, bias: bias, window: example.window, groups: example.groups)), input, to: y)
    let elements = net.bytes(example.input.elementCount)
    let (c, h, w, k) = (example.input[0], example.input[1], example.input[2], example.window)
    let plane = net.graph[output].shape
    let parameter = try #require(net.graph[weight].integers)
    var expected: [Int8] = []
    for row in 0..<example.rows {
      let scales = parameter.encoding.scales
      let factor = FixedMultiplier(from: 0.05, times: scales[scales.count == 1 ? 0 : row], to: 0.4)
      for i in 0..<plane[1] {
        for j in 0..<plane[2] {
          var sum = bias.flatMap { net.graph[$0].integers?.integers[row] } ?? 0
          for channel in 0..<perGroup {
            for a in 0..<k.kernel[0] {
              for b in 0..<k.kernel[1] {
                let p = i * k.strides[0] + a * k.dilations[0] - k.padBefore[0]
                let q = j * k.strides[1] + b * k.dilations[1] - k.padBefore[1]
                guard (0..<h).contains(p), (0..<w).contains(q) else { continue }
                let from = row / (example.rows / example.groups) * perGroup + channel
                let place = ((row * perGroup + channel) * k.kernel[0] + a) * k.kernel[1] + b
                sum += parameter.integers[place] * (Int32(elements[(from * h + p) * w + q]) + 7)
              }
            }
          }
          expected.append(Int8(clamping: Int(factor.applied(to: sum)) + 12))
        }
      }
    }
    #expect(c == perGroup * example.groups)
    #expect(try net.run([.int8(elements)], output) == [.int8(expected)])
    #expect(Set(expected).count > 3)
  }

  /// 2 rows of 3 inputs by a matrix of 2 rows. By hand: scale 1/4 x 1 / 1 of sums.
  @Test func dense() throws {
    var net = ByteNet()
    let weight = net.parameter(
      [2, 3], [1, -2, 3, 127, 0, -128], ByteNet.encoding(0.25, 0), .weight)
    let bias = net.parameter([2], [4, -2], IntegerEncoding(.int32, scales: [0.25], zeroPoints: [0]), .bias)
    let x = net.input([2, 3], ByteNet.encoding(1, 1))
    let y = try net.node(.dense(Dense(weight: weight, bias: bias)), x, to: ByteNet.encoding(1, -1))
    // Sums 4 + 1 - 2 * 2 + 3 * 3 = 10 and -2 + 127 - 128 * 3 = -259; 4 - 1 = 3 and -2 - 127 = -129.
    // A quarter is half of a half: 5 and then 3 (2.5 away from zero); -129.5 is -129, and then -65 (-64.5);
    // 1.5 is 2, then 1; -64.5 is -64, then -32.
    #expect(try net.run([.int8([2, 3, 4, 0, 1, 1])], y) == [.int8([2, -66, 0, -33])])
  }

  /// Dead channels of published files have a huge bias and a factor of 0.
  @Test func aBiasBeyondAllBytes() throws {
    var net = ByteNet()
    let weight = net.parameter(
      [2, 1], [0, 0], IntegerEncoding(.int8, scales: [1e-30, 0.5], zeroPoints: [0, 0], axis: 0), .weight)
    let bias = net.parameter(
      [2], [1_073_741_952, 1_073_741_952], IntegerEncoding(.int32, scales: [1], zeroPoints: [0]), .bias)
    let x = net.input([1], ByteNet.encoding(1, 0))
    let y = try net.node(.dense(Dense(weight: weight, bias: bias)), x, to: ByteNet.encoding(1, 5))
    #expect(try net.run([.int8([3])], y) == [.int8([5, 127])])
  }
}
