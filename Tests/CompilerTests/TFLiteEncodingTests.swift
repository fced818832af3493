import Blob
import Compiler
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Simplification
import Tensors
import Testing
import Verification

/// Float .tflite files, encoded as they are: operators that only such files become, in the C runtime.
struct TFLiteEncodingTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("TFLite")

  @Test(arguments: [
    "blocks", "borders", "channels-first", "dense-behind-plane", "depthwise", "slices", "splits",
    "squeeze-and-excite", "sums", "extremes",
  ])
  func anEncodedFileAnswersAsItsDecodedSelf(name: String) throws {
    let bench = try Workbench()
    var options = CompileOptions(model: Self.folder.appendingPathComponent("\(name).tflite").path)
    options.sparsity = 0
    _ = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    let bytes = Array(try bench.bytes("out.kgl"))
    let teacher = try ModelLoader.load(path: options.model).graph
    let student = teacher.student.withoutDeadUnits().withWeights(of: try BlobReader.read(bytes))
    var random = SeededGenerator(seed: 1)
    let inputs = student.inputs.map { input in
      let shape = [16] + student[input].shape
      return Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    let host = try Executor(graph: student, threads: 1).run(inputs: inputs)
    let edge = try EdgeWorkers(bytes, threads: 1).run(inputs, count: 16)
    for (a, b) in zip(edge, host) {
      #expect(Tensor(shape: b.shape, values: a).relativeDifference(from: b) <= 1e-4)
    }
  }
}
