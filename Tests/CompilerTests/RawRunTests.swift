import Compiler
import Datasets
import Delivery
import Foundation
import Tensors
import Testing
import TestSupport

/// `run --raw`: elements of files, in and out.
struct RawRunTests {
  /// A model of int8 with two inputs, its blob, and arrays for them.
  private final class Bench {
    let folder: TemporaryFolder
    let shapes: [[Int]]
    let (first, second): ([UInt8], [UInt8])

    init() throws {
      folder = try TemporaryFolder()
      let place = folder.path + "/"
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("TFLM/operators.json")
      let references = try JSONDecoder().decode(
        [String: LosslessTests.Reference].self, from: Data(contentsOf: file))
      let model = try #require(references["mul-0"]).model
      try model.write(to: URL(fileURLWithPath: place + "m.tflite"))
      _ = try Lossless.encode(place + "m.tflite", to: place + "m.kgl", options: LosslessOptions())
      shapes = try Inspection.model(place + "m.tflite").inputs
      (first, second) = (
        shapes[0].indicesOfElements.map { UInt8(truncatingIfNeeded: 7 * $0) },
        shapes[1].indicesOfElements.map { UInt8(truncatingIfNeeded: 50 - 3 * $0) }
      )
    }

    func path(_ name: String) -> String { folder.path + "/" + name }
    func url(_ name: String) -> URL { URL(fileURLWithPath: path(name)) }

    func run(_ network: String, _ inputs: String..., to output: String? = nil) throws -> RunReport {
      try NetworkRun.runRaw(
        path(network), inputs: inputs.map(path), output: output.map(path), threads: 2)
    }

    func sentence(_ network: String, _ inputs: String...) -> String {
      do throws(CompilerError) {
        _ = try NetworkRun.runRaw(path(network), inputs: inputs.map(path), output: nil, threads: 1)
        return ""
      } catch {
        return error.sentence.replacingOccurrences(of: folder.path + "/", with: "")
      }
    }
  }

  @Test func inputsAreFilesOrArraysOfOne() throws {
    let bench = try Bench()
    try NPY.write(bench.first, .int8, shape: [1] + bench.shapes[0], to: bench.url("a.npy"))
    try NPY.write(bench.second, .int8, shape: bench.shapes[1], to: bench.url("b.npy"))
    let names = ["t0", "t1"]
    let arrays = zip(zip(names, [bench.first, bench.second]), bench.shapes).map {
      NPZ.Array($0.0, $0.1, .int8, shape: $1)
    }
    try NPZ.write(arrays, to: bench.url("in-order.npz"))
    try NPZ.write(arrays.reversed(), to: bench.url("named.npz"))
    #expect(try NPZ.names(bench.path("named.npz")) == ["t1", "t0"])
    #expect(try NPZ.names(bench.path("a.npy")) == nil)
    let expected = try bench.run("m.tflite", "a.npy", "b.npy")
    #expect(expected.samples == 1 && expected.shapes[0].count == bench.shapes[0].count + 1)
    #expect(try bench.run("m.kgl", "a.npy", "b.npy").outputs == expected.outputs)
    #expect(try bench.run("m.tflite", "in-order.npz").outputs == expected.outputs)
    #expect(try bench.run("m.tflite", "named.npz").outputs == expected.outputs, "by the inputs' names")
    #expect(try bench.run("m.kgl", "in-order.npz").outputs == expected.outputs)
    // What says which is which, and what does not.
    for (index, numbers) in [["arr_0", "arr_1"], ["input_0", "input_1"], ["p", "q"]].enumerated() {
      let named = zip(numbers, zip([bench.first, bench.second], bench.shapes)).map {
        NPZ.Array($0, $1.0, .int8, shape: $1.1)
      }
      try NPZ.write(index < 2 ? named.reversed() : named, to: bench.url("\(index).npz"))
      for network in ["m.tflite", "m.kgl"] {
        let report = try bench.run(network, "\(index).npz")
        #expect(report.outputs == expected.outputs && (report.note == nil) == (index < 2))
      }
    }
    let note = try bench.run("m.kgl", "2.npz").note?.replacingOccurrences(of: bench.path(""), with: "")
    #expect(
      note == "2.npz: its arrays p, q are taken in this order as the inputs of m.kgl in theirs: call them arr_0, "
        + "arr_1 and so on to be sure")
    let mixed = zip(["t0", "q"], zip([bench.first, bench.second], bench.shapes)).map {
      NPZ.Array($0, $1.0, .int8, shape: $1.1)
    }
    try NPZ.write(mixed, to: bench.url("mixed.npz"))
    #expect(
      bench.sentence("m.tflite", "mixed.npz")
        == "mixed.npz has the arrays t0, q, and m.tflite has 2 inputs (t0, t1): t0 is one of them, so call all as "
        + "the inputs are")
    let written = try bench.run("m.kgl", "in-order.npz", to: "out.npz")
    #expect(written.files == [bench.path("out.npz")])
    let array = try ElementArray(path: bench.path("out.npz") + ":arr_0")
    #expect(array.type == "int8" && array.tensor.values == expected.outputs[0])
    #expect(array.tensor.shape == expected.shapes[0])
  }

  @Test func whatDoesNotFitIsSaidInOneSentence() throws {
    let bench = try Bench()
    let (shape, count) = (bench.shapes[0], bench.first.count)
    try NPY.write(bench.first, .int8, shape: shape, to: bench.url("a.npy"))
    try NPY.write(bench.first, .uint8, shape: shape, to: bench.url("unsigned.npy"))
    try NPY.write(Tensor(shape: shape, values: [Float](repeating: 0, count: count)), to: bench.url("float.npy"))
    try NPY.write(bench.first + bench.first, .int8, shape: [count, 2], to: bench.url("shape.npy"))
    try NPZ.write(["p", "q", "r"].map { NPZ.Array($0, [1], .int8, shape: [1]) }, to: bench.url("three.npz"))
    try Data([0, 0, 8, 1, 0, 0, 0, 1, 7]).write(to: bench.url("some.idx"))
    let kept = "with --raw elements are given as they are; leave it out to give numbers"
    #expect(bench.sentence("m.tflite", "unsigned.npy", "a.npy") == "unsigned.npy holds uint8, and input t0 takes int8: \(kept)")
    #expect(bench.sentence("m.kgl", "float.npy", "a.npy") == "float.npy holds float32, and input 0 takes int8: \(kept)")
    #expect(
      bench.sentence("m.kgl", "shape.npy", "a.npy")
        == "shape.npy has the shape [\(count), 2], and a sample of input 0 is \(shape): with --raw axes are in the "
        + "order that the model's file has, with samples before them")
    #expect(
      bench.sentence("m.kgl", "three.npz")
        == "three.npz has 3 arrays (p, q, r), and m.kgl has 2 inputs: give one for each")
    #expect(
      bench.sentence("m.tflite", "a.npy")
        == "m.tflite has 2 inputs (t0, t1) and 1 file is given: give --input for each, in that order, or one NPZ "
        + "with an array for each")
    #expect(
      bench.sentence("m.kgl", "some.idx", "a.npy")
        == "some.idx is no array: --raw takes NPY and NPZ files, which say what their elements are")
  }
}

extension [Int] {
  fileprivate var indicesOfElements: Range<Int> { 0..<reduce(1, *) }
}
