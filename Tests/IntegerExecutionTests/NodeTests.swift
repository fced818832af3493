import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors
import Testing

/// One node each, its answers by hand or by the rule of one element.
@Suite struct NodeTests {
  private static let one = ByteNet.encoding(1, 0)
  private static let half = ByteNet.encoding(0.5, -3)

  private func answer(
    _ operation: Operation, _ shape: [Int], _ x: [Int8], from: IntegerEncoding = one, to: IntegerEncoding = one
  ) throws -> IntegerElements {
    var net = ByteNet()
    let input = net.input(shape, from)
    let output = try net.node(operation, input, to: to)
    return try net.run([.int8(x)], output)[0]
  }

  @Test func activations() throws {
    let x: [Int8] = [-128, -5, -3, -2, 0, 9, 100, 127]
    func expect(_ activation: Activation, _ y: [Int8], to: IntegerEncoding = Self.half) throws {
      let found = try answer(.activation(activation), [8], x, from: Self.half, to: to)
      #expect(found == .int8(y), "\(activation)")
    }
    try expect(.relu, [-3, -3, -3, -2, 0, 9, 100, 127])
    try expect(.clip(low: -1, high: 6), [-5, -5, -3, -2, 0, 9, 9, 9])
    // Half of the distance from -3, halves up, and negative ones 0.
    try expect(.relu, [0, 0, 0, 1, 2, 6, 52, 65], to: Self.one)
    let sigmoid = ByteFunction.sigmoid.table(
      from: ByteEncoding(scale: 0.5, zeroPoint: -3), to: .probability)
    let table = try #require(sigmoid)
    try expect(.sigmoid, x.map { table[Int($0) + 128] }, to: ByteNet.encoding(1 / 256, -128))
  }

