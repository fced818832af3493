import Execution
import IntegerExecution
import ModelGraph
import Tensors
import TestSupport
import Testing

@testable import ModelLoading

/// LSTM and SVDF of int8 in numbers: other operations, and nearly the same answers.
struct ShortMeaningTests {
  @Test(arguments: [TFLiteBytes.lstm(frames: 1), .lstm(frames: 3, limit: 0.4), .svdf(bits: 8), .svdf(bits: 16)])
  func numbersAreNearlyWhatIntegersStandFor(file: TFLiteBytes) throws {
    let graph = try TFLiteImporter.model(bytes: file.encoded).graph
    let meaning = graph.inNumbers
    try meaning.verify()
    #expect(!meaning.isOfIntegers && !meaning.nodes.contains { $0.operation.name.hasPrefix("lstm") })
    var integers = IntegerStream(try IntegerExecutor(graph))
    var numbers = StreamExecutor(try Executor(graph: meaning, threads: 1))
    var random = SeededGenerator(seed: 5)
    let (x, y) = (graph[graph.sampleInputs[0]], graph[graph.sampleOutputs[0]])
    // Of what SVDF keeps each number is rounded, and as many are summed.
    let tolerance = max(0.1, 2 * (y.integers?.scales[0] ?? 0))
    for frame in 0..<30 {
      let given = (0..<x.shape.elementCount).map { _ in Int8.random(in: -128...127, using: &random) }
      let expected = try integers.outputs(of: [.int8(given)])[0].numbers(in: y)
      let values = IntegerElements.int8(given).numbers(in: x)
      let found = try numbers.run(frames: [Tensor(shape: [1] + x.shape, values: values)])[0]
      for (a, b) in zip(found.values, expected) { #expect(abs(a - b) < tolerance, "frame \(frame): \(a) for \(b)") }
    }
  }
}
