// A detector that runs: a model on the host, or a blob in the C runtime; photographs in, boxes out.

import Blob
import Compiler
import Datasets
import Detection
import Execution
import Intake
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What is found, and what of it is kept.
public struct DetectionLimits: Equatable, Sendable {
  /// The least confidence, not with it: 0 up to 1.
  public var threshold: Float
  /// Of two findings of a class that overlap by more, the surer one stays: intersection over union, 0...1.
  public var overlap: Float
  /// The only classes that count; nil: as the blob says, or all.
  public var classes: [Int]?

  public init(threshold: Float, overlap: Float, classes: [Int]? = nil) {
    (self.threshold, self.overlap, self.classes) = (threshold, overlap, classes)
  }
}

/// A network of one input that finds objects in photographs.
struct Detector {
  /// A head and the grid that it looks at.
  private struct Head {
    let head: DetectionHead
    let output: Int
    let gridWidth, gridHeight: Int
  }

  /// Photographs that run at a time.
  static let batch = 4

  let classCount: Int
  /// Numbers of the classes that count; nil: all.
  let countedClasses: [Int]?
  let fit: ImageFit
  private let heads: [Head]
  private let options: DataOptions
  /// Each output of all samples, row-major.
  private let run: (Tensor) throws(CompilerError) -> [[Float]]

  /// A model.
  ///
  /// - Parameters:
  ///   - path: for sentences.
  ///   - options: how photographs become samples.
  ///   - classes: the only ones that count; nil: all.
  init(model graph: Graph, _ path: String, options: DataOptions, classes: [Int]?, threads: Int) throws(CompilerError) {
    guard !graph.heads.isEmpty else {
      throw CompilerError.unfit(
        reason: "it is no detector: its file does not say how outputs are boxes, as the [yolo] and [region] of a "
          + "Darknet model do").naming(path)
    }
    let heads = graph.heads.compactMap { head in graph.outputIndex(of: head).map { (head, $0) } }
    let executor = try executing { () throws(ExecutionError) in try Executor(graph: graph, threads: threads) }
    try self.init(
      heads, shapes: graph.outputs.map { graph[$0].shape }, inputs: graph.inputs.map { graph[$0] }, path,
      options: options, classes: classes
    ) { samples throws(CompilerError) in
      try executing { () throws(ExecutionError) in try executor.run(inputs: [samples]).map(\.values) }
    }
  }

  /// A blob.
  ///
  /// - Parameters:
  ///   - teacher: where the blob says nothing of heads, whose heads it has.
  ///   - classes: the only ones that count; nil: as the blob says.
  init(
    blob: DecodedBlob, _ path: String, teacher: Graph?, options: DataOptions, classes: [Int]?, threads: Int
  ) throws(CompilerError) {
    let model = blob.model
    let kept: BlobHeads?
    do { kept = try model.heads() } catch { throw CompilerError.blob(error).naming(path) }
    var heads = kept?.heads.map { ($0.detectionHead, $0.output) } ?? []
    if heads.isEmpty, let teacher {
      heads = teacher.heads.compactMap { head in teacher.outputIndex(of: head).map { (head, $0) } }
    }
    guard !heads.isEmpty else {
      throw CompilerError.unfit(
        reason: "it is no detector: it does not say how its outputs are boxes; give the model that it was made "
          + "from as --teacher").naming(path)
    }
    var options = SampleLoading.options(options, following: model.inputs.first?.transform ?? BlobTransform())
    options.fit = options.fit ?? kept?.fitMethod
    var graph = Graph()
    let inputs = model.inputs.map { input in
      let id = graph.addInput(name: "input", shape: input.tensor.shape)
      return graph[id]
    }
    let edge = try verifying { () throws(VerificationError) in try EdgeWorkers(blob.bytes, threads: threads) }
    try self.init(heads, shapes: model.outputs.map(\.shape), inputs: inputs, path, options: options, classes: classes) {
      samples throws(CompilerError) in
      try verifying { () throws(VerificationError) in try edge.run([samples], count: samples.shape[0]) }
    }
  }

  private init(
    _ heads: [(DetectionHead, Int)], shapes: [[Int]], inputs: [Value], _ path: String, options: DataOptions,
    classes: [Int]?, run: @escaping (Tensor) throws(CompilerError) -> [[Float]]
  ) throws(CompilerError) {
    guard inputs.count == 1 else {
      throw CompilerError.unfit(reason: "a detector has one input, and it has \(inputs.count)").naming(path)
    }
    var options = options
    options.fit = options.fit ?? .stretch
    let fit = try opening { () throws(IntakeError) in try SampleLoading.fit(options, inputs[0]) }
    guard let fit else { preconditionFailure("a way was given") }
    if let classes, let fault = heads.map(\.0).fault(counting: classes, of: path) { throw .usage(reason: fault) }
    self.heads = try heads.map { head, output throws(CompilerError) in
      let shape = output < shapes.count ? shapes[output] : []
      guard shape.count == 3, shape[0] == head.anchors.count * head.channelsPerAnchor else {
        throw CompilerError.unfit(reason: "its output \(output) is \(shape), and its head reads another").naming(path)
      }
      let head = classes.map { head.counting($0) } ?? head
      return Head(head: head, output: output, gridWidth: shape[2], gridHeight: shape[1])
    }
    classCount = heads.map(\.0.classCount).max() ?? 0
    countedClasses = self.heads.first?.head.countedClasses
    (self.fit, self.options, self.run) = (fit, options, run)
  }

  /// Whether an object is of a class that counts.
  func counts(_ object: KnownObject) -> Bool { countedClasses?.contains(object.classNumber) ?? true }

  /// Photographs as the network takes them.
  func samples(of photographs: [Photograph]) throws(CompilerError) -> (samples: Dataset, placements: [Placement]) {
    try opening { () throws(IntakeError) in
      do throws(DatasetError) {
        return try Dataset.fitted(
          photographs, to: fit, scale: options.scale, mean: options.mean, layout: options.layout)
      } catch {
        throw .data(error)
      }
    }
  }

  /// What is found in each photograph, the surest first.
  func objects(in photographs: [Photograph], _ limits: DetectionLimits) throws(CompilerError) -> [[DetectedObject]] {
    let (dataset, placements) = try samples(of: photographs)
    let answers = try run(dataset.samples(0..<dataset.count))
    return placements.enumerated().map { sample, placement in
      var found: [DetectedObject] = []
      for head in heads {
        let width = answers[head.output].count / photographs.count
        head.head.decode(
          answers[head.output][sample * width..<(sample + 1) * width], gridWidth: head.gridWidth,
          gridHeight: head.gridHeight, above: limits.threshold, frame: Frame(placement), into: &found)
      }
      return found.suppressed(above: limits.overlap)
    }
  }
}

extension Frame {
  init(_ placement: Placement) {
    let (width, height) = (Float(placement.inputWidth), Float(placement.inputHeight))
    self.init(
      left: Float(placement.left) / width, top: Float(placement.top) / height,
      width: Float(placement.width) / width, height: Float(placement.height) / height)
  }
}
