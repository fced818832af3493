import Blob
import Compiler
import Datasets
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Simplification
import Tensors
import TestSupport
import Testing
import Verification

/// Real networks, encoded as they are.
@Suite(.enabled(if: SharedFiles.areThere, Comment(rawValue: SharedFiles.absence)))
struct SharedModelTests {
  @Test(arguments: SharedFiles.models)
  func anEncodedModelAnswersAsItsDecodedSelf(name: String) throws {
    let bench = try Workbench()
    var options = CompileOptions(model: "\(SharedFiles.folder)/models/\(name)")
    options.sparsity = 0
    let report = try Compilation(options: options, observer: Watcher())
      .encode(to: bench.path("out.kgl"))
    let bytes = Array(try bench.bytes("out.kgl"))
    #expect(report.blobBytes == bytes.count)
    let teacher = try ModelLoader.load(path: options.model).graph
    let student = teacher.student.withoutDeadUnits().withWeights(of: try BlobReader.read(bytes))
    var random = SeededGenerator(seed: 1)
    let inputs = student.inputs.map { input in
      let shape = [16] + student[input].shape
      return Tensor(
        shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    let host = try Executor(graph: student, threads: 2).run(inputs: inputs)
    let edge = try EdgeWorkers(bytes, threads: 2).run(inputs, count: 16)
    for (a, b) in zip(edge, host) {
      #expect(Tensor(shape: b.shape, values: a).relativeDifference(from: b) <= 1e-4)
    }
    for (layer, coded) in zip(teacher.layers, report.layers) {
      #expect(
        coded.survivors <= teacher[layer.weight].tensor.values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) })
    }
  }

  @Test func anAlreadySparseNetFitsInEightThousandBytes() throws {
    let bench = try Workbench()
    var options = CompileOptions(
      model: "\(SharedFiles.folder)/models/lenet-300-100-dns-sparse.onnx")
    options.sparsity = 0
    options.test = DataOptions(
      path: SharedFiles.data("mnist/t10k-images-idx3-ubyte.gz"),
      labels: SharedFiles.data("mnist/t10k-labels-idx1-ubyte.gz"))
    let report = try Compilation(options: options, observer: Watcher())
      .encode(to: bench.path("out.kgl"), evaluating: true)
    #expect(report.samples == 10_000)
    #expect(report.blobBytes <= 8000)
    #expect(try #require(report.edgeAccuracy) >= 0.979)
    #expect(try #require(report.relativeDifference) <= 1e-4)
  }
}
