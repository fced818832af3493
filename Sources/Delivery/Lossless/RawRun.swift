// `kinglet run --raw`: elements as they are, in and out, in the order of axes that the file has.

import Blob
import Compiler
import Datasets
import Edge
import Execution
import Intake
import IntegerExecution
import ModelGraph
import ModelLoading
import Tensors
import Verification

extension NetworkRun {
  /// Runs a blob or a model on the elements of files.
  ///
  /// - Parameters:
  ///   - files: an array for each input, or one NPZ of them; the first axis counts samples, but where the
  ///     array has the shape of one.
  ///   - axes: sizes of axes that a model leaves free.
  ///   - stream: whether the samples are frames of a network that keeps state; else each finds it as it begins.
  /// - Throws: ``CompilerError/unfit(reason:)`` for arrays that are not of an input's type or shape.
  public static func runRaw(
    _ path: String, inputs files: [String], axes: ModelAxes = [:], output: String?, threads: Int,
    stream: Bool = false
  ) throws(CompilerError) -> RunReport {
    if Inspection.isModel(path) {
      let model = try opening { () throws(IntakeError) in
        try Teacher.loaded(path, axes: axes, as: .network)
      }.graph
      try check(stream, of: path, keepsState: !model.states.isEmpty)
      let names = model.sampleInputs.map { model[$0].name }
      let given = try elements(files, names, of: path, model.sampleInputs.map { RawTensor($0, in: model) })
      let answers = try answers(of: model, given, threads: threads, inTurn: stream)
      let results = zip(model.sampleOutputs, answers).map { RawElements(tensor: RawTensor($0, in: model), bytes: $1) }
      let notes = [given.note, note(stream, path, model.states.count, given.samples)]
      return try report(results, samples: given.samples, note: joined(notes), to: output)
    }
    let opened = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    guard axes.isEmpty else { throw .usage(reason: "\(ModelAxes.options) are for models, and \(path) is a blob") }
    let (bytes, blob) = (opened.bytes, opened.model)
    try check(stream, of: path, keepsState: !blob.states.isEmpty)
    let given = try elements(files, nil, of: path, blob.inputs.map { RawTensor($0.tensor) })
    let answers = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in
        try EdgeWorkers(bytes, threads: threads).run(
          elements: given.parts.map(\.bytes), count: given.samples, inTurn: stream)
      }
    }
    let results = zip(blob.outputs, answers).map { RawElements(tensor: RawTensor($0), bytes: $1) }
    let notes = [given.note, note(stream, path, blob.states.count, given.samples)]
    return try report(results, samples: given.samples, note: joined(notes), to: output)
  }

  /// What a model gives for each output, all samples one after the other.
  private static func answers(
    of model: Graph, _ given: (samples: Int, parts: [RawElements], note: String?), threads: Int, inTurn: Bool
  ) throws(CompilerError) -> [[UInt8]] {
    guard model.isOfIntegers else {
      let inputs = zip(model.sampleInputs, given.parts).map { input, part in
        Tensor(shape: [given.samples] + model[input].shape, values: part.numbers)
      }
      let outputs = try floats(of: model, inputs, threads: threads, inTurn: inTurn)
      return zip(model.sampleOutputs, outputs).map { output, tensor in
        model.placeCount(of: output) == nil
          ? tensor.values.withUnsafeBytes { Array($0) } : IntegerElements.int32(tensor.values.map { Int32($0) }).bytes
      }
    }
    let samples = (0..<given.samples).map { sample in
      given.parts.map { IntegerElements($0.part(sample), $0.tensor.type) }
    }
    let answers = try verifying { () throws(VerificationError) in
      let teacher = try ExactTeacher(model)
      return try inTurn ? teacher.answers(toFrames: samples) : teacher.answers(to: samples, threads: threads)
    }
    return model.sampleOutputs.indices.map { index in answers.flatMap { $0[index].bytes } }
  }

  private static func elements(
    _ files: [String], _ names: [String]?, of path: String, _ tensors: [RawTensor]
  ) throws(CompilerError) -> (samples: Int, parts: [RawElements], note: String?) {
    let (places, note) = try arrays(files, named: names, count: tensors.count, of: path)
    var parts: [RawElements] = []
    for (index, tensor) in tensors.enumerated() {
      let array = try array(places[index])
      let input = names.map { "input \($0[index])" } ?? "input \(index)"
      parts.append(try RawElements(array, of: tensor, input))
    }
    let counts = Set(parts.map(\.samples))
    guard counts.count == 1, let samples = counts.first else {
      let list = zip(places, parts).map { "\($0) \($1.samples)" }.joined(separator: ", ")
      throw .unfit(reason: "the inputs have different numbers of samples: \(list)")
    }
    return (samples, parts, note)
  }

  private static func array(_ path: String) throws(CompilerError) -> ElementArray {
    do {
      return try ElementArray(path: path)
    } catch .unknownFormat(let place) {
      throw .unfit(reason: "\(place) is no array: --raw takes NPY and NPZ files, which say what their elements are")
    } catch {
      throw .intake(.data(error))
    }
  }

  private static func report(
    _ results: [RawElements], samples: Int, note: String?, to output: String?
  ) throws(CompilerError) -> RunReport {
    let arrays = results.map { result in
      OutputArray(elements: result.bytes, type: result.tensor.type.npy, shape: [samples] + result.tensor.shape)
    }
    return RunReport(
      samples: samples, shapes: arrays.map(\.shape), types: results.map { "\($0.tensor.type)" },
      outputs: results.map(\.numbers), files: try write(arrays, to: output), note: note)
  }
}

