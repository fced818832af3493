import Compiler
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Tables
import TestSupport
import Testing

/// Matrices that every frame of an unrolled network reads: one layer, evolved once and stored once.
struct RecurrentCompilationTests {
  /// h' = tanh(W x + R h) over frames of 4 numbers, and three answers of the last.
  private func write(frames: Int, to path: String) throws {
    var net = NetBuilder(seed: 12, biasScale: 0.1)
    let x = net.graph.addInput(name: "x", shape: [frames * 4])
    let w = Dense(weight: net.parameter([24, 4], .weight, scale: 0.5), bias: net.parameter([24], .bias, scale: 0.1))
    let r = Dense(weight: net.parameter([24, 24], .weight, scale: 0.2), bias: net.parameter([24], .bias, scale: 0.1))
    var state: ValueID?
    for frame in 0..<frames {
      let given = try net.node(.dense(w), try net.node(.gather(Array(frame * 4..<(frame + 1) * 4)), x))
      let sum = try state.map { try net.node(.binary(.add), given, try net.node(.dense(r), $0)) } ?? given
      state = try net.activation(.tanh, sum)
    }
    net.graph.addOutput(try net.dense(try #require(state), to: 3))
    try ONNXExporter.bytes(net.graph, version: "test").write(to: URL(fileURLWithPath: path))
  }

  @Test func aMatrixOfAllFramesIsStoredOnce() throws {
    let bench = try Workbench()
    var bytes: [Int] = []
    for frames in [3, 7] {
      try write(frames: frames, to: bench.path("net.onnx"))
      let graph = try ModelLoader.load(path: bench.path("net.onnx")).graph
      #expect(graph.layers.map(\.uses.count) == [frames, frames - 1, 1])
      var options = CompileOptions(model: bench.path("net.onnx"))
      (options.sparsity, options.levels) = (0, .float)
      let report = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
      #expect(report.layers.map(\.parameters) == [96, 576, 72] && (report.loss ?? 1) < 0.01)
      bytes.append(report.blobBytes)
    }
    // Four more frames by themselves would be 4 x 672 numbers.
    #expect(bytes[1] - bytes[0] < 1600, "\(bytes)")
  }

  @Test func aMatrixOfAllFramesIsEvolvedAndTrained() throws {
    let bench = try Workbench()
    var options = try bench.options()
    try write(frames: 5, to: bench.path("net.onnx"))
    options.sparsity = 0.6
    let report = try bench.compile(options)
    #expect(report.layers.map(\.parameters) == [96, 576, 72] && report.shortfall == nil)
    #expect(abs(report.sparsity - 0.6) < 0.02)
    #expect(try #require(report.relativeDifference) < 1e-4)
  }
}
