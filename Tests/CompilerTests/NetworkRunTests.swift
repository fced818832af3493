import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import Tensors
import Testing

/// `run` reads samples as every command does.
struct NetworkRunTests {
  let bench: Workbench
  init() throws { bench = try Workbench() }

  private func run(_ model: TinyModel, _ samples: Tensor, transform: DataOptions = DataOptions(path: ""))
    throws -> RunReport
  {
    try model.write(to: bench.path("net.onnx"))
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("x.npy")))
    return try NetworkRun.run(
      bench.path("net.onnx"), inputs: [bench.path("x.npy")], transform: transform, output: nil, threads: 1)
  }

  private func relu(_ shape: [Int]) -> TinyModel {
    var model = TinyModel()
    model.input("x", shape)
    model.node("Relu", ["x"], "y")
    model.output("y", shape)
    return model
  }

  @Test func samplesInAnotherOrderAreRefusedWithAHint() throws {
    let error = #expect(throws: CompilerError.self) {
      try run(relu([3, 4, 4]), Tensor(shape: [2, 4, 4, 3], repeating: 1))
    }
    let sentence = error?.sentence ?? ""
    #expect(sentence.contains("[4, 4, 3]") && sentence.contains("[3, 4, 4]"))
    #expect(sentence.contains("x.transpose(0, 3, 1, 2)") && sentence.contains("--input-layout"))
    #expect(sentence.contains("x.npy"))
  }

  @Test(arguments: [[3, 4, 4], [1, 3, 4, 4], [48], [1, 48]])
  func oneSampleComesInItsOwnShape(shape: [Int]) throws {
    let report = try run(relu([3, 4, 4]), Tensor(shape: shape, repeating: 2))
    #expect(report.shapes == [[1, 3, 4, 4]] && report.outputs[0].allSatisfy { $0 == 2 })
  }

  @Test func aVectorIsSamplesOfANumberOrOneSample() throws {
    #expect(try run(relu([5]), Tensor(shape: [5], repeating: 1)).shapes == [[1, 5]])
    #expect(try run(relu([1]), Tensor(shape: [5], repeating: 1)).shapes == [[5, 1]])
  }

  @Test func anyNumberIsTaken() throws {
    let samples = Tensor(shape: [2, 2], values: [.infinity, 1, -.infinity, 2])
    #expect(try run(relu([2]), samples).outputs == [[.infinity, 1, 0, 2]])
  }

  @Test func meansAreOneAChannel() throws {
    let transform = DataOptions(path: "", scale: [1, 2], mean: [1, 0])
    let samples = Tensor(shape: [1, 2, 1, 2], values: [1, 2, 3, 4])
    #expect(try run(relu([2, 1, 2]), samples, transform: transform).outputs == [[0, 1, 6, 8]])
  }

  @Test func imagesAreSamplesToo() throws {
    try relu([1, 1, 2]).write(to: bench.path("net.onnx"))
    try Data(Array("P5 2 1 65535\n".utf8) + [0xFF, 0xFF, 0x80, 0x00]).write(
      to: URL(fileURLWithPath: bench.path("x.pgm")))
    let report = try NetworkRun.run(
      bench.path("net.onnx"), inputs: [bench.path("x.pgm")], transform: DataOptions(path: ""), output: nil,
      threads: 1)
    #expect(report.outputs[0][0] == 1 && abs(report.outputs[0][1] - 32_768.0 / 65_535) < 1e-7)
  }
}

/// A teacher's answers must be numbers.
struct TeacherCheckTests {
  @Test func anAnswerThatIsNoNumberIsTracedToItsNode() throws {
    var model = TinyModel()
    model.input("x", [4])
    model.weights("w", [4, 3])
    model.weights("zero", [1], [0])
    model.node("MatMul", ["x", "w"], "a")
    model.node("Div", ["a", "zero"], "d")
    model.node("Sigmoid", ["a"], "s")
    model.node("Mul", ["s", "d"], "y")
    model.output("y", [3])
    let bench = try Workbench()
    for command in ["evolve", "compile"] {
      let compilation = try Compilation(options: try bench.options(model), observer: Watcher())
      let error = #expect(throws: CompilerError.self) {
        if command == "evolve" {
          _ = try compilation.evolve()
        } else {
          _ = try compilation.compile(to: bench.path("o.kgl"))
        }
      }
      let sentence = error?.sentence ?? ""
      for part in ["net.onnx", "sample 0 (from 0)", "output y", "node d (divide)"] {
        #expect(sentence.contains(part), "\(sentence)")
      }
    }
  }
}