/// An input or output, by what its elements are.
private struct RawTensor {
  let shape: [Int]
  let type: BlobElementType

  init(_ tensor: BlobTensor) { (shape, type) = (tensor.shape, tensor.type) }

  init(_ id: ValueID, in model: Graph) {
    shape = model[id].shape
    guard model.placeCount(of: id) == nil else {
      type = .int32
      return
    }
    let element = model[id].integers?.element
    type = element == nil ? .float32 : element == .uint8 ? .uint8 : .int8
  }

  var bytes: Int { shape.elementCount * (type.isOfWords ? 4 : 1) }

  /// How many samples an array of this shape is, whose axes are those of one sample but for sizes of 1, or which
  /// lists the numbers of each; nil: it is none.
  func samples(in array: [Int]) -> Int? {
    func isSample(_ given: [Int]) -> Bool {
      given.filter { $0 != 1 } == shape.filter { $0 != 1 } || given == [shape.elementCount]
    }
    if isSample(array) { return 1 }
    guard let count = array.first, count > 0, isSample(Array(array.dropFirst())) else { return nil }
    return count
  }
}

/// The elements of a tensor for some samples, as they lie in memory.
private struct RawElements {
  let tensor: RawTensor
  let bytes: [UInt8]

  init(tensor: RawTensor, bytes: [UInt8]) { (self.tensor, self.bytes) = (tensor, bytes) }

  init(_ array: ElementArray, of tensor: RawTensor, _ input: String) throws(CompilerError) {
    self.tensor = tensor
    guard tensor.samples(in: array.tensor.shape) != nil else {
      throw .unfit(
        reason: "\(array.place) has the shape \(array.tensor.shape), and a sample of \(input) is \(tensor.shape): "
          + "with --raw axes are in the order that the model's file has, with samples before them")
    }
    let isOfKind = tensor.type == .float32
      ? !array.isInteger && !array.isByte
      : array.type == "\(tensor.type)" || array.isInteger && !array.isByte
    guard isOfKind else {
      throw .unfit(
        reason: "\(array.place) holds \(array.type), and \(input) takes \(tensor.type): with --raw elements are "
          + "given as they are; leave it out to give numbers")
    }
    guard tensor.type != .float32 else {
      bytes = array.tensor.values.withUnsafeBytes { Array($0) }
      return
    }
    let range: ClosedRange<Float> = tensor.type == .int8 ? -128...127 : 0...255
    if let wrong = array.tensor.values.first(where: { !range.contains($0) }) {
      throw .unfit(reason: "\(array.place) holds \(Int(wrong)), which is no \(tensor.type), and \(input) takes these")
    }
    bytes = array.tensor.values.map { UInt8(truncatingIfNeeded: Int($0)) }
  }

  var samples: Int { tensor.bytes == 0 ? 0 : bytes.count / tensor.bytes }

  func part(_ sample: Int) -> [UInt8] { Array(bytes[sample * tensor.bytes..<(sample + 1) * tensor.bytes]) }

  var numbers: [Float] {
    switch tensor.type {
    case .float32: bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .uint8: bytes.map { Float($0) }
    case .int32: bytes.withUnsafeBytes { $0.bindMemory(to: Int32.self).map { Float($0) } }
    }
  }
}

extension BlobElementType {
  var npy: NPY.Element {
    switch self {
    case .float32: .float32
    case .int8: .int8
    case .uint8: .uint8
    case .int32: .int32
    }
  }
}

extension IntegerElements {
  fileprivate init(_ bytes: [UInt8], _ type: BlobElementType) {
    switch type {
    case .float32: self = .float32(bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    case .int8: self = .int8(bytes.map { Int8(bitPattern: $0) })
    case .uint8: self = .uint8(bytes)
    case .int32: self = .int32(bytes.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) })
    }
  }
}
