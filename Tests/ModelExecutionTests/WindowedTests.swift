import Execution
import ModelGraph
import Tensors
import Testing
import TestSupport

/// A network that keeps windows, as one that looks at all frames of a sequence, answers what frames in turn are answered.
struct WindowedTests {
  /// [3, 4] a frame: three places of four numbers; windows, strides, a shortcut, channels turned, a dense layer over a window.
  private static func stream() throws -> Graph {
    var net = NetBuilder(seed: 6)
    let x = net.input([3, 4])
    var kept: [(found: ValueID, left: ValueID)] = []
    func window(_ new: ValueID, _ length: Int) throws -> ValueID {
      var shape = net.graph[new].shape
      shape[1] = length
      let found = net.graph.addInput(name: "s\(kept.count)", shape: shape)
      let left = try net.node(.slide(axis: 1), found, new)
      kept.append((found, left))
      return left
    }
    let turned = try net.node(.reshape([4, 3, 1]), try net.node(.transpose([1, 0]), x))
    var y = try net.activation(.relu, try net.convolution(try window(turned, 5), to: 6, Window(kernel: [5, 1], strides: [3, 1])))
    y = try net.affine(try net.convolution(try window(y, 4), to: 6, Window(kernel: [4, 1]), groups: 6))
    let point = try net.activation(.tanh, try net.convolution(y, to: 6, Window(kernel: [1, 1])))
    y = try net.node(.binary(.add), y, point)
    let flat = try net.node(.reshape([6 * 3]), try window(y, 3))
    net.output(try net.activation(.sigmoid, try net.dense(flat, to: 2)))
    for (number, state) in kept.enumerated() { net.graph.carry(state.found, from: state.left, GraphState(name: "s\(number)")) }
    return net.graph
  }

  @Test func everyFrameThatFillsTheWindowsIsAnswered() throws {
    let stream = try Self.stream()
    try stream.verify()
    let whole = try stream.windowed(frames: 12)
    // 2/3 of a frame, 3 frames and 2 frames before.
    #expect(whole.inputs.map { whole[$0].shape } == [[12, 3, 4]] && whole.outputs.map { whole[$0].shape } == [[6, 2]])
    #expect(whole.states.isEmpty && whole.parameterCount == stream.parameterCount)
    var random = SeededGenerator(seed: 2)
    let frames = Tensor(shape: [12, 3, 4], values: (0..<144).map { _ in random.nextNormal() })
    var executor = StreamExecutor(try Executor(graph: stream, threads: 1))
    let wanted = try executor.run(frames: [frames])[0].values.suffix(12)
    let found = try Executor(graph: whole, threads: 1).run(inputs: [frames.reshaped(to: [1, 12, 3, 4])])[0].values
    #expect(found.count == 12 && zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// And back: what comes of it takes frames, and keeps as much as before.
  @Test func itTakesFramesAgain() throws {
    let stream = try Self.stream()
    let again = try stream.windowed(frames: 12).streamed(along: 0, hop: 1)
    #expect(again.sampleInputs.map { again[$0].shape } == [[1, 3, 4]] && again.sampleOutputs.map { again[$0].shape } == [[1, 2]])
    #expect(again.multiplications == stream.multiplications)
    let kept = { (graph: Graph) in graph.foundStates.map { graph[$0].shape.reduce(1, *) }.sorted() }
    #expect(kept(again) == kept(stream))
    var random = SeededGenerator(seed: 2)
    let frames = Tensor(shape: [20, 3, 4], values: (0..<240).map { _ in random.nextNormal() })
    var (a, b) = (StreamExecutor(try Executor(graph: stream, threads: 1)), StreamExecutor(try Executor(graph: again, threads: 1)))
    let (x, y) = (try a.run(frames: [frames])[0].values, try b.run(frames: [frames.reshaped(to: [20, 1, 3, 4])])[0].values)
    #expect(zip(x, y).dropFirst(12).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func whatIsNotOfWindowsIsRefused() throws {
    let stream = try Self.stream()
    #expect(throws: StreamError.frames(frames: 6, needed: 7)) { try stream.windowed(frames: 6) }
    var net = NetBuilder(seed: 1)
    let (x, h) = (net.input([3]), net.graph.addInput(name: "h", shape: [3]))
    let next = try net.activation(.tanh, try net.node(.binary(.add), x, try net.dense(h, to: 3)))
    net.output(next)
    #expect(throws: StreamError.keepsNothing) { try net.graph.windowed(frames: 9) }
    net.graph.carry(h, from: next, GraphState(name: "h"))
    let recurrent = net.graph
    let error = #expect(throws: StreamError.self) { try recurrent.windowed(frames: 9) }
    #expect(error?.sentence.contains("otherwise than as a window") == true)
  }
}
