import Blob
import Calibration
import Compiler
import Datasets
import Edge
import Emulation
import Evolution
import Execution
import Lowering
import ModelGraph
import Tensors
import Trials
import Verification

/// A graph with coded weights as integer steps, and the same graph in float32 beside it.
struct IntegerTwin {
  let model: BlobModel
  /// The graph with the weights and biases that the integer steps were made from.
  let student: Graph
  let form: IntegerForm
  let bytes: [UInt8]
  /// Samples that are exactly what elements stand for.
  private let inputs: [Tensor]
  private let samples: Int

  /// - Parameters:
  ///   - levels: of every layer's table; nil: as many as there are weights.
  ///   - width: of table entries and biases.
  ///   - scale: of inputs whose samples are bytes times it; nil: samples are about normal.
  init(
    _ graph: Graph, levels: Int? = 16, width: IntegerWidth = .int16, sparsity: Double = 0.3,
    scale: Double? = nil, samples: Int = 40,
    method: ScaleMethod = .largest
  ) throws {
    let types = graph.inputs.map { _ in
      IntegerTypes.Input(isSigned: scale == nil, scale: scale)
    }
    let separate = graph.readyForIntegers(types)
    var weights: [Int: BlobWeights] = [:]
    for layer in separate.layers {
      let coded = try EdgeTwin.coded(separate, layer, levels: levels, sparsity: sparsity)
      for node in layer.uses { weights[node] = coded }
    }
    student = separate.holding(weights)
    let set = Self.samples(separate, count: samples, scale: scale)
    let all = IntegerTypes(separate, inputs: types)
    let calibration = try Calibration(student, types: all, samples: [set], threads: 1)
    var form = IntegerForm(
      types: all, scales: calibration.candidates.mapValues { $0[method.rawValue] },
      leastMagnitudes: calibration.leastMagnitudes)
    for node in weights.keys {
      form.precisions[node] = IntegerPrecision()
      form.precisions[node]?.table = width
      form.precisions[node]?.biases = width
    }
    form.settle(separate, weights: weights)
    model = Lowering.lower(
      separate, weights: weights, transforms: separate.inputs.map { _ in BlobTransform() },
      integers: form
    ).model
    (self.form, self.samples) = (form, samples)
    bytes = try BlobWriter.bytes(for: model)
    inputs = zip(set.tensors(0..<samples, of: separate), model.inputs).map { tensor, input in
      let tensorOfAll = BlobTensor(
        place: 0, shape: tensor.shape, type: input.tensor.type, scale: input.tensor.scale)
      return Tensor(
        shape: tensor.shape,
        values: tensorOfAll.numbers(of: tensorOfAll.elements(of: tensor.values)))
    }
  }

  private static func samples(_ graph: Graph, count: Int, scale: Double?) -> SampleSet {
    let sets = graph.inputs.enumerated().map { index, input in
      let shape = graph[input].shape
      var random = SeededGenerator(seed: UInt64(7 + index))
      var values = (0..<count * shape.elementCount).map { _ in
        scale.map { Float($0) * Float(Int.random(in: 0...255, using: &random)) }
          ?? (random.nextNormal() * 48).rounded().clamped(to: -127...127) / 64
      }
      // The largest magnitude, so that a scale of 1/64 is what calibration finds.
      if scale == nil { values[0] = 127 / 64 }
      return Dataset(samples: Tensor(shape: [count] + shape, values: values))
    }
    return SampleSet(sets, elementCounts: graph.inputs.map { graph[$0].shape.elementCount })
  }

  /// Each output in float32 and as the C runtime has it, in units of its scale.
  func run() throws -> [(host: [Float], edge: [Float])] {
    let host = try Executor(graph: student).run(inputs: inputs)
    let edge = try EdgeWorkers(bytes, threads: 1).run(inputs, count: samples)
    return zip(zip(host, edge), model.outputs).map { pair, output in
      (pair.0.values.map { $0 / output.scale }, pair.1.map { $0 / output.scale })
    }
  }

  /// The largest error of any output, in units of its scale.
  func largestError() throws -> Float {
    try run().reduce(0) { largest, output in
      zip(output.host, output.edge).reduce(largest) { max($0, abs($1.0 - $1.1)) }
    }
  }

  /// Root of the mean squared error over that of the numbers.
  func relativeError() throws -> Double {
    var (error, power) = (0.0, 1e-12)
    for (output, tensor) in zip(try run(), model.outputs) {
      let scale = Double(tensor.scale)
      for (host, edge) in zip(output.host, output.edge) {
        error += Double(host - edge) * Double(host - edge) * scale * scale
        power += Double(host) * Double(host) * scale * scale
      }
    }
    return (error / power).squareRoot()
  }

  /// Whether C runtime and emulator give the same bytes.
  func isEmulated() throws -> Bool {
    let (edge, emulator) = (try EdgeWorkers(bytes, threads: 1), try IntegerEmulator(model))
    let given = zip(edge.inputs, inputs).map { $0.elements(of: $1.values) }
    let answers = try edge.run(elements: given, count: samples)
    return (0..<samples).allSatisfy { sample in
      func part(_ tensor: EdgeTensor, _ bytes: [UInt8]) -> [Int32] {
        tensor.integers(of: Array(bytes[sample * tensor.bytes..<(sample + 1) * tensor.bytes]))
      }
      return emulator.outputs(of: zip(edge.inputs, given).map(part))
        == zip(edge.outputs, answers).map(part)
    }
  }

  var names: [String] { model.steps.map(\.name) }
}

extension Graph {
  /// The graph with the numbers that coded layers stand for.
  fileprivate func holding(_ weights: [Int: BlobWeights]) -> Graph {
    var graph = self
    for layer in layers {
      guard let coded = weights[layer.nodeIndex] else { continue }
      var matrix = coded.levelled.dense()
      for index in matrix.indices where !coded.rowScales.values.isEmpty {
        matrix[index] *= coded.rowScales.values[index / layer.columns]
      }
      graph.setParameter(
        layer.weight, to: Tensor(shape: graph[layer.weight].tensor.shape, values: matrix))
    }
    return graph
  }
}

extension Float {
  fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
