import Execution
import ModelGraph
import Tensors
import Testing
import TestSupport

/// A network that is given its window a frame at a time answers what it answers to the window.
struct StreamedTests {
  /// Runs frames through the streamed network, and each window that is full through the network.
  ///
  /// - Returns: the streamed network.
  @discardableResult
  private func compare(_ net: Graph, axis: Int, hop: Int, frames: Int? = nil) throws -> Graph {
    let streamed = try net.streamed(along: axis, hop: hop)
    let shapes = net.inputs.map { net[$0].shape }
    let full = ((shapes.map { $0[axis] }.max() ?? 0) + hop - 1) / hop
    let count = frames ?? full + 5
    var random = SeededGenerator(seed: 3)
    let given = streamed.sampleInputs.map { input in
      let shape = [count] + streamed[input].shape
      return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    var stream = StreamExecutor(try Executor(graph: streamed, threads: 1))
    let answers = try stream.run(frames: given)
    let executor = try Executor(graph: net, threads: 1)
    for frame in full - 1..<count {
      let windows = zip(shapes, given).map { Self.window($0, axis, hop, of: $1, endingWith: frame) }
      for (output, (wanted, found)) in zip(net.outputs, zip(try executor.run(inputs: windows), answers)) {
        let width = found.values.count / count
        let expected = Self.last(wanted, shape: net[output].shape, as: found.shape)
        let own = found.values[frame * width..<(frame + 1) * width]
        let isClose = zip(own, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }
        #expect(own.count == expected.count && isClose, "frame \(frame)")
      }
    }
    return streamed
  }

  /// The last places of a stream, as one sample.
  private static func window(_ shape: [Int], _ axis: Int, _ hop: Int, of stream: Tensor, endingWith frame: Int) -> Tensor {
    let (outer, inner) = (shape[..<axis].elementCount, shape[(axis + 1)...].elementCount)
    var values: [Float] = []
    for row in 0..<outer {
      for place in (frame + 1) * hop - shape[axis]..<(frame + 1) * hop {
        let start = ((place / hop * outer + row) * hop + place % hop) * inner
        values += stream.values[start..<start + inner]
      }
    }
    return Tensor(shape: [1] + shape, values: values)
  }

  /// Of an output that moves its last places.
  private static func last(_ whole: Tensor, shape: [Int], as part: [Int]) -> [Float] {
    guard let axis = shape.indices.first(where: { shape[$0] != part[$0 + 1] }) else { return whole.values }
    let inner = shape[(axis + 1)...].elementCount
    let (row, own) = (shape[axis] * inner, part[axis + 1] * inner)
    return stride(from: 0, to: whole.values.count, by: row).flatMap { whole.values[$0 + row - own..<$0 + row] }
  }

  /// [T, 1, F] as converters lay it out: turned to channels, convolutions along the window, a mean, classes.
  @Test(arguments: [1, 2, 3]) func convolutionsKeepWhatTheyRead(hop: Int) throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([13, 1, 4])
    let flat = try net.node(.transpose([1, 0]), try net.node(.reshape([13, 4]), x))
    var y = try net.node(.reshape([4, 13, 1]), flat)
    y = try net.convolution(y, to: 6, Window(kernel: [3, 1]))
    y = try net.activation(.relu, try net.affine(y))
    y = try net.convolution(y, to: 6, Window(kernel: [3, 1], dilations: [2, 1]), groups: 6)
    y = try net.node(.softmax(axis: 0), try net.convolution(y, to: 5, Window(kernel: [1, 1])))
    let mean = try net.node(.reshape([5]), try net.node(.globalAveragePool, y))
    net.output(try net.dense(mean, to: 3), y)
    let streamed = try compare(net.graph, axis: 0, hop: hop)
    #expect(streamed.multiplications * 13 < net.graph.multiplications * (hop + 4))
    #expect(streamed.states.count == 3)
  }

  /// One dimension as ONNX has it, padded beside the window, with strides, pools, a shortcut that is cut to fit, and a
  /// dense layer over all that is left.
  @Test func stridesDivideTheHop() throws {
    var net = NetBuilder(seed: 2)
    let x = net.input([3, 32])
    let image = try net.node(.reshape([3, 1, 32]), x)
    var y = try net.convolution(image, to: 4, Window(kernel: [3, 4], strides: [1, 2], padBefore: [1, 0], padAfter: [1, 0]))
    y = try net.node(.maxPool(Window(kernel: [1, 3])), try net.activation(.tanh, y))
    let inner = try net.convolution(y, to: 4, Window(kernel: [1, 3]))
    let rows = try net.node(.reshape([4, 13]), y)
    let cut = try net.node(.reshape([4, 1, 11]), try net.node(.gather(Array(1..<12)), rows))
    y = try net.node(.binary(.add), inner, cut)
    y = try net.node(.averagePool(Window(kernel: [1, 2]), countsPadding: false), y)
    let flat = try net.node(.reshape([40]), y)
    net.output(try net.dense(flat, to: 3))
    try compare(net.graph, axis: 1, hop: 2)
    try compare(net.graph, axis: 1, hop: 6)
    try compare(net.graph, axis: 1, hop: 32, frames: 4)
  }

  /// Every second place; numbers beside the window, alike for all its places or not; two inputs of one pace.
  @Test func placesArePickedAndInputsMeet() throws {
    var net = NetBuilder(seed: 3)
    let (a, b) = (net.input([2, 9]), net.input([2, 17]))
    let half = try net.node(.gather((0..<9).map { 2 * $0 }), b)
    let whole = try net.node(.gather(Array(8..<17)), b)
    let sum = try net.node(.binary(.multiply), a, whole)
    let alike = try net.node(.binary(.add), try net.node(.binary(.add), sum, try net.constant([2, 1])), try net.constant([1]))
    let told = try net.node(.binary(.add), alike, try net.constant([2, 9]))
    let joined = try net.node(.concat(axis: 0), [alike, sum, a])
    let gate = try net.node(.softmax(axis: 1), told)
    net.output(try net.node(.binary(.multiply), gate, a), joined, try net.node(.argMax(axis: 0), joined), half)
    try compare(net.graph, axis: 1, hop: 2)
  }

  /// A window that is given flat, in rows that the network tells apart, and one whose channels come first when flat.
  @Test func flatWindowsHaveRows() throws {
    var net = NetBuilder(seed: 4)
    let x = net.input([60])
    let rows = try net.node(.reshape([1, 15, 4]), x)
    let y = try net.convolution(rows, to: 3, Window(kernel: [4, 3]))
    let flat = try net.node(.reshape([72]), try net.activation(.relu, y))
    net.output(try net.node(.gather((0..<72).filter { $0 % 2 == 0 }), flat), try net.dense(flat, to: 2))
    try compare(net.graph, axis: 0, hop: 8)
    #expect(throws: StreamError.stride(node: "n2", operation: "reshape", stride: 4, hop: 4)) {
      try net.graph.streamed(along: 0, hop: 6)
    }
  }

  /// Rows of one factor, by another that is fixed.
  @Test func productsWithConstants() throws {
    var net = NetBuilder(seed: 5)
    let x = net.input([7, 3])
    let y = try net.node(.matrixProduct, x, try net.constant([3, 4]))
    let scores = try net.node(.matrixProduct, y, try net.node(.transpose([1, 0]), y))
    net.output(y, try net.node(.softmax(axis: 1), scores))
    try compare(net.graph, axis: 0, hop: 1)
  }
}
