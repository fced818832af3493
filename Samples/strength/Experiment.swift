// What is pruned, and with which samples.

import Compiler
import Datasets
import Evolution
import Execution
import ModelGraph
import ModelLoading
import Tensors
import Trials

/// A network, which of its layers lose weights together, and its samples.
struct Experiment {
  let teacher: Graph
  /// Indices of the layers that compete.
  let pool: [Int]
  /// Share of the survivors that a cycle zeroes.
  let step: Double
  let samples: TrainingSamples
  let test: SampleSet
  /// The teacher's numbers for the test samples.
  let testTargets: [Float]

  static let names = ["mnist-mlp", "lenet-300-100", "fashion-dense"]

  /// - Parameters:
  ///   - name: one of `names`.
  ///   - models, mnist, fashion: folders of the model files and of two sets of IDX files.
  init(_ name: String, models: String, mnist: String, fashion: String, limit: Int?) throws {
    let files = [
      "mnist-mlp": "mnist-mlp-101k", "lenet-300-100": "lenet-300-100",
      "fashion-dense": "fashion-cnn-1.7m",
    ]
    guard let file = files[name] else { throw Failure("no experiment is called \(name)") }
    let whole = try ModelLoader.load(path: "\(models)/\(file).onnx").graph.student
    let folder = name == "fashion-dense" ? fashion : mnist
    var (training, test) = try (Self.load(folder, "train"), Self.load(folder, "t10k"))
    if let limit { training = training.prefix(limit) }
    var graph = whole
    if name == "fashion-dense" {
      // What comes before the layer does not change, so its output is computed once.
      guard let layer = whole.layers.first(where: { $0.columns == 3136 }) else {
        throw Failure("\(file) has no layer of 3136 inputs")
      }
      let features = whole.nodes[layer.nodeIndex].inputs[0]
      training = try Self.values(features, of: whole, for: training)
      test = try Self.values(features, of: whole, for: test)
      graph = try whole.suffix(from: features)
    }
    teacher = graph
    step = name == "fashion-dense" ? 0.1 : 0.05
    pool = name == "lenet-300-100" ? Array(graph.layers.indices) : [0]
    let size = graph[graph.inputs[0]].shape.elementCount
    let (kept, heldBack) = SampleSet([training], elementCounts: [size]).split(
      holdingBack: 1.0 / 12, seed: 1)
    samples = try TrainingSamples(
      teacher: graph, training: kept, heldBack: heldBack.prefix(2000), threads: 2)
    self.test = SampleSet([test], elementCounts: [size])
    testTargets = try Executor(graph: graph, threads: 2, to: graph.lossValues)
      .run(inputs: self.test.tensors(0..<test.count, of: graph))[0].values
  }

  private static func load(_ folder: String, _ part: String) throws -> Dataset {
    try Dataset.load(
      path: "\(folder)/\(part)-images-idx3-ubyte.gz", labels: "\(folder)/\(part)-labels-idx1-ubyte.gz")
  }

  private static func values(_ value: ValueID, of graph: Graph, for data: Dataset) throws -> Dataset {
    let executor = try Executor(graph: graph, threads: 2, to: [value])
    var values: [Float] = []
    values.reserveCapacity(data.count * graph[value].shape.elementCount)
    for start in stride(from: 0, to: data.count, by: 1000) {
      let range = start..<min(start + 1000, data.count)
      values += try executor.run(inputs: [data.samples(range)])[0].values
    }
    return Dataset(
      samples: Tensor(shape: [data.count] + graph[value].shape, values: values), labels: data.labels)
  }
}

/// A sentence for the user.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Graph {
  /// The part of the graph behind a value, which becomes its input.
  func suffix(from value: ValueID) throws -> Graph {
    var part = Graph()
    for parameter in parameters {
      _ = part.addParameter(name: parameter.name, role: parameter.role, tensor: parameter.tensor)
    }
    var known = [value: part.addInput(name: "features", shape: self[value].shape)]
    for node in nodes {
      let inputs = node.inputs.compactMap { known[$0] }
      guard !inputs.isEmpty, inputs.count == node.inputs.count else { continue }
      known[node.output] = try part.addNode(name: node.name, node.operation, inputs: inputs)
    }
    for output in outputs {
      guard let found = known[output] else { throw Failure("an output does not follow the value") }
      part.addOutput(found)
    }
    return part
  }
}
