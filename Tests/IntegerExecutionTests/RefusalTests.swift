import IntegerExecution
import ModelGraph
import Tensors
import Testing

/// What has no exact meaning is named.
@Suite struct RefusalTests {
  private static let one = ByteNet.encoding(1, 0)
  private static let two = ByteNet.encoding(2, 0)

  struct Case: CustomTestStringConvertible, Sendable {
    let operation: Operation
    let from: IntegerEncoding?
    let to: IntegerEncoding?
    var testDescription: String {
      "\(operation.name) from \(String(describing: from)) to \(String(describing: to))"
    }
  }

  private static let cases = [
    Case(operation: .affine(scale: ParameterID(0), shift: ParameterID(0)), from: one, to: one),
    Case(operation: .activation(.hardSigmoid(alpha: 0.2, beta: 0.5)), from: one, to: one),
    Case(operation: .activation(.elu(alpha: 0.5)), from: one, to: one),
    Case(operation: .activation(.relu), from: nil, to: one),
    Case(operation: .activation(.relu), from: one, to: nil),
    Case(operation: .activation(.clip(low: 0, high: 6)), from: one, to: two),
    Case(operation: .activation(.sigmoid), from: one, to: one),
    Case(operation: .softmax(axis: 0), from: one, to: one),
    Case(operation: .reshape([4, 1]), from: nil, to: one),
    Case(operation: .concat(axis: 0), from: one, to: two),
    Case(operation: .requantize, from: IntegerEncoding(.int32, scales: [1], zeroPoints: [0]), to: one),
    Case(
      operation: .requantize,
      from: IntegerEncoding(.int8, scales: [1, 1, 1, 1], zeroPoints: [0, 0, 0, 0], axis: 0), to: one),
    Case(operation: .reshape([4, 1]), from: IntegerEncoding(.uint8, scales: [1], zeroPoints: [0]), to: one),
  ]

  @Test(arguments: cases) func nodes(_ example: Case) throws {
    var net = ByteNet()
    _ = net.parameter([4], [1, 1, 1, 1], Self.one, .scale)
    let x = net.input([4], example.from)
    let y = try net.node(example.operation, x, to: example.to)
    #expect(name { _ = try net.run([.int8([1, 2, 3, 4])], y) } == example.operation.name)
  }

  @Test func pools() throws {
    func named(_ window: Window, countsPadding: Bool) -> String? {
      name {
        var net = ByteNet()
        let x = net.input([1, 2, 2], Self.one)
        let y = try net.node(.averagePool(window, countsPadding: countsPadding), x, to: Self.one)
        _ = try net.run([.int8([1, 2, 3, 4])], y)
      }
    }
    let bordered = Window(kernel: [2, 2], padBefore: [1, 1], padAfter: [1, 1])
    #expect(named(bordered, countsPadding: true) == "average-pool")
    #expect(named(bordered, countsPadding: false) == nil)
    #expect(named(Window(kernel: [1, 1], padBefore: [1, 0]), countsPadding: false) == "average-pool")
    #expect(named(Window(kernel: [2, 2], padAfter: [0, 2]), countsPadding: false) == "average-pool")
    // Taps that are three apart jump over two rows.
    let sparse = Window(kernel: [2, 1], dilations: [3, 1], padBefore: [2, 0], padAfter: [0, 0])
    #expect(named(sparse, countsPadding: false) == "average-pool")
  }

  @Test func layers() throws {
    func named(_ weight: IntegerEncoding?, _ bias: IntegerEncoding?) -> String? {
      name {
        var net = ByteNet()
        let x = net.input([2], Self.one)
        var graph = net.graph
        func parameter(_ shape: [Int], _ encoding: IntegerEncoding?, _ role: Parameter.Role) -> ParameterID {
          guard let encoding else {
            return graph.addParameter(name: "\(role)", role: role, tensor: Tensor(shape: shape))
          }
          let integers = [Int32](repeating: 1, count: shape.elementCount)
          let tensor = IntegerTensor(shape: shape, integers: integers, encoding: encoding)
          return graph.addParameter(Parameter(name: "\(role)", role: role, integers: tensor!))
        }
        let dense = Dense(weight: parameter([1, 2], weight, .weight), bias: parameter([1], bias, .bias))
        let y = try graph.addNode(name: "layer", .dense(dense), inputs: [x])
        graph.encode(y, as: Self.one)
        graph.addOutput(y)
        _ = try IntegerExecutor(graph)
      }
    }
    let bias = IntegerEncoding(.int32, scales: [1], zeroPoints: [0])
    #expect(named(Self.one, bias) == nil)
    #expect(named(nil, bias) == "dense")
    #expect(named(ByteNet.encoding(1, 3), bias) == "dense")
    #expect(named(bias, bias) == "dense")
    #expect(named(Self.one, nil) == "dense")
    #expect(named(Self.one, Self.one) == "dense")
    #expect(named(IntegerEncoding(.int8, scales: [1, 1], zeroPoints: [0, 0], axis: 1), bias) == "dense")
  }

  @Test func samples() throws {
    var net = ByteNet()
    let x = net.input([2], Self.one)
    let y = try net.node(.activation(.relu), x, to: Self.one)
    #expect(try net.run([.int8([1, -2])], y) == [.int8([1, 0])])
    let executor = try IntegerExecutor(net.graph)
    #expect(throws: IntegerExecutionError.inputCount(expected: 1, given: 0)) { try executor.outputs(of: []) }
    #expect(throws: IntegerExecutionError.elements(input: "x0", expected: "2 of int8", given: "3")) {
      try executor.outputs(of: [.int8([1, 2, 3])])
    }
    for wrong in [IntegerElements.float32([1, 2]), .uint8([1, 2])] {
      #expect(throws: IntegerExecutionError.self) { try executor.outputs(of: [wrong]) }
    }
  }

  /// The operation that is refused; nil: none.
  private func name(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch IntegerExecutionError.inexact(let node, let operation, let reason) {
      #expect(!node.isEmpty && !reason.isEmpty)
      return operation
    } catch {
      Issue.record(error)
      return nil
    }
  }
}
