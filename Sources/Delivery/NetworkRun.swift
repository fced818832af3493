// `kinglet run`: a blob in the C runtime, or a model on the host, on samples of files.

import Blob
import Compiler
import Datasets
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What `run` gave.
public struct RunReport: Codable, PrintableReport, Sendable {
  public static let reportName = "answers"

  /// How many samples were answered.
  public var samples: Int
  /// Shape of each output, samples first.
  public var shapes: [[Int]]
  /// What the numbers of each output are: `float32`, `int32` for numbers of places, or with --raw its elements' type.
  public var types: [String]
  /// Each output, row-major.
  public var outputs: [[Float]]
  /// Paths of the files that were written; none without `-o`.
  public var files: [String]
  /// Which array was taken for which input, where nothing said it, and which outputs of a file are left out.
  public var note: String?

  public var text: String {
    if !files.isEmpty { return files.joined(separator: "\n") }
    return zip(types, outputs).map { type, values in
      let width = values.count / max(samples, 1)
      return (0..<samples).map { sample in
        values[sample * width..<(sample + 1) * width].map { type == "float32" ? "\($0)" : "\(Int($0))" }
          .joined(separator: " ")
      }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

public enum NetworkRun {
  /// Runs a blob or a model on samples of files, one file an input, each in any form that samples have.
  ///
  /// A model of int8 runs in its integers: numbers become the elements of its inputs, and those of its outputs
  /// numbers. An array of one sample's shape is one sample; NaN and infinity are numbers like any other. An output
  /// that has no batch axis in a model's file keeps the shape that the file declares where there is one
  /// sample.
  ///
  /// - Parameters:
  ///   - transform: how raw numbers are made ready; its path is unused.
  ///   - axes: sizes of axes that a model leaves free.
  ///   - stream: whether the samples are frames of a network that keeps state, each of which finds what the one
  ///     before has left; else each finds it as it begins.
  public static func run(
    _ path: String, inputs files: [String], transform: DataOptions, axes: ModelAxes = [:],
    output: String?, threads: Int, stream: Bool = false
  ) throws(CompilerError) -> RunReport {
    if Inspection.isModel(path) {
      let loaded = try opening { () throws(IntakeError) in
        try Teacher.loaded(path, axes: axes, as: .network)
      }
      let graph = loaded.graph
      try check(stream, of: path, keepsState: !graph.states.isEmpty)
      let given = try samples(
        files, graph.sampleInputs.map { graph[$0].name }, of: path, graph.sampleInputs.map { (graph[$0], transform) })
      let results: [Tensor]
      if graph.isOfIntegers {
        results = try verifying { () throws(VerificationError) in
          try ExactTeacher(graph).run(inputs: given.tensors, threads: threads, inTurn: stream)
        }
      } else {
        results = try floats(of: graph, given.tensors, threads: threads, inTurn: stream)
      }
      let types = graph.sampleOutputs.map { graph.placeCount(of: $0) == nil ? BlobElementType.float32 : .int32 }
      let notes = graph.omissions + [given.note, note(stream, path, graph.states.count, given.tensors[0].shape[0])]
      return try report(results, types, batchless: loaded.batchlessOutputs, note: joined(notes), to: output)
    }
    let opened = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let (bytes, blob) = (opened.bytes, opened.model)
    guard axes.isEmpty else { throw .usage(reason: "\(ModelAxes.options) are for models, and \(path) is a blob") }
    try check(stream, of: path, keepsState: !blob.states.isEmpty)
    let given = try samples(files, transform, of: path, blob)
    let count = given.tensors[0].shape[0]
    let outputs = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in
        try EdgeWorkers(bytes, threads: threads).run(given.tensors, count: count, inTurn: stream)
      }
    }
    let results = zip(blob.outputs, outputs).map { Tensor(shape: [count] + $0.shape, values: $1) }
    let types = blob.outputs.map { $0.type == .int32 ? BlobElementType.int32 : .float32 }
    let notes = [given.note, note(stream, path, blob.states.count, count)]
    return try report(results, types, batchless: [], note: joined(notes), to: output)
  }

  /// The first sample of a blob, an array for each input: [1] + its shape.
  static func firstSample(_ files: [String], _ transform: DataOptions, of path: String, _ blob: BlobModel) throws(CompilerError)
    -> [Tensor]
  {
    try samples(files, transform, of: path, blob).tensors.map { tensor in
      let shape = [1] + tensor.shape.dropFirst()
      return Tensor(shape: shape, values: Array(tensor.values.prefix(shape.reduce(1, *))))
    }
  }

  private static func samples(_ files: [String], _ transform: DataOptions, of path: String, _ blob: BlobModel)
    throws(CompilerError) -> (tensors: [Tensor], note: String?)
  {
    try samples(
      files, nil, of: path,
      blob.inputs.enumerated().map { index, input in
        var graph = Graph()
        let id = graph.addInput(name: "\(index)", shape: input.tensor.shape)
        return (graph[id], SampleLoading.options(transform, following: input.transform))
      })
  }

  /// Samples of every input: [samples] + its shape.
  private static func samples(
    _ files: [String], _ names: [String]?, of path: String,
    _ inputs: [(value: Value, options: DataOptions)]
  ) throws(CompilerError) -> (tensors: [Tensor], note: String?) {
    let (files, note) = try arrays(files, named: names, count: inputs.count, of: path)
    var tensors: [Tensor] = []
    for (file, input) in zip(files, inputs) {
      var options = input.options
      options.path = file
      let shape = input.value.shape
      let dataset = try opening { () throws(IntakeError) in
        try SampleLoading.load(
          options, for: input.value, seed: 1,
          reading: .init(sampleShape: shape, takesAnyNumber: true))
      }
      tensors.append(dataset.samples(0..<dataset.count).reshaped(to: [dataset.count] + shape))
    }
    let counts = tensors.map { $0.shape[0] }
    guard counts.allSatisfy({ $0 == counts[0] }) else {
      let list = zip(files, counts).map { "\($0) \($1)" }.joined(separator: ", ")
      throw .unfit(reason: "the inputs have different numbers of samples: \(list)")
    }
    return (tensors, note)
  }

  private static func report(
    _ results: [Tensor], _ types: [BlobElementType], batchless: Set<Int>, note: String?, to output: String?
  ) throws(CompilerError) -> RunReport {
    let count = results.first?.shape.first ?? 0
    let shaped = results.enumerated().map { index, result in
      count == 1 && batchless.contains(index)
        ? result.reshaped(to: Array(result.shape.dropFirst())) : result
    }
    return RunReport(
      samples: count, shapes: shaped.map(\.shape), types: types.map { "\($0)" },
      outputs: shaped.map(\.values),
      files: try write(zip(shaped, types).map { OutputArray($0, type: $1) }, to: output), note: note)
  }
}