  @Test func requantize() throws {
    // From halves about -3 to ones about 0.
    #expect(
      try answer(.requantize, [4], [-128, -4, -2, 127], from: Self.half) == .int8([-62, 0, 1, 65]))
  }

  @Test func bordersOfFloats() throws {
    var net = ByteNet()
    let x = net.input([3], nil)
    let bytes = try net.node(.requantize, x, to: Self.half)
    let floats = try net.node(.requantize, bytes, to: nil)
    let answers = try net.run([.float32([0.25, -1000, 1.6])], bytes, floats)
    #expect(answers == [.int8([-2, -128, 0]), .float32([0.5, -62.5, 1.5])])
  }

  /// uint8 of zero point z is int8, 128 less, of zero point z - 128.
  @Test func bordersOfUnsignedBytes() throws {
    var net = ByteNet()
    let unsigned = IntegerEncoding(.uint8, scales: [1], zeroPoints: [100])
    let x = net.input([4], unsigned)
    let bytes = try net.node(.requantize, x, to: Self.half)
    let back = try net.node(.requantize, bytes, to: unsigned)
    let answers = try net.run([.uint8([0, 100, 110, 255])], bytes, back, x)
    #expect(
      answers == [.int8([-128, -3, 17, 127]), .uint8([38, 100, 110, 165]), .uint8([0, 100, 110, 255])])
  }

  /// Borders never win and are not counted; halves go away from zero.
  @Test func pools() throws {
    let window = Window(kernel: [2, 2], strides: [2, 2], padBefore: [0, 1], padAfter: [0, 0])
    let x: [Int8] = [-128, -127, 5, -100, -2, 2]
    #expect(try answer(.maxPool(window), [1, 2, 3], x) == .int8([-100, 5]))
    // (-228 / 2, -122 / 4) and, of one byte lower, -114.5 and 30.5 away from zero.
    #expect(try answer(.averagePool(window, countsPadding: false), [1, 2, 3], x) == .int8([-114, -31]))
    #expect(
      try answer(.averagePool(window, countsPadding: false), [1, 2, 3], [-128, -127, 5, -101, -2, 2])
        == .int8([-115, -31]))
  }

  @Test func means() throws {
    // Sums less 3 x -3: 9 and 12, twice as fine: (9 / 3) / 2 = 1.5 and 2, rounded as one factor of 1/6.
    let found = try answer(.globalAveragePool, [2, 1, 3], [0, -1, 1, 1, 1, 1], from: Self.half)
    #expect(found == .int8([2, 2]))
  }

  @Test func binariesBroadcast() throws {
    func run(_ operation: BinaryOperator) throws -> [IntegerElements] {
      var net = ByteNet()
      let (a, b) = (net.input([2, 3], Self.one), net.input([3], Self.half))
      let y = try net.node(.binary(operation), a, b, to: Self.one)
      return try net.run([.int8([1, 2, 3, -4, -5, 100]), .int8([-3, -1, 127])], y)
    }
    // b is 0, 1, 65.
    #expect(try run(.add) == [.int8([1, 3, 68, -4, -4, 127])])
    #expect(try run(.subtract) == [.int8([1, 1, -62, -4, -6, 35])])
    #expect(try run(.multiply) == [.int8([0, 2, 127, 0, -5, 127])])
  }

  @Test func preluOfChannels() throws {
    var net = ByteNet()
    let slope = net.parameter([2, 1], [4, -2], ByteNet.encoding(0.5, 0), .slope)
    let x = net.input([2, 2], Self.one)
    let y = try net.node(.prelu(slope: slope), x, to: Self.one)
    #expect(try net.run([.int8([-3, 3, -3, 3])], y) == [.int8([-6, 3, 3, 3])])
  }

  @Test func softmaxOfAnyAxis() throws {
    let rule = try #require(ByteSoftmax(scale: 0.5))
    let x: [Int8] = [3, 4, 0, 9, -7, 2]
    let columns = (0..<2).map { column in rule.probabilities([x[column], x[column + 2], x[column + 4]]) }
    let y = ByteNet.encoding(1 / 256, -128)
    let found = try answer(.softmax(axis: 0), [3, 2], x, from: Self.half, to: y)
    #expect(found == .int8((0..<3).flatMap { [columns[0][$0], columns[1][$0]] }))
    let rows = try answer(.softmax(axis: 1), [3, 2], x, from: Self.half, to: y)
    #expect(rows == .int8((0..<3).flatMap { rule.probabilities([x[2 * $0], x[2 * $0 + 1]]) }))
    let twice = try answer(.softmax(axis: 0, beta: 2), [6], x, from: Self.half, to: y)
    #expect(twice == .int8(try #require(ByteSoftmax(scale: 1)).probabilities(x)))
  }

  @Test func logarithmsOfASoftmax() throws {
    let rule = try #require(ByteSoftmax(scale: 0.5))
    let x: [Int8] = [3, 4, 0, 9, -7, 2]
    let found = try answer(.logSoftmax(axis: 1), [3, 2], x, from: Self.half, to: ByteNet.encoding(1 / 16, 127))
    let wanted = (0..<3).flatMap { rule.logarithms([Int32(x[2 * $0]), Int32(x[2 * $0 + 1])], bits: 4) }
    #expect(found == .int8(wanted.map { Int8(127 + $0) }))
  }

  @Test func placesOfTheLargestAndTheLeast() throws {
    let x: [Int8] = [3, 4, 0, 9, 3, 9, -7, -7]
    func places(_ operation: Operation) throws -> IntegerElements {
      try answer(operation, [4, 2], x, from: Self.half, to: .places)
    }
    #expect(try places(.argMax(axis: 0)) == .int32([0, 1]))
    #expect(try places(.argMax(axis: 0, ofLeast: true)) == .int32([3, 3]))
    #expect(try places(.argMax(axis: 1)) == .int32([1, 1, 1, 0]))
    #expect(try places(.argMax(axis: 1, ofLeast: true)) == .int32([0, 0, 0, 0]))
    #expect(throws: IntegerExecutionError.self) {
      try answer(.argMax(axis: 0), [4, 2], x, from: Self.half, to: Self.half)
    }
  }

  @Test func whatMoves() throws {
    let x: [Int8] = [1, 2, 3, 4, 5, 6]
    #expect(try answer(.transpose([1, 0]), [2, 3], x) == .int8([1, 4, 2, 5, 3, 6]))
    #expect(try answer(.transpose([2, 0, 1]), [1, 2, 3], x) == .int8([1, 4, 2, 5, 3, 6]))
    #expect(try answer(.reshape([3, 2]), [2, 3], x) == .int8(x))
    #expect(try answer(.gather([0, 2]), [2, 3], x) == .int8([1, 3, 4, 6]))
    func pad(_ mode: Padding.Mode) -> Operation { .pad(Padding(before: [0, 1], after: [1, 2], mode: mode)) }
    func padded(_ mode: Padding.Mode) throws -> IntegerElements {
      try answer(pad(mode), [1, 3], [1, 2, 3], from: Self.half, to: Self.half)
    }
    #expect(try padded(.constant(0)) == .int8([-3, 1, 2, 3, -3, -3] + [Int8](repeating: -3, count: 6)))
    #expect(try padded(.constant(2)) == .int8([1, 1, 2, 3, 1, 1] + [Int8](repeating: 1, count: 6)))
    #expect(try padded(.edge) == .int8([1, 1, 2, 3, 3, 3, 1, 1, 2, 3, 3, 3]))
    let reflected = Operation.pad(Padding(before: [2], after: [1], mode: .reflect))
    #expect(try answer(reflected, [3], [1, 2, 3]) == .int8([3, 2, 1, 2, 3, 2]))
    let doubled = Operation.pad(Padding(before: [2], after: [3], mode: .symmetric))
    #expect(try answer(doubled, [3], [1, 2, 3]) == .int8([2, 1, 1, 2, 3, 3, 2, 1]))
  }

  @Test func imagesOfAnotherSize() throws {
    func resized(_ mode: Resize.Mode, unit: Int) throws -> IntegerElements {
      let rows = Resize.Axis(size: 1, step: unit, unit: unit)
      let columns = Resize.Axis(size: 4, step: unit / 2, start: -unit / 4, unit: unit)
      return try answer(.resize(Resize(mode: mode, axes: [rows, columns])), [2, 1, 2], [1, 4, -1, -4])
    }
    #expect(try resized(.nearest, unit: 4) == .int8([1, 1, 1, 4, -1, -1, -1, -4]))
    #expect(try resized(.linear, unit: 1024) == .int8([1, 2, 3, 4, -1, -2, -3, -4]))
    #expect(throws: IntegerExecutionError.self) { try resized(.linear, unit: 4) }
  }

  @Test func concatOfRowsAndColumns() throws {
    for (axis, joined) in [(0, [1, 2, 3, 4, 5, 6, 7, 8]), (1, [1, 2, 5, 6, 3, 4, 7, 8])] as [(Int, [Int8])] {
      var net = ByteNet()
      let (a, b) = (net.input([2, 2], Self.one), net.input([2, 2], Self.one))
      let y = try net.node(.concat(axis: axis), a, b, to: Self.one)
      #expect(try net.run([.int8([1, 2, 3, 4]), .int8([5, 6, 7, 8])], y) == [.int8(joined)])
    }
  }

  @Test func constants() throws {
    var net = ByteNet()
    let id = net.parameter([2], [7, -9], Self.half, .constant)
    let c = try net.node(.constant(id), to: Self.half)
    let x = net.input([2], Self.half)
    let y = try net.node(.concat(axis: 0), c, x, to: Self.half)
    #expect(try net.run([.int8([1, 2])], y) == [.int8([7, -9, 1, 2])])
  }
}
